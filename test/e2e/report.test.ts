import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { serve } from '../lib/serve.js';
import { GREEN_VERSION, openStage, type Stage } from './stage.js';

const read = (stage: Stage, name: string) => readFileSync(join(stage.workspace, 'reports', name), 'utf8');

describe('the reports', () => {
  test('lie together, with charts in one page, and the result is told to a URL, signed', async () => {
    const got: { body: string; signature: unknown }[] = [];
    await using hook = await serve(async (question, answer) => {
      let body = '';
      for await (const part of question) body += part;
      got.push({ body, signature: question.headers['x-cutover-signature'] });
      answer.writeHead(204).end();
    });
    await using stage = await openStage();
    stage.write('cutover.yml', `notify: { url: "${hook.url}", secret: a-shared-secret }\n`);
    const { outputs, log } = await stage.run({ config: 'cutover.yml', bake: '2s' });
    expect(outputs.result).toBe('succeeded');
    expect(readdirSync(join(stage.workspace, 'reports')).sort()).toEqual([
      'junit.xml',
      'report.html',
      'result.json',
      'summary.md',
    ]);
    expect(outputs['report-html']).toBe(join(stage.workspace, 'reports/report.html'));
    const page = read(stage, 'report.html');
    const [, data = '[]'] = /<script type="application\/json" id="probes">(.*)<\/script>/.exec(page) ?? [];
    const [{ marks, charts }] = JSON.parse(data);
    expect(marks).toEqual([{ x: 0, label: 'switch' }]);
    const labels = charts.answers.lines.map(({ label }: { label: string }) => label);
    expect(labels).toEqual(expect.arrayContaining([`${GREEN_VERSION} (green)`]));
    expect(page).toContain('https://github.example/example/shop/actions/runs/1/attempts/1');
    expect(page).toContain('uPlot');
    const junit = read(stage, 'junit.xml');
    expect(junit).toContain('<testcase classname="cutover.steps" name="switch"');
    expect(junit).toContain('<testcase classname="cutover.shop.verify" name="green is healthy (http)"');
    expect(got).toHaveLength(1);
    const [{ body, signature } = { body: '', signature: '' }] = got;
    expect(JSON.parse(body)).toMatchObject({ result: 'succeeded', live: 'shop-green' });
    expect(signature).toBe(`sha256=${createHmac('sha256', 'a-shared-secret').update(body).digest('hex')}`);
    expect(log.split('\n').filter(line => line.includes('a-shared-secret') && !line.includes('add-mask'))).toEqual([]);
  });

  test('of a failure say what failed, then what was done, then what to do; a receiver that is away changes nothing', async () => {
    await using stage = await openStage();
    stage.write('cutover.yml', 'notify: { url: "http://127.0.0.1:9/", format: slack }\n');
    const smoke = '- http: { path: /healthz, expect: { status: 418 } }';
    const { outputs, exitCode, log, summary } = await stage.run({ config: 'cutover.yml', smoke });
    expect({ exitCode, result: outputs.result }).toEqual({ exitCode: 1, result: 'failed' });
    expect(log).toContain('The notification was not taken');
    const inOrder = ['What failed', 'What was done about it', 'What to do now', 'What is live', 'Steps'];
    for (const text of [summary, read(stage, 'report.html')]) {
      const titles = inOrder.map(title => text.search(new RegExp(`(### |<h2 [^>]*>)${title}`)));
      expect(titles).not.toContain(-1);
      expect(titles).toEqual([...titles].sort((one, other) => one - other));
    }
    expect(summary).toMatch(/- What this run had made was taken away again: .*Deployment shop\/shop-green/);
  }, 20_000);
});
