import { describe, expect, test } from '@jest/globals';
import { splitCommandLine } from '../../src/lib/command-line.js';

describe('a command line is split as a shell would', () => {
  test.each([
    ['./smoke.sh', ['./smoke.sh']],
    ['  ./smoke.sh   --fast\t-v \n', ['./smoke.sh', '--fast', '-v']],
    ["curl -H 'X-A: b c'", ['curl', '-H', 'X-A: b c']],
    ['say "a b" c', ['say', 'a b', 'c']],
    ['say "a \\"b\\" \\\\ \\n"', ['say', 'a "b" \\ \\n']],
    ["say 'a\\b'", ['say', 'a\\b']],
    ['say a\\ b', ['say', 'a b']],
    ['say \'\' ""', ['say', '', '']],
    ['say pre"fix and"\'\'post', ['say', 'prefix andpost']],
    ['say "it\'s" \'"\'', ['say', "it's", '"']],
    ['say $HOME `id` a;b && c | d > e *', ['say', '$HOME', '`id`', 'a;b', '&&', 'c', '|', 'd', '>', 'e', '*']],
  ])('%j', (line, words) => {
    expect(splitCommandLine(line)).toEqual(words);
  });

  test.each([
    ['', 'The command is empty.'],
    ['   ', 'The command is empty.'],
    ['say "a', 'The command opens a quote (") and never closes it: say "a'],
    ["say 'a", "The command opens a quote (') and never closes it: say 'a"],
    ['say a\\', 'The command ends with a backslash: say a\\'],
  ])('%j is refused with a sentence', (line, sentence) => {
    expect(() => splitCommandLine(line)).toThrow(sentence);
  });
});
