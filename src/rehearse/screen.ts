/** What a person watches: the step's log without its workflow commands, and the load beside it. */
import type { World } from '../hosts/port.js';
import { readable } from '../hosts/readable.js';
import type { LoadCounts } from './load.js';

const GROUP = /^::group::(.*)$/;
const COMMAND = /^::(?:endgroup|add-mask|debug|save-state|set-output|stop-commands)(?: [^:]*)?::/;
const ANNOTATION = /^::(notice|warning|error)(?: [^:]*)?::(.*)$/;

export class Screen {
  readonly #stdout: World['stdout'];
  readonly #bold: (text: string) => string;
  readonly #dim: (text: string) => string;

  constructor(stdout: World['stdout']) {
    this.#stdout = stdout;
    const style = (code: number) => (text: string) => (stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text);
    this.#bold = style(1);
    this.#dim = style(2);
  }

  line(text: string): void {
    this.#stdout.write(`${text}\n`);
  }

  title(text: string): void {
    this.line(`\n${this.#bold(text)}`);
  }

  /** A line that the step printed, as a runner would show it. */
  step(text: string): void {
    const group = GROUP.exec(text);
    const annotation = ANNOTATION.exec(text);
    if (group) this.line(this.#bold(`  ${group[1]}`));
    else if (annotation) this.line(`  ${annotation[1]}: ${unescaped(annotation[2] ?? '')}`);
    else if (!COMMAND.test(text)) this.line(`    ${text}`);
  }

  load({ requests, failed, bySlot, p50, p99 }: LoadCounts): void {
    const slots = Object.entries(bySlot).map(([slot, answers]) => `${slot} ${answers}`);
    this.line(
      this.#dim(
        `  load: ${requests} requests, ${failed} failed, answered by ${slots.join(', ')}; p50 ${p50} ms, p99 ${p99} ms`,
      ),
    );
  }

  summary(markdown: string): void {
    this.title('The job summary');
    this.line(readable(markdown).trimEnd());
  }
}

/** The text of a workflow command as the runner shows it. */
function unescaped(text: string): string {
  return text.replaceAll('%0D', '').replaceAll('%0A', '\n  ').replaceAll('%25', '%');
}
