import { describe, expect, test } from '@jest/globals';
import { kindOf, nameOf, runChecks } from '../../src/checks/index.js';
import { targetSchema } from '../../src/config/schema.js';
import { serve } from '../lib/serve.js';
import { checkOf, toolsFor } from './subject.js';

const target = targetSchema.parse({ name: 'shop', slots: { blue: 'a', green: 'b' }, routes: ['service/shop'] });
const { tools } = toolsFor('/', { PATH: process.env.PATH });
const never = new AbortController().signal;

const request = (url: string, ...checks: object[]) => ({
  step: 'verify' as const,
  target,
  slot: 'b',
  version: 'v2',
  url,
  environment: {},
  checks: checks.map(checkOf),
});

describe('several checks', () => {
  test('are made at once and reported in their order', async () => {
    let inFlight = 0;
    let most = 0;
    await using server = await serve((question, answer) => {
      most = Math.max(most, ++inFlight);
      const end = () => {
        inFlight--;
        answer.writeHead(question.url === '/bad' ? 500 : 200).end();
      };
      setTimeout(end, question.url === '/slow' ? 150 : 0);
    });
    const slow = { http: { path: '/slow' } };
    const reports = await runChecks(
      request(server.url, slow, slow, { name: 'the bad one', http: { path: '/bad' } }, { command: { run: 'true' } }),
      tools,
      never,
    );
    expect(most).toBeGreaterThanOrEqual(2);
    expect(reports).toMatchObject([
      { name: 'GET /slow', kind: 'http', verdict: 'pass', target: 'shop', step: 'verify', slot: 'b', attempts: 1 },
      { name: 'GET /slow', verdict: 'pass' },
      { name: 'the bad one', verdict: 'fail' },
      { name: 'true', kind: 'command', verdict: 'pass' },
    ]);
    expect(reports[0]?.durationMs).toBeGreaterThanOrEqual(140);
  });

  test('end with the signal, and leave no program behind', async () => {
    await using server = await serve(() => undefined);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('cancelled')), 100);
    const checks = request(server.url, { http: { path: '/' } }, { command: { run: 'sleep 60' } });
    await expect(runChecks(checks, tools, stop.signal)).rejects.toThrow('cancelled');
    await expect(runChecks(checks, tools, stop.signal)).rejects.toThrow('cancelled');
  });

  test('that could not be made are no reason to stop only where the configuration says so (P14)', async () => {
    const unknown = { command: { run: 'no-such-program-anywhere' } };
    const checks = request(
      'http://127.0.0.1:9',
      unknown,
      { ...unknown, 'on-unknown': 'pass' },
      {
        'on-unknown': 'pass',
        command: { run: 'false' },
      },
    );
    const reports = await runChecks(checks, tools, never);
    expect(reports.map(({ verdict, tolerated }) => [verdict, tolerated])).toEqual([
      ['unknown', false],
      ['unknown', true],
      ['fail', false],
    ]);
  });

  test('report what nobody foresaw as unknown', async () => {
    const clock = { now: () => 0, sleep: () => Promise.reject(new Error('the clock broke')) };
    await using server = await serve((_question, answer) => answer.writeHead(500).end());
    const check = { http: { path: '/', retries: 1 } };
    const [report] = await runChecks(request(server.url, check), { ...tools, clock }, never);
    expect(report).toMatchObject({ verdict: 'unknown', reason: 'It could not be made: the clock broke' });
  });
});

test('a check is called by its name, or by what it does', () => {
  expect(nameOf(checkOf({ name: 'shop\nanswers', http: { path: '/' } }))).toBe('shop answers');
  expect(nameOf(checkOf({ http: { path: '/a', method: 'HEAD' } }))).toBe('HEAD /a');
  expect(nameOf(checkOf({ command: { run: ['./smoke.sh', '--fast'] } }))).toBe('./smoke.sh --fast');
  expect(kindOf(checkOf({ command: { run: 'x' } }))).toBe('command');
});
