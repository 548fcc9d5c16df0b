/** Prints a measurement into the test's output. */
export function say(line: string): void {
  process.stderr.write(`  ${line}\n`);
}
