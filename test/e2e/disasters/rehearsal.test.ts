import { expect, test } from '@jest/globals';
import { kubernetesGround } from './grounds/kubernetes.js';
import { inParallel } from './tables.js';
import { openTheatre } from './theatre.js';

const FAULTS: readonly (readonly [string, RegExp])[] = [
  ['kill@switch.after', /^kill@switch\.after +killed +succeeded +shop-blue, then shop-green +\d+ +0$/m],
  ['cancel@ready', /^cancel@ready\.before +cancelled +succeeded/m],
  ['api-500@deploy', /^api-500@deploy\.before +(succeeded|failed)/m],
  ['api-timeout@switch', /^api-timeout@switch\.before +(succeeded|failed|rolled-back)/m],
  ['lost-answer@switch', /^lost-answer@switch\.before +succeeded +-/m],
  ['slow@verify', /^slow@verify\.before +succeeded +-/m],
  ['conflict@switch', /^conflict@switch\.before +succeeded +-/m],
  ['partition@confirm', /^partition@confirm\.before +(succeeded|rolled-back)/m],
  ['instance-death@bake', /^instance-death@bake\.before +(succeeded|rolled-back)/m],
  ['token-expiry@switch', /^token-expiry@switch\.before +(failed|rollback-failed) +succeeded/m],
];

test('rehearse --fault shows what the user’s own release would do, and ends well in each kind', async () => {
  const seen = await inParallel(FAULTS, 3, async ([fault, row]) => {
    await using theatre = await openTheatre(kubernetesGround, { more: { kubeconfig: undefined } });
    const { code, log } = await theatre.perform('rehearse', undefined, ['--fault', fault]).ended;
    return { fault, code, row: row.test(log), log };
  });
  for (const { fault, code, row, log } of seen) {
    expect({ fault, row, log: row ? '' : log }).toEqual({ fault, row: true, log: '' });
    // Users who were talking to an instance that dies may lose a request; nothing else may cost them one.
    if (fault !== 'instance-death@bake') expect({ fault, code }).toEqual({ fault, code: 0 });
  }
}, 300_000);

test('a fault that does not exist is told what there is', async () => {
  await using theatre = await openTheatre(kubernetesGround);
  const { code, log } = await theatre.perform('rehearse', undefined, ['--fault', 'explode@lunch']).ended;
  expect(code).not.toBe(0);
  expect(log).toContain('Kinds: kill, cancel, api-500');
});

test('rehearse --all-faults says how long it takes, and ends with a table of every place that the release offers', async () => {
  await using theatre = await openTheatre(kubernetesGround, { more: { kubeconfig: undefined } });
  const { code, log } = await theatre.perform('rehearse', undefined, ['--all-faults=conflict']).ended;
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  expect(log).toMatch(/^6 disasters, 4 at a time: this takes about \d+/m);
  for (const step of ['claim', 'deploy', 'switch', 'bake', 'teardown', 'close'])
    expect(log).toMatch(
      new RegExp(`^conflict@${step}\\.before +[a-z-]+ +(succeeded|-) +shop-blue, then shop-green +\\d+ +0$`, 'm'),
    );
}, 180_000);

test('rehearse --fail bake shows the way back', async () => {
  await using theatre = await openTheatre(kubernetesGround, { more: { kubeconfig: undefined } });
  const { code, log } = await theatre.perform('rehearse', undefined, ['--fail', 'bake']).ended;
  expect({ code, log: code === 4 ? '' : log }).toEqual({ code: 4, log: '' });
  expect(log).toContain('The previous routing is back: shop serves from shop-blue.');
}, 180_000);
