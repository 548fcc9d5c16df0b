import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { MANIFEST } from '../../src/rehearse/demo-shop.js';
import { NAMESPACE, openStage } from './stage.js';

/** Nothing that a workflow command, Markdown or HTML would take effect by. */
const MISCHIEF = '\n::error::owned\n<img src=x onerror=alert(1)> [click](https://evil.example) @everyone';

test('a service that says the token, and mischief with it, is quoted without either taking effect (P12, P16)', async () => {
  await using stage = await openStage();
  const { token } = stage.platform;
  const forms = [token, Buffer.from(token).toString('base64'), Buffer.from(token).toString('hex')];
  const answers = JSON.stringify({ '/leak': { body: `${forms.join(' ')}${MISCHIEF}` } });
  const annotations = `annotations: { embedded.cutover/answers: '${answers}' }\n      labels: { app: shop }`;
  stage.write('k8s/shop.yaml', MANIFEST.replace('labels: { app: shop }', annotations));

  const run = await stage.run({ smoke: '- http: { path: /leak, expect: { body: something else } }' });

  expect(run.outputs.result).toBe('failed');
  expect(run.summary).toContain('something else');
  expect(run.summary.replaceAll('\\', '')).toContain('***');
  const lines = run.log.split('\n').filter(line => !line.startsWith('::add-mask::'));
  expect(lines.filter(line => line.startsWith('::error::owned'))).toEqual([]);
  expect(run.summary).not.toMatch(/<img|\[click\]\(|(^|\s)@everyone/);
  const reports = join(stage.workspace, 'reports');
  const files = readdirSync(reports).map(file => readFileSync(join(reports, file), 'utf8'));
  const record = stage.platform.objects('ConfigMap', NAMESPACE).map(object => JSON.stringify(object));
  const everything = [lines.join('\n'), run.summary, JSON.stringify(run.outputs), ...files, ...record].join('\n');
  // Markdown puts backslashes into what it quotes: a token that they break apart is a token all the same.
  const unescaped = everything.replaceAll('\\', '');
  expect(forms.filter(form => unescaped.includes(form))).toEqual([]);
});
