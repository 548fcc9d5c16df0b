/** Tells the user something, on standard error, so that it never mixes with the output of the command. */
export function say(sentence) {
  process.stderr.write(`cluster: ${sentence}\n`);
}
