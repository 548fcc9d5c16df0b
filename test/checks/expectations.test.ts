import { describe, expect, test } from '@jest/globals';
import { impossible, mismatches } from '../../src/checks/expectations.js';
import { atPath } from '../../src/checks/json-path.js';

const answer = {
  status: 200,
  headers: { 'x-version': 'v2', 'content-type': 'application/json; charset=utf-8' },
  text: '{"ok": true, "build": {"version": "v2", "number": 42, "parent": null}, "items": [{"name": "first"}], "a.b": 1}',
  ms: 120,
};
const wanted = { version: 'v2', identity: { path: '/', header: 'X-Version' } };

describe('an answer that is as expected has no mismatch', () => {
  test.each([
    ['any status from 200 to 299', {}],
    ['an exact status', { status: 200 }],
    ['one status of several', { status: [201, 200] }],
    ['a header in any case', { headers: { 'X-VERSION': 'v2' } }],
    ['a header by pattern', { headers: { 'content-type': '/^application\\/json/' } }],
    ['text in the body', { body: '"ok": true' }],
    ['a pattern in the body', { body: '/"NUMBER":\\s*\\d+/i' }],
    ['values in JSON', { json: { 'build.version': 'v2', 'build.number': 42, ok: true, 'build.parent': null } }],
    ['values in JSON lists', { json: { 'items.0.name': 'first', 'items[0].name': 'first' } }],
    ['a key that holds a dot', { json: { 'a.b': 1 } }],
    ['the version', { version: true as const }],
    ['the time', { within: 120 }],
  ])('%s', (_name, expectation) => {
    expect(mismatches(expectation, answer, wanted)).toEqual([]);
  });
});

describe('a mismatch says what was expected and what came', () => {
  test.each([
    [{ status: 204 }, 'expected status 204, got 200'],
    [{ status: [201, 204] }, 'expected status 201 or 204, got 200'],
    [{ headers: { 'X-Version': 'v3' } }, 'expected header X-Version to be "v3", got "v2"'],
    [{ headers: { 'X-Version': '/^3/' } }, 'expected header X-Version to match /^3/, got "v2"'],
    [{ headers: { 'X-None': 'a' } }, 'expected header X-None to be "a", got none'],
    [{ json: { 'build.number': '42' } }, 'expected build.number to be "42", got 42'],
    [{ json: { 'build.none.deep': 1 } }, 'expected build.none.deep to be 1, got nothing'],
    [{ json: { items: 'first' } }, 'expected items to be "first", got [{"name":"first"}]'],
    [{ within: 100 }, 'expected an answer within 100 ms, got it after 120 ms'],
  ])('%j', (expectation, sentence) => {
    expect(mismatches(expectation, answer, wanted)).toEqual([sentence]);
  });

  test('of the version, from a header or from JSON', () => {
    const expectation = { version: true as const };
    expect(mismatches(expectation, answer, { ...wanted, version: 'v3' })).toEqual(['expected version v3, got "v2"']);
    const inJson = { version: '42', identity: { path: '/', json: 'build.number' } };
    expect(mismatches(expectation, answer, inJson)).toEqual([]);
    expect(mismatches(expectation, { ...answer, text: '<html>' }, inJson)).toEqual(['expected version 42, got none']);
  });

  test('of a body, shortened and without what could do harm', () => {
    const text = `\u001b[31m::error::${'x'.repeat(500)}`;
    const [sentence] = mismatches({ body: 'ready' }, { ...answer, text }, wanted);
    expect(sentence).toMatch(/^expected the body to contain "ready", got "::error::x+…"$/);
    expect(mismatches({ body: '/^a$/' }, { ...answer, text: ' ' }, wanted)).toEqual([
      'expected the body to match /^a$/, got an empty one',
    ]);
    expect(mismatches({ json: { a: 1 } }, { ...answer, text: '<html>' }, wanted)).toEqual([
      'expected a JSON body, got "<html>"',
    ]);
  });

  test('of everything at once', () => {
    expect(mismatches({ status: 201, body: 'no', within: 1 }, answer, wanted)).toHaveLength(3);
  });
});

describe('an expectation that cannot be held against any answer is named', () => {
  test('a version without an identity, or without a version to expect', () => {
    expect(impossible({ version: true }, { version: 'v2', identity: undefined })).toMatch(/no identity/);
    expect(impossible({ version: true }, { ...wanted, version: undefined })).toMatch(/is not known/);
    expect(impossible({ version: true }, wanted)).toBeUndefined();
  });

  test('a wrong regular expression', () => {
    expect(impossible({ body: '/(/' }, wanted)).toMatch(/Invalid regular expression/);
    expect(impossible({ headers: { a: '/[/' } }, wanted)).toMatch(/Invalid regular expression/);
  });
});

test('a path never reaches what a document only inherits', () => {
  expect(atPath({ a: 'text' }, 'a.length')).toBeUndefined();
  expect(atPath({}, 'constructor.name')).toBeUndefined();
});
