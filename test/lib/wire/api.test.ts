import { expect, test } from '@jest/globals';
import { RequestFailed } from '../../../src/lib/http.js';
import { apiRequest, troubleOf } from '../../../src/lib/wire/api.js';

const WANTED = { method: 'PUT', url: 'http://api.test/apps', timeoutMs: 5 };

test.each([
  ['nothing', undefined, undefined, {}],
  ['an object', { a: 1 }, '{"a":1}', { 'Content-Type': 'application/json' }],
  ['a text', '{"a": 1}', '{"a": 1}', { 'Content-Type': 'application/json' }],
  ['bytes', Buffer.from('zip'), Buffer.from('zip'), { 'Content-Type': 'application/json' }],
])('a request with %s as its body', (_, body, sent, headers) => {
  expect(apiRequest({ ...WANTED, body })).toEqual({
    ...WANTED,
    body: sent,
    headers: { Accept: 'application/json', ...headers },
    maxBytes: 64 * 1024 * 1024,
  });
});

test('own headers come over the usual ones, and credentials go along', () => {
  const headers = { Accept: 'text/plain', 'Content-Type': 'application/x-yaml' };
  const wanted = apiRequest({ ...WANTED, body: 'a: 1', headers, authorization: 'bearer x' });
  expect(wanted.headers).toEqual({ ...headers, Authorization: 'bearer x' });
});

test.each([
  ['refused', 'unsent'],
  ['dns', 'unsent'],
  ['tls', 'untrusted'],
  ['reset', 'lost'],
  ['timeout', 'lost'],
  ['unreachable', 'lost'],
  ['too-large', 'lost'],
  ['other', 'lost'],
] as const)('a request that failed by %s is %s', (failed, kind) => {
  expect(troubleOf(new RequestFailed(failed, 'GET x failed: no.', undefined))).toEqual({
    kind,
    reason: 'GET x failed: no',
  });
});

test('of something unknown nobody knows whether it arrived', () => {
  expect(troubleOf(new Error('odd'))).toEqual({ kind: 'lost', reason: 'odd' });
  expect(troubleOf('odder')).toEqual({ kind: 'lost', reason: 'odder' });
});
