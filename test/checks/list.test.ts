import { describe, expect, test } from '@jest/globals';
import { runChecks } from '../../src/checks/list.js';
import { targetSchema } from '../../src/config/schema.js';
import { systemClock } from '../../src/lib/poll.js';
import type { CheckReport } from '../../src/release/model.js';
import type { CheckRequest } from '../../src/release/walk.js';
import { serve } from '../lib/serve.js';
import { checkOf, toolsFor } from './subject.js';

const target = targetSchema.parse({ name: 'shop', slots: { blue: 'a', green: 'b' }, routes: ['service/shop'] });
const { tools } = toolsFor('/', { PATH: process.env.PATH });
const never = new AbortController().signal;

const request = (url: string, ...checks: object[]): CheckRequest => ({
  step: 'verify',
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
      { name: 'GET /slow (2)', verdict: 'pass' },
      { name: 'the bad one', verdict: 'fail' },
      { name: 'true', kind: 'command', verdict: 'pass' },
    ]);
    expect(reports[0]?.durationMs).toBeGreaterThanOrEqual(140);
  });

  test('end with the signal, leave no program behind, and are told as far as they came', async () => {
    await using server = await serve(() => undefined);
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('cancelled')), 500);
    const checks = request(
      server.url,
      { http: { path: '/' } },
      { command: { run: 'true' } },
      { command: { run: 'sleep 60' } },
    );
    const told: CheckReport[] = [];
    const onStopped = (reports: readonly CheckReport[]) => void told.push(...reports);
    await expect(runChecks({ ...checks, onStopped }, tools, stop.signal)).rejects.toThrow('cancelled');
    expect(told).toMatchObject([
      { name: 'GET /', verdict: 'unknown', reason: 'It was stopped before it came to its end.' },
      { name: 'true', verdict: 'pass' },
      { name: 'sleep 60', verdict: 'unknown' },
    ]);
    await expect(runChecks(checks, tools, stop.signal)).rejects.toThrow('cancelled');
  });

  test('that take long are named as what is waited for', async () => {
    const said: string[] = [];
    const log = { debug: () => undefined, waiting: (text: string) => void said.push(text) };
    const clock = { ...systemClock, sleep: (ms: number, signal: AbortSignal) => systemClock.sleep(ms / 25, signal) };
    const listed = request('http://x', { name: 'slow', command: { run: 'sleep 1' } }, { command: { run: 'true' } });
    await runChecks(listed, { ...tools, clock, log }, never);
    expect(said.length).toBeGreaterThan(0);
    expect(said.at(-1)).toBe('1 of 2 checks to go: slow');
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

  test('can be made in turn, and the first failure can end those to come', async () => {
    const asked: string[] = [];
    await using server = await serve((question, answer) => {
      asked.push(question.url ?? '');
      answer.writeHead(question.url === '/bad' ? 500 : 200).end();
    });
    const listed = request(server.url, ...['/a', '/bad', '/c'].map(path => ({ http: { path } })));
    const inTurn = await runChecks({ ...listed, parallel: false }, tools, never);
    expect([asked.splice(0), inTurn.map(({ verdict }) => verdict)]).toEqual([
      ['/a', '/bad', '/c'],
      ['pass', 'fail', 'pass'],
    ]);
    const fast = await runChecks({ ...listed, parallel: false, failFast: true }, tools, never);
    expect([asked, fast.map(({ verdict }) => verdict)]).toEqual([
      ['/a', '/bad'],
      ['pass', 'fail', 'unknown'],
    ]);
    expect(fast[2]?.reason).toBe('It was not made to its end, because GET /bad had failed.');
  });

  test('made at once, are ended by the first failure where that was asked for', async () => {
    await using server = await serve((_question, answer) => answer.writeHead(500).end());
    const listed = request(server.url, { command: { run: 'sleep 20' } }, { http: { path: '/' } });
    const started = Date.now();
    const reports = await runChecks({ ...listed, failFast: true }, tools, never);
    expect(reports.map(({ verdict }) => verdict)).toEqual(['unknown', 'fail']);
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test('that are borne, or are for a person to look at, do not end the others', async () => {
    const unknown = { command: { run: 'no-such-program-anywhere' } };
    const listed = request('http://x', { ...unknown, 'on-unknown': 'hold' }, { command: { run: 'true' } });
    const reports = await runChecks({ ...listed, parallel: false, failFast: true }, tools, never);
    expect(reports).toMatchObject([{ verdict: 'unknown', holds: true, tolerated: false }, { verdict: 'pass' }]);
  });

  test('have a deadline of their own, beyond which they fail', async () => {
    await using server = await serve((_question, answer) => answer.writeHead(503).end());
    const patient = { http: { path: '/', retries: 100, interval: '50ms' }, deadline: '200ms' };
    const reports = await runChecks(
      request(server.url, patient, { command: { run: 'sleep 20' }, deadline: '200ms', 'on-unknown': 'pass' }),
      tools,
      never,
    );
    for (const report of reports) {
      expect(report).toMatchObject({ verdict: 'fail', reason: 'It did not come to its end within 200 ms.' });
    }
  });
});
