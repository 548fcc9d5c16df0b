/** Splits a command line into a program and its arguments, without a shell. */

/** A line that cannot be split; the message is a whole sentence. */
export class CommandLineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandLineError';
  }
}

/**
 * The rules are those of a POSIX shell as far as quoting goes, and nothing else of a shell takes effect:
 * 'single quotes' keep everything, "double quotes" keep everything but \" and \\, and a backslash outside of quotes
 * keeps the next character. Throws CommandLineError for an open quote, a trailing backslash, and an empty line.
 */
export function splitCommandLine(line: string): [program: string, ...parameters: string[]] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === quote) {
      quote = undefined;
    } else if (quote === undefined && (character === "'" || character === '"')) {
      quote = character;
      word ??= '';
    } else if (character === '\\' && escapes(quote, line.charAt(at + 1))) {
      at++;
      if (at >= line.length) throw new CommandLineError(`The command ends with a backslash: ${line}`);
      word = (word ?? '') + line.charAt(at);
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined)
    throw new CommandLineError(`The command opens a quote (${quote}) and never closes it: ${line}`);
  if (word !== undefined) words.push(word);
  const [program, ...parameters] = words;
  if (!program) throw new CommandLineError('The command is empty.');
  return [program, ...parameters];
}

/** Whether a backslash takes the special meaning away from `next`. */
function escapes(quote: string | undefined, next: string): boolean {
  if (quote === "'") return false;
  return quote === undefined || next === '"' || next === '\\';
}
