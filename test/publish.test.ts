import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pickHost } from '../src/hosts/index.js';
import { publish } from '../src/publish.js';
import type { Outcome } from '../src/release/model.js';
import { resultSchema } from '../src/report/result-schema.js';
import { worldOf } from './hosts/world.js';
import { rolledBack, succeeded } from './report/outcomes.js';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'cutover-publish-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

const file = (name: string) => readFileSync(join(workspace, 'out', name), 'utf8');

/** Publishes on a terminal, with a secret that the host knows. Answers what was printed. */
async function published(outcome: Outcome, secret = 'a-secret'): Promise<string> {
  const { world, stdout, stderr } = worldOf({ CUTOVER_DEBUG: '1' }, { workspace });
  const host = await pickHost(world);
  host.mask(secret);
  await publish(host, world, outcome, 'out');
  return stdout() + stderr();
}

describe('what a run leaves behind', () => {
  test('is four files, and their paths are outputs', async () => {
    const log = await published(succeeded);
    expect(readdirSync(join(workspace, 'out')).sort()).toEqual([
      'junit.xml',
      'report.html',
      'result.json',
      'summary.md',
    ]);
    expect(log).toContain(`output report: ${join(workspace, 'out/result.json')}`);
    expect(log).toContain(`output report-html: ${join(workspace, 'out/report.html')}`);
    expect(log).not.toContain('WARNING');
  });

  test('a file that cannot be written is a warning, and keeps none of the others from being written', async () => {
    mkdirSync(join(workspace, 'out/result.json'), { recursive: true });
    const log = await published(rolledBack);
    expect(log).toMatch(/result\.json could not be written: /);
    expect(log).toContain('output report: \n');
    expect(file('report.html')).toContain('What failed');
    expect(file('junit.xml')).toContain('<testsuites>');
    expect(log).toContain('The release of shop, version v2, was rolled back at bake.');
  });

  test('holds no secret, and stays what programs can read whatever word is one (P12)', async () => {
    const leaky = { ...succeeded, notes: ['the token is true-or-"not"'] };
    await published(leaky, 'true-or-"not"');
    for (const name of ['result.json', 'summary.md', 'report.html'])
      expect(file(name)).toMatch(/the token is (\\?\*){3}/);
    await published(leaky, 'true');
    expect(() => resultSchema.parse(JSON.parse(file('result.json')))).not.toThrow();
    expect(file('result.json')).toContain('the token is ***-or');
  });
});
