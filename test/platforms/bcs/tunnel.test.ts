import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type EmbeddedBcs, startEmbeddedBcs } from '../../../src/embedded/bcs/index.js';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { Load } from '../../embedded/load.js';
import { codesOf, expectResult, type Run, runConfig } from './house.js';

const CLUSTER = 'BCS-K8S-40000';
const IMAGE = 'registry.example/test';

interface Tunnel extends AsyncDisposable {
  readonly kube: EmbeddedKubernetes;
  readonly bcs: EmbeddedBcs;
  readonly workspace: string;
  section(change?: object): object;
}

/** The files of an example, and a Kubernetes cluster that only BCS's gateway leads to. */
async function startTunnel(example: string): Promise<Tunnel> {
  const kube = await startEmbeddedKubernetes();
  const bcs = await startEmbeddedBcs({ kubernetes: { clusterId: CLUSTER, url: kube.url, token: kube.token } });
  const workspace = await mkdtemp(join(tmpdir(), 'cutover-test-'));
  await cp(join(import.meta.dirname, '../../../examples', example), workspace, { recursive: true });
  return {
    kube,
    bcs,
    workspace,
    section: change => ({
      orchestrator: 'kubernetes',
      cluster: CLUSTER,
      api: bcs.url,
      token: bcs.token,
      ...change,
    }),
    [Symbol.asyncDispose]: async () => {
      await bcs.close();
      await kube.close();
      await rm(workspace, { recursive: true, force: true });
    },
  };
}

async function apply({ kube, workspace }: Tunnel, ...files: readonly string[]): Promise<void> {
  // The guide's images are a placeholder that no registry could have.
  const text = (file: string) =>
    readFileSync(join(workspace, file), 'utf8').replaceAll('hub.docker.com:xxxx/xxxxxx', IMAGE);
  for (const file of files) await kube.apply(text(file));
  await kube.settled();
}

function names(kube: EmbeddedKubernetes): readonly string[] {
  return kube.objects('deployments', 'default').map(({ metadata }) => metadata.name);
}

function selectorOf(kube: EmbeddedKubernetes, name: string): unknown {
  const service = kube.objects('services', 'default').find(({ metadata }) => metadata.name === name);
  return (service as { spec?: { selector?: object } } | undefined)?.spec?.selector;
}

/** The slots that users could reach, moment by moment. */
function moments(kube: EmbeddedKubernetes, service: string): readonly string[] {
  const all = kube.routing('default', service).map(({ slots }) => slots.join('+'));
  return all.filter((slots, index) => slots !== '' && slots !== all[index - 1]);
}

function guide(tunnel: Tunnel, settings: object = {}, target: object = {}): Promise<Run> {
  return runConfig(tunnel.workspace, {
    platform: 'bcs',
    bcs: tunnel.section(),
    version: 'green',
    targets: [
      {
        name: 'test',
        namespace: 'default',
        slots: { blue: 'test-blue', green: 'test-green' },
        routes: ['service/test'],
        manifest: 'test-green.yaml',
        image: `${IMAGE}:green`,
        ...target,
      },
    ],
    settle: '100ms',
    bake: { for: '300ms' },
    ...settings,
  });
}

describe('the Kubernetes half of the guide', () => {
  test('goes end to end through the tunnel, its files unchanged, without a failed request', async () => {
    await using tunnel = await startTunnel('bcs-kubernetes');
    await apply(tunnel, 'test-blue.yaml', 'test-svc.yaml');
    const url = tunnel.kube.serviceUrl('default', 'test');
    const load = new Load(url, { keepAlive: 2, fresh: 2, pauseMs: 5 });
    const live = { 'live-url': url, identity: { path: '/', header: 'x-app-version' } };
    const done = await guide(tunnel, {}, live).finally(() => load.stop());
    expectResult(done, 'succeeded');
    expect(Object.fromEntries((await load.stop()).failures)).toEqual({});
    expect(names(tunnel.kube)).toEqual(['test-green']);
    expect(moments(tunnel.kube, 'test')).toEqual(['test-blue', 'test-green']);
    expect(tunnel.bcs.requests.all.every(({ path }) => path.startsWith(`/tunnels/clusters/${CLUSTER}/`))).toBe(true);
  });

  test('goes back with the next version, from the same file', async () => {
    await using tunnel = await startTunnel('bcs-kubernetes');
    await apply(tunnel, 'test-blue.yaml', 'test-svc.yaml');
    expectResult(await guide(tunnel), 'succeeded');
    const next = { image: `${IMAGE}:next` };
    expectResult(await guide(tunnel, { version: 'next' }, next), 'succeeded');
    expect(names(tunnel.kube)).toEqual(['test-blue']);
  });
});

describe('the tunnel', () => {
  test('leads to the namespace of the section where nothing else names one', async () => {
    await using tunnel = await startTunnel('bcs-kubernetes');
    await apply(tunnel, 'test-blue.yaml', 'test-svc.yaml');
    const settings = { bcs: tunnel.section({ namespace: 'shop' }), verb: 'plan' };
    const done = await guide(tunnel, settings, { namespace: undefined });
    expect(done.outcome.failures[0]?.message).toMatch(/shop/);
    expectResult(await guide(tunnel, { verb: 'plan' }, { namespace: undefined }), 'succeeded');
  });

  test('that does not accept the token is told as what it is, and the token is in no log (P12)', async () => {
    await using tunnel = await startTunnel('bcs-kubernetes');
    await apply(tunnel, 'test-blue.yaml', 'test-svc.yaml');
    const done = await guide(tunnel, { bcs: tunnel.section({ token: 'expired-token-of-somebody' }) });
    expectResult(done, 'failed');
    expect(done.outcome.failures[0]?.code).toBe('UNAUTHORIZED');
    expect(done.log).not.toContain('expired-token-of-somebody');
  });

  test('of a cluster that does not exist leads to a message, and to no write', async () => {
    await using tunnel = await startTunnel('bcs-kubernetes');
    const done = await guide(tunnel, { bcs: tunnel.section({ cluster: 'BCS-K8S-1' }) });
    expect(done.outcome.result).not.toBe('succeeded');
    expect(done.outcome.failures[0]?.message).toMatch(/404|not found|namespace/i);
    expect(tunnel.bcs.requests.all.filter(({ mutating }) => mutating)).toEqual([]);
  });
});

describe('the plain walk-through, whose Service matches both versions', () => {
  const settings = { platform: 'kubernetes', settle: '100ms', bake: { for: '300ms' } };
  const walk = async (tunnel: Tunnel, change: object = {}): Promise<Run> => {
    const target = {
      name: 'myapp',
      namespace: 'default',
      slots: { blue: 'myapp-v1', green: 'myapp-v2' },
      routes: ['service/myapp'],
      manifest: 'myapp-v2.yaml',
    };
    const here = { ...settings, kubeconfig: tunnel.kube.kubeconfig(), version: 'v2', targets: [target] };
    return await runConfig(tunnel.workspace, { ...here, ...change });
  };

  test('is made a clean cutover: at no moment do users get a mixture (P3)', async () => {
    await using tunnel = await startTunnel('kubernetes-walkthrough');
    await apply(tunnel, 'myapp-v1.yaml', 'service.yaml');
    const load = new Load(tunnel.kube.serviceUrl('default', 'myapp'), { keepAlive: 2, fresh: 2, pauseMs: 5 });
    const done = await walk(tunnel).finally(() => load.stop());
    expectResult(done, 'succeeded');
    expect(Object.fromEntries((await load.stop()).failures)).toEqual({});
    expect(moments(tunnel.kube, 'myapp')).toEqual(['myapp-v1', 'myapp-v2']);
    expect(names(tunnel.kube)).toEqual(['myapp-v2']);
    expect(selectorOf(tunnel.kube, 'myapp')).toMatchObject({ app: 'myapp' });
  });

  test('the mixture that it makes when both are up is found and explained, and nothing is written', async () => {
    await using tunnel = await startTunnel('kubernetes-walkthrough');
    await apply(tunnel, 'myapp-v1.yaml', 'myapp-v2.yaml', 'service.yaml');
    const done = await walk(tunnel);
    expectResult(done, 'refused');
    expect(codesOf(done)).toContain('error MIXED_SELECTOR');
    const finding = done.outcome.findings.find(({ code }) => code === 'MIXED_SELECTOR');
    expect(finding?.message).toMatch(/app=myapp.*both.*myapp-v1.*myapp-v2/);
    expect(selectorOf(tunnel.kube, 'myapp')).toEqual({ app: 'myapp' });
  });
});
