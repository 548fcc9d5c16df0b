import { describe, expect, test } from '@jest/globals';
import { versionOf } from '../../src/checks/identity.js';
import { identitySchema } from '../../src/config/schema.js';

const answer = {
  headers: { 'x-app-version': 'v2', server: 'shop/1.4 (linux)' },
  text: '{"build":{"version":"v2","number":7}} <!-- build abc123 -->',
};
const page = { headers: {}, text: '<html><!-- shop\nbuild: abc123 --></html>' };
const json = { headers: {}, text: '{"build":{"version":"v2","number":7,"tags":["a"]}}' };

describe('what an answer says of its version', () => {
  test.each<[string, object, typeof page, string | undefined]>([
    ['a header', { header: 'X-App-Version' }, answer, 'v2'],
    ['a part of a header', { header: 'Server', match: 'shop/(\\S+)' }, answer, '1.4'],
    ['a JSON value', { json: 'build.version' }, json, 'v2'],
    ['a number', { json: 'build.number' }, json, '7'],
    ['a part of a JSON value', { json: 'build.version', match: '\\d+' }, json, '2'],
    ['a pattern in the body', { match: 'build: (\\w+)' }, page, 'abc123'],
    ['no header', { header: 'x-none' }, answer, undefined],
    ['a list', { json: 'build.tags' }, json, undefined],
    ['no JSON', { json: 'build.version' }, page, undefined],
    ['a pattern that is not there', { match: 'release: (\\w+)' }, page, undefined],
    ['an empty group', { match: 'build:( *)$' }, { headers: {}, text: 'build:' }, undefined],
  ])('%s', (_name, identity, given, wanted) => {
    expect(versionOf(given, identitySchema.parse(identity))).toBe(wanted);
  });

  test.each([{}, { header: 'a', json: 'b' }, { match: '(' }])('%j says nothing of where it stands', identity => {
    expect(() => identitySchema.parse(identity)).toThrow();
  });
});
