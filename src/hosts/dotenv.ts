/** A dotenv report within GitLab's limits: what does not fit is left out, for a broken one fails the job. */

/** Of `artifacts:reports:dotenv`: 5 KB in all, 20 variables by default, no white space in a value. */
const BYTES = 5 * 1024;
const VARIABLES = 20;

/**
 * Outputs are named CUTOVER_OUTPUT_LIVE and so on: CUTOVER_LIVE would come back as an input in the jobs that get them.
 */
export class Dotenv {
  readonly #lines = new Map<string, string>();

  /** Takes an output, or answers as a sentence's end why it cannot be passed on. */
  set(name: string, value: string): string | undefined {
    const variable = `CUTOVER_OUTPUT_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
    if (/\s/.test(value)) return 'GitLab allows no spaces and line ends in a dotenv value';
    const line = `${variable}=${value}`;
    const others = [...this.#lines].flatMap(([known, text]) => (known === variable ? [] : [text]));
    if (Buffer.byteLength([...others, line, ''].join('\n')) > BYTES) return 'a dotenv report has at most 5 KB';
    if (others.length >= VARIABLES) return `a dotenv report has at most ${VARIABLES} variables`;
    this.#lines.set(variable, line);
    return undefined;
  }

  text(): string {
    return [...this.#lines.values(), ''].join('\n');
  }
}
