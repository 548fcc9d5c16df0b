import { html, type Reply } from './api/exchange.js';
import type { MarathonContext } from './context.js';

/** Jetty's page for an error. */
export function jettyError(status: number, path: string, reason: string): Reply {
  const body = `<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>\n<title>Error ${status} </title>\n</head>\n<body>\n<h2>HTTP ERROR: ${status}</h2>\n<p>Problem accessing ${path}. Reason:\n<pre>    ${reason}</pre></p>\n<hr /><a href="http://eclipse.org/jetty">Powered by Jetty:// 9.3.z-SNAPSHOT</a><hr/>\n</body>\n</html>\n`;
  return { ...html(status, ''), body };
}

/**
 * Who leads the Marathons: the node that is asked (`here`), another one that it passes requests on to (`elsewhere`), or
 * nobody (`nobody`).
 */
export class Leadership {
  leader: 'here' | 'elsewhere' | 'nobody' = 'here';
  /** The URL of the node that always leads when anybody does. */
  leaderUrl = '';
  readonly #context: MarathonContext;
  readonly #streams = new Set<() => void>();

  constructor(context: MarathonContext) {
    this.#context = context;
  }

  /** The header that a node which has passed a request on adds to the answer. */
  get headers(): Readonly<Record<string, string>> {
    return this.leader === 'elsewhere' ? { 'X-Marathon-Leader': this.leaderUrl } : {};
  }

  /** What a node answers that finds no leader; undefined when there is one. */
  async search(path: string): Promise<Reply | undefined> {
    const deadline = this.#context.now() + this.#context.timing.leaderSearch;
    while (this.leader === 'nobody' && this.#context.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    return this.leader === 'nobody' ? jettyError(502, path, 'Could not determine the current leader') : undefined;
  }

  /** Where the stream of events is; undefined: here. */
  redirect(pathAndQuery: string): Reply | undefined {
    if (this.leader !== 'elsewhere') return undefined;
    return { status: 302, body: '', headers: { Location: `${this.leaderUrl}${pathAndQuery}` } };
  }

  /** Another one leads: all streams of events end. */
  change(leader: Leadership['leader'] = 'here'): void {
    this.leader = leader;
    this.cutStreams();
  }

  /** Ends all streams of events; nothing of what happens until a client is back will be told. */
  cutStreams(): void {
    for (const cut of [...this.#streams]) cut();
  }

  /** @returns forgets the stream */
  addStream(cut: () => void): () => void {
    this.#streams.add(cut);
    return () => this.#streams.delete(cut);
  }
}
