import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { configSchema } from '../../src/config/schema.js';
import { fromCommandLine } from '../../src/hosts/inputs.js';
import { INPUTS } from '../../src/inputs.js';
import { rehearse } from '../../src/rehearse/index.js';
import { worldOf } from '../hosts/world.js';
import { filesBelow, ROOT, read } from './support/repository.js';

/** What would only make the test long. */
const QUICK = ['--settle', '100ms', '--hold', '200ms', '--bake', '200ms', '--teardown-after', 'immediately'];

async function rehearsed(name: string, environment: Record<string, string> = {}): Promise<object> {
  const words = ['rehearse', '--config', 'cutover.yml', '--version', '1.2.3', ...QUICK, '--json'];
  const { world, stdout } = worldOf(environment, { arguments: words, workspace: join(ROOT, 'examples', name) });
  const exitCode = await rehearse({ ...world, program: '' });
  const { result, targets } = JSON.parse(stdout());
  return { name, exitCode, result, live: targets.map((target: { live: string }) => target.live) };
}

describe('the examples', () => {
  test('those for Kubernetes end well in a rehearsal', async () => {
    const good = { exitCode: 0, result: 'succeeded' };
    const names = ['kubernetes-basic', 'kubernetes-gated', 'kubernetes-canary', 'kubernetes-worker'];
    expect(await Promise.all(names.map(name => rehearsed(name)))).toEqual([
      { name: 'kubernetes-basic', ...good, live: ['shop-green'] },
      { name: 'kubernetes-gated', ...good, live: ['shop-green', 'cart-green'] },
      { name: 'kubernetes-canary', ...good, live: ['shop-green'] },
      { name: 'kubernetes-worker', ...good, live: ['mailer-green'] },
    ]);
  });

  test('the one for DC/OS ends well in a rehearsal', async () => {
    const environment = { DCOS_SERVICE_ACCOUNT: 'not asked for in a rehearsal' };
    const end = { name: 'dcos', exitCode: 0, result: 'succeeded', live: ['/svc-green'] };
    expect(await rehearsed('dcos', environment)).toEqual(end);
  });

  test('those for BCS, and the plain walk-through, end well in a rehearsal', async () => {
    const environment = { BCS_TOKEN: 'not asked for in a rehearsal' };
    const names = ['bcs-mesos', 'bcs-kubernetes', 'kubernetes-walkthrough'];
    const good = { exitCode: 0, result: 'succeeded' };
    expect(await Promise.all(names.map(name => rehearsed(name, environment)))).toEqual([
      { name: 'bcs-mesos', ...good, live: ['test-green'] },
      { name: 'bcs-kubernetes', ...good, live: ['test-green'] },
      { name: 'kubernetes-walkthrough', ...good, live: ['myapp-v2'] },
    ]);
  });

  test('the one for Cloud Foundry ends well in a rehearsal', async () => {
    const environment = { CF_USER: 'nobody', CF_PASSWORD: 'not asked for in a rehearsal' };
    const end = { name: 'cloud-foundry', exitCode: 0, result: 'succeeded', live: ['myapp-green'] };
    expect(await rehearsed('cloud-foundry', environment)).toEqual(end);
  });

  test('the ones for DC/OS are read as the program reads them', () => {
    for (const file of ['cutover.yml', 'stepwise.yml']) {
      const text = load(read(`examples/dcos/${file}`)) as object;
      expect(configSchema.parse({ version: '1', ...text })).toMatchObject({ platform: 'marathon' });
    }
  });

  test('every YAML file among them can be read', () => {
    for (const path of filesBelow('examples', /\.ya?ml$/)) expect(loadAll(read(path)).length).toBeGreaterThan(0);
  });

  test('the command lines and variables for other CI systems name inputs that exist', () => {
    const known = INPUTS.map(({ name }) => name);
    const lines = filesBelow('examples/elsewhere', /./).flatMap(path => read(path).split('\n'));
    const commands = lines.filter(line => /^(?!\s*#).*(index\.js"?|"\$cutover") \w/.test(line));
    expect(commands.length).toBeGreaterThanOrEqual(5);
    for (const line of commands) {
      const given = line.replace(/^.*?(index\.js"?|"\$cutover") /, '').replace(/["']$|; fi$/, '');
      expect(Object.keys(fromCommandLine(given.split(/\s+/))).filter(name => !known.includes(name))).toEqual([]);
    }
    const variables = Object.keys(
      (load(read('examples/elsewhere/gitlab-ci.yml')) as { release: { variables: object } }).release.variables,
    );
    const named = variables.map(name =>
      name
        .replace(/^CUTOVER_/, '')
        .toLowerCase()
        .replaceAll('_', '-'),
    );
    expect(named.filter(name => !known.includes(name))).toEqual([]);
  });
});
