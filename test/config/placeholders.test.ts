import { expect, test } from '@jest/globals';
import { expand } from '../../src/config/placeholders.js';

test('what a check proves itself with is masked, whatever its variables are called (P12)', () => {
  const masked: string[] = [];
  const values = { WHO: 'probe', PHRASE: 'open sesame', PEM: 'a key', CA: 'an authority' };
  const check = {
    credentials: { basic: { user: '${WHO}', password: '${PHRASE}' } },
    tls: { ca: '${CA}', key: '${PEM}' },
  };
  const problem = (_path: readonly PropertyKey[], sentence: string) => expect(sentence).toBe('');
  expect(expand(check, { values, problem, mask: secret => masked.push(secret) })).toEqual({
    credentials: { basic: { user: 'probe', password: 'open sesame' } },
    tls: { ca: 'an authority', key: 'a key' },
  });
  expect(masked).toEqual(['probe', 'open sesame', 'a key']);
});
