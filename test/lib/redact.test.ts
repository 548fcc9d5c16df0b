import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Redactor } from '../../src/lib/redact.js';
import { shorten, shortenStart } from '../../src/lib/text.js';

const SECRET = 'p@ss/w0rd "quoted" & ünïcode+~';

function redactor(...secrets: string[]): Redactor {
  const made = new Redactor();
  for (const secret of secrets) made.add(secret);
  return made;
}

describe('a secret is masked', () => {
  const bytes = Buffer.from(SECRET);
  test.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ token: SECRET }).slice(10, -2)],
    ['in JSON inside JSON', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in a URL with lower-case codes', encodeURIComponent(SECRET).replace(/%../g, code => code.toLowerCase())],
    ['in a form', encodeURIComponent(SECRET).replace(/%20/g, '+')],
    ['in hex', bytes.toString('hex')],
    ['in upper-case hex', bytes.toString('hex').toUpperCase()],
    ['in base64', bytes.toString('base64')],
    ['in base64 without padding', bytes.toString('base64').replace(/=+$/, '')],
    ['in base64 for URLs', bytes.toString('base64url')],
    ['in base64 inside a URL', encodeURIComponent(bytes.toString('base64'))],
  ])('%s', (_form, text) => {
    expect(redactor(SECRET).redact(`before ${text} after`)).toBe('before *** after');
  });

  test.each([0, 1, 2, 3, 4, 5])('in base64 behind %i other bytes, as in a basic authorization header', before => {
    const whole = Buffer.from(`${'u'.repeat(before)}${SECRET}:more`).toString('base64');
    const text = redactor(SECRET).redact(whole);
    expect(text).toContain('***');
    // All that is left of the secret is what shares a character with its neighbours.
    expect(Buffer.from(text.replace('***', ''), 'base64').toString()).not.toContain('w0rd');
    expect(text.length).toBeLessThan(whole.length - (SECRET.length * 4) / 3 + 12);
  });

  test('whole, when another secret is the beginning of it', () => {
    expect(redactor('secret', 'secret-and-more').redact('a secret-and-more b secret c')).toBe('a *** b *** c');
  });

  test('line by line, when it has several', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n  Bgkqhki=\n-----END PRIVATE KEY-----\n';
    const { redact } = { redact: (text: string) => redactor(key).redact(text) };
    expect(redact(`log: MIIEvQIBADAN`)).toBe('log: ***');
    expect(redact(`log: Bgkqhki=`)).toBe('log: ***');
    expect(redact(key)).toBe('***');
    expect(redact(JSON.stringify(key))).toBe('"***"');
    expect(redact('-----BEGIN PRIVATE KEY-----')).toBe('-----BEGIN PRIVATE KEY-----');
  });

  test('where a text was shortened in the middle of it', () => {
    const secret = 'abcdefghijklmnop';
    const mask = redactor(secret);
    expect(mask.redact(shorten(`token ${secret} is wrong`, 15))).toBe('token ***…');
    expect(mask.redact(shortenStart(`your token ${secret} is wrong`, 18))).toBe('…*** is wrong');
    expect(mask.redact('nothing of it … here')).toBe('nothing of it … here');
  });

  test('wherever a text is cut, however long the secret', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8 }).filter(text => !/[…*]/.test(text) && text.trim() === text),
        fc.nat(),
        (secret, at) => {
          const limit = 3 + (at % (secret.length + 4));
          const text = redactor(secret).redact(shorten(`ab ${secret} cd`, limit + 1));
          for (let from = 0; from + 6 <= secret.length; from++) {
            const part = secret.slice(from, from + 6);
            if (!'ab *** cd…'.includes(part)) expect(text).not.toContain(part);
          }
        },
      ),
    );
  });

  test('in everything that a report holds, keys included', () => {
    const report = { [`a ${'tokentoken'}`]: ['tokentoken', 1, null, { deep: 'x tokentoken' }], none: undefined };
    expect(redactor('tokentoken').redactAll(report)).toEqual({
      'a ***': ['***', 1, null, { deep: 'x ***' }],
      none: undefined,
    });
  });

  test('in Markdown', () => {
    expect(redactor('my_to*ken|x').redact('token my\\_to\\*ken&#124;x')).toBe('token ***');
  });
});

test('many long secrets are masked in a long report with many shortened texts, and do not hang it', () => {
  const key = (seed: number) =>
    Array.from({ length: 4_000 }, (_, at) => ((seed * 7 + at * at) % 36).toString(36)).join('');
  const mask = redactor(...Array.from({ length: 8 }, (_, at) => key(at + 1)));
  const report = `${'a line of a report, shortened…\n'.repeat(20_000)}${key(3)}${key(5).slice(0, 50)}…`;
  const text = mask.redact(report);
  expect(text.slice(-8)).toBe('******…'.padStart(8, '\n'));
});

describe('what is no secret stays', () => {
  test('empty and very short ones are ignored', () => {
    expect(redactor('', '   ', '{', 'abc', '{\n}').redact('abc { } abcd')).toBe('abc { } abcd');
  });

  test('a text without secrets is answered as it is', () => {
    expect(redactor(SECRET).redact('shop-green 2/3 ready')).toBe('shop-green 2/3 ready');
    expect(new Redactor().redact('as…it…is')).toBe('as…it…is');
  });

  test('signs of regular expressions in a secret mean themselves', () => {
    expect(redactor('a.b*c[d]-(e)|f').redact('axbxc a.b*c[d]-(e)|f')).toBe('axbxc ***');
  });
});
