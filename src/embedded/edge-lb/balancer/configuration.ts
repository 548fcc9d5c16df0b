/** What a load balancer shall do, independent of the program that does it. */
export interface Configuration {
  readonly frontends: readonly Frontend[];
  readonly backends: readonly Backend[];
}

export interface Frontend {
  readonly name: string;
  readonly bindAddress: string;
  /** The port that users know; on this machine a free one takes its place. */
  readonly bindPort: number;
  readonly mode: 'http' | 'tcp';
  /** The first rule whose conditions all hold decides. */
  readonly rules: readonly Rule[];
  readonly defaultBackend?: string;
  /** Lines of HAProxy's language, before the rules. */
  readonly lines: readonly string[];
}

/** What two frontends can't share. */
export const keyOf = ({ bindPort, mode }: Frontend): string => `${mode}:${bindPort}`;

export interface Rule {
  readonly backend: string;
  readonly hostEq?: string;
  readonly hostReg?: string;
  readonly pathBeg?: string;
  readonly pathEnd?: string;
  readonly pathReg?: string;
}

export interface Backend {
  readonly name: string;
  readonly mode: 'http' | 'tcp';
  readonly balance: string;
  /** The request line of an HTTP health check: `GET /`; without one the check is a TCP connection. */
  readonly httpCheck?: string;
  /** Lines of HAProxy's language, before the servers. */
  readonly lines: readonly string[];
  readonly servers: readonly Server[];
}

export interface Server {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** What follows the address in HAProxy's language: `check weight 10`. */
  readonly options: string;
}

/** What a server's options say. */
export interface ServerOptions {
  readonly weight: number;
  readonly checks: boolean;
  readonly disabled: boolean;
  readonly backup: boolean;
  readonly rise: number;
  readonly fall: number;
}

const flags = new Set(['check', 'disabled', 'backup', 'no-check', 'ssl', 'send-proxy', 'check-ssl', 'allow-0rtt']);
const valued = new Set(
  'weight inter fastinter downinter rise fall maxconn minconn maxqueue slowstart cookie port addr verify observe on-error on-marked-down resolvers pool-max-conn'.split(
    ' ',
  ),
);

/**
 * Reads a server's options as HAProxy does.
 *
 * @throws RangeError in HAProxy's words, for what it refuses
 */
export function serverOptions(options: string): ServerOptions {
  const words = options.split(/\s+/).filter(word => word !== '');
  const values = new Map<string, string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (flags.has(word)) values.set(word, '');
    else if (valued.has(word) && index + 1 < words.length) values.set(word, words[++index] ?? '');
    else if (valued.has(word)) throw new RangeError(`'${word}' expects an argument`);
    else throw new RangeError(`unknown keyword '${word}'`);
  }
  const weight = Number(values.get('weight') ?? 1);
  if (!Number.isInteger(weight) || weight < 0 || weight > 256) {
    throw new RangeError(`weight of server is not within 0 and 256 (${values.get('weight')}).`);
  }
  return {
    weight,
    checks: values.has('check'),
    disabled: values.has('disabled'),
    backup: values.has('backup'),
    rise: Number(values.get('rise') ?? 2),
    fall: Number(values.get('fall') ?? 3),
  };
}
