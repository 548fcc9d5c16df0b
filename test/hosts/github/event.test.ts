import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { workflowEvent } from '../../../src/lib/github/event.js';

const folder = mkdtempSync(join(tmpdir(), 'cutover-event-'));
afterAll(() => rmSync(folder, { recursive: true }));

function eventOf(name: string, payload: object | string) {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return workflowEvent({
    GITHUB_EVENT_NAME: name,
    GITHUB_EVENT_PATH: path,
    GITHUB_SHA: 'run-sha',
    GITHUB_REPOSITORY: 'example/shop',
  });
}

const pull = (full_name: string | null) => ({
  number: 7,
  pull_request: { number: 7, head: { sha: 'head-sha', repo: full_name === null ? null : { full_name } } },
});

test.each([
  ['push', {}, 'run-sha'],
  ['workflow_dispatch', { inputs: {} }, 'run-sha'],
  ['pull_request', pull('example/shop'), 'head-sha'],
  ['merge_group', { merge_group: { head_sha: 'group-sha' } }, 'group-sha'],
])('the commit of a %s is the one that people see the checks of', (name, payload, sha) => {
  expect(eventOf(name, payload).sha).toBe(sha);
});

test('a pull request is known by its number', () => {
  expect(eventOf('pull_request', pull('example/shop'))).toMatchObject({ pullRequest: 7, fork: undefined });
  expect(eventOf('push', {}).pullRequest).toBeUndefined();
});

test.each([
  ['mallory/shop', 'mallory/shop'],
  [null, 'a fork that was deleted'],
])('one that comes from %s is a stranger', (full_name, fork) => {
  expect(eventOf('pull_request', pull(full_name)).fork).toBe(fork);
});

test('an event that cannot be read says nothing', () => {
  expect(eventOf('push', '{"half": ')).toMatchObject({ sha: 'run-sha', pullRequest: undefined, fork: undefined });
  expect(workflowEvent({})).toEqual({ name: '', sha: undefined, pullRequest: undefined, fork: undefined });
});
