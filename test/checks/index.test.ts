import { expect, test } from '@jest/globals';
import { kindOf, nameOf } from '../../src/checks/index.js';
import { checkOf } from './subject.js';

test('a check is called by its name, or by what it does', () => {
  expect(nameOf(checkOf({ name: 'shop\nanswers', http: { path: '/' } }))).toBe('shop answers');
  expect(nameOf(checkOf({ http: { path: '/a', method: 'HEAD' } }))).toBe('HEAD /a');
  expect(nameOf(checkOf({ command: { run: ['./smoke.sh', '--fast'] } }))).toBe('./smoke.sh --fast');
  expect(kindOf(checkOf({ command: { run: 'x' } }))).toBe('command');
});
