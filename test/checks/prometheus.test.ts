import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inspect, kindOf, nameOf } from '../../src/checks/index.js';
import { type Served, serve } from '../lib/serve.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const never = new AbortController().signal;
const { tools } = toolsFor('/');
const checkAt = (url: string, more: object = {}) =>
  checkOf({ prometheus: { url, query: 'up', expect: '< 5', interval: 'immediately', ...more } });
const vector = (...values: string[]) => ({
  resultType: 'vector',
  result: values.map(value => ({ metric: {}, value: [1, value] })),
});

/** A server that gives these answers in turn, the last one for ever. */
async function verdict(answers: readonly unknown[], more: object = {}, version = 'v2') {
  const queries: (string | null)[] = [];
  await using server = await serve(async (question, answer) => {
    let body = '';
    for await (const part of question) body += part;
    const given = answers[Math.min(queries.length, answers.length - 1)];
    queries.push(new URLSearchParams(body).get('query'));
    answer.end(typeof given === 'string' ? given : JSON.stringify({ status: 'success', data: given }));
  });
  const result = await inspect(checkAt(server.url, more), { ...subjectAt('http://unused'), version }, tools, never);
  return { ...result, queries };
}

describe('a number of Prometheus', () => {
  test('passes within the limit, and fails beyond it', async () => {
    expect(await verdict([vector('4.5')])).toMatchObject({ verdict: 'pass', reason: 'up is 4.5.', attempts: 1 });
    expect(await verdict([vector('5')])).toMatchObject({ verdict: 'fail', reason: 'up: expected < 5, got 5.' });
    expect(await verdict([{ resultType: 'scalar', result: [1, '3'] }])).toMatchObject({ verdict: 'pass' });
  });

  test.each<[string, unknown, string]>([
    ['no data', vector(), 'it has no data'],
    ['NaN', vector('NaN'), 'its result is NaN'],
    ['infinity', vector('+Inf'), 'its result is +Inf'],
    ['several numbers', vector('1', '2'), 'its result has 2 numbers'],
    ['a matrix', { resultType: 'matrix', result: [] }, 'its result is a matrix'],
    ['an error', '{"status":"error","error":"parse error"}', 'parse error'],
    ['a page', '<html>', 'no JSON'],
  ])('is unknown with %s (P14)', async (_name, answer, words) => {
    const result = await verdict([answer]);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toContain(words);
  });

  test('is unknown without a server', async () => {
    const result = await inspect(checkAt('http://127.0.0.1:9'), subjectAt('http://unused'), tools, never);
    expect(result).toMatchObject({ verdict: 'unknown', attempts: 1 });
    expect(result.reason).toContain('the connection was refused');
  });

  test('has to keep the limit so often in a row, with so many failures and gaps borne', async () => {
    const answers = [vector('1'), vector('9'), vector('1'), vector(), vector('1'), vector('1')];
    const borne = await verdict(answers, { passes: 2, failures: 1, unknowns: 1 });
    expect(borne).toMatchObject({ verdict: 'pass', attempts: 6 });
    expect(await verdict(answers, { passes: 2, unknowns: 1 })).toMatchObject({ verdict: 'fail', attempts: 2 });
    expect(await verdict(answers, { passes: 2, failures: 1 })).toMatchObject({ verdict: 'unknown', attempts: 4 });
  });

  test('is asked for with the names of green, which cannot end their quotes', async () => {
    const query = 'errors{slot="{{slot}}",version="{{ version }}"}';
    const { queries } = await verdict([vector('0')], { query });
    expect(queries).toEqual(['errors{slot="shop-green",version="v2"}']);
    const sly = await verdict([vector('0')], { query }, '"} or vector(0) #');
    expect(sly.queries).toEqual(['errors{slot="shop-green",version="\\"} or vector(0) #"}']);
    expect([kindOf(checkAt('http://x', { query })), nameOf(checkAt('http://x'))]).toEqual(['prometheus', 'up < 5']);
  });
});

const installed = spawnSync('prometheus', ['--version']).error === undefined;

(installed ? describe : describe.skip)(
  'a real Prometheus (skipped where the package prometheus is not installed)',
  () => {
    let folder = '';
    let server: ChildProcess | undefined;
    let instance: Served | undefined;
    let url = '';

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'cutover-prometheus-'));
      instance = await serve((_question, answer) => {
        answer.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
        answer.end('pending{slot="shop-green",version="v2"} 3\npending{slot="shop-blue",version="v1"} 40\n');
      });
      const scrape = `{ job_name: shop, static_configs: [{ targets: ["127.0.0.1:${instance.port}"] }] }`;
      writeFileSync(
        join(folder, 'p.yml'),
        `global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs: [${scrape}]\n`,
      );
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      const options = [`--config.file=${join(folder, 'p.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
      server = spawn('prometheus', [...options, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
      const patient = checkAt(url, {
        query: 'sum(up)',
        expect: '>= 1',
        failures: 100,
        unknowns: 100,
        interval: '100ms',
      });
      await inspect(patient, subjectAt('http://unused'), tools, never);
    }, 20_000);

    afterAll(async () => {
      server?.kill('SIGKILL');
      await instance?.[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    test.each([
      ['pending{slot="{{slot}}",version="{{version}}"}', '< 5', 'pass'],
      ['sum(pending)', '< 5', 'fail'],
      ['pending', '< 5', 'unknown'],
      ['pending{slot="nobody"}', '< 5', 'unknown'],
      ['sum(', '< 5', 'unknown'],
      ['scalar(pending{slot="{{slot}}"})', '>= 3', 'pass'],
      ['pending[5m]', '< 5', 'unknown'],
    ])('%s %s is %s', async (query, limit, expected) => {
      const result = await inspect(checkAt(url, { query, expect: limit }), subjectAt('http://unused'), tools, never);
      expect(result).toMatchObject({ verdict: expected, reason: expect.any(String) });
    });
  },
);

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise(resolve => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
