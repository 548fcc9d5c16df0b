import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { sleep } from '../load.js';
import { call, jsonPatch, shopPath } from './support.js';

interface Recorded {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly contentType?: string;
    readonly token: 'admin' | 'low' | 'none';
    readonly accept?: string;
    readonly body?: unknown;
  };
  // biome-ignore lint/suspicious/noExplicitAny: recorded bodies are looked into freely.
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: any };
}

const recording = readFileSync(new URL('../golden/kube-apiserver-v1.20.2.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded);

/** Parts of recorded bodies that the embedded server does not answer, and why. */
const notCompared: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/\.managedFields/, 'the embedded server keeps them for writers through the API, not for its controllers'],
  [/\.topology$/, 'v1beta1 had topology where v1 has nodeName'],
  [/\.template\.metadata\.creationTimestamp$/, 'an artefact (null) of Go structs; newer servers leave it out'],
  [/^EndpointSliceList.*\.metadata\.annotations$/, 'it holds the time of the last change, for metrics only'],
  [/\.targetRef\.resourceVersion$/, 'servers from 1.22 on leave it out'],
];

const exceptionsUsed = new Set<string>();

/** What happened between two recorded exchanges. */
const before: Readonly<Record<string, (platform: EmbeddedKubernetes) => Promise<void>>> = {
  'deployment-get-right-after-create': async platform => {
    await platform.apply([deployment('blue'), unlabelledService]);
  },
  'deployment-get-ready': platform => platform.settled(),
  replicasets: platform => platform.settled(),
  'endpointslices-green': platform => platform.settled(),
  'endpointslices-mixed': platform => platform.settled(),
  'endpointslices-after-null-selector': async platform => {
    const body = [{ op: 'replace', path: '/spec/selector', value: null }];
    expect((await call(platform, 'PATCH', shopPath, { type: jsonPatch, body })).status).toBe(200);
    await platform.settled();
  },
  'lease-create-409': async platform => {
    const spec = { holderIdentity: 'job-1', leaseDurationSeconds: 60 };
    await platform.apply([
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'cutover', namespace: 'bg' }, spec },
    ]);
    const lease = platform.objects('leases', 'bg')[0]?.metadata;
    known.set('489', lease?.resourceVersion ?? '').set('dc6fb77a-cad0-4275-8d03-c88b917debde', lease?.uid ?? '');
  },
  'deployment-progress-deadline-exceeded': async platform => {
    const spec = { nodeSelector: { none: 'such' }, containers: [{ name: 'c', image: 'x' }] };
    const template = { metadata: { labels: { app: 'stuck' } }, spec };
    const selector = { matchLabels: { app: 'stuck' } };
    await platform.apply([
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'stuck', namespace: 'bg', labels: { app: 'stuck' } },
        spec: { replicas: 1, progressDeadlineSeconds: 1, selector, template },
      },
    ]);
    await sleep(2_500);
  },
  'deployment-after-scale': platform => platform.settled(),
  'deployment-delete-again': async platform => {
    await call(platform, 'DELETE', '/apis/apps/v1/namespaces/bg/deployments/blue');
    await platform.settled();
  },
  'create-in-terminating-namespace': async platform => {
    await call(platform, 'DELETE', '/api/v1/namespaces/bg');
  },
};

function deployment(color: string): object {
  const labels = { app: 'shop', color };
  const container = { name: 'c', image: `hub.example/app:${color}`, ports: [{ containerPort: 8000, name: 'http' }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: color, namespace: 'bg', labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

const unlabelledService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'shop', namespace: 'bg' },
  spec: { selector: { app: 'shop', color: 'blue' }, ports: [{ name: 'http', port: 80, targetPort: 8000 }] },
};

/** Recorded uids and resourceVersions, with those that the embedded server has in their place. */
const known = new Map<string, string>();

function learn(recorded: Recorded['response']['body'], actual: Recorded['response']['body']): void {
  for (const field of ['uid', 'resourceVersion']) {
    const [then, now] = [recorded?.metadata?.[field], actual?.metadata?.[field]];
    if (typeof then === 'string' && typeof now === 'string') known.set(then, now);
  }
}

function translate<T>(value: T): T {
  let text = JSON.stringify(value);
  for (const [then, now] of known) text = text?.replaceAll(`"${then}"`, `"${now}"`).replaceAll(`(${then})`, `(${now})`);
  return text === undefined ? value : (JSON.parse(text) as T);
}

/** The key paths of the recorded value that the actual one lacks, or has with another type of value. */
function lacking(recorded: unknown, actual: unknown, path: string): string[] {
  const exception = notCompared.find(([pattern]) => pattern.test(path));
  if (exception !== undefined) {
    exceptionsUsed.add(exception[1]);
    return [];
  }
  if (actual === undefined) return [path];
  if (recorded === null || actual === null) return recorded === actual ? [] : [`${path} (null)`];
  if (typeof recorded !== typeof actual) return [`${path} (${typeof recorded})`];
  if (typeof recorded !== 'object') return [];
  return Object.entries(recorded).flatMap(([key, value]) =>
    lacking(value, (actual as Record<string, unknown>)[key], `${path}.${key}`),
  );
}

/** Names that a pod template's hash or chance has made differ from server to server. */
function withoutGeneratedNames(text: string): string {
  return text
    .replace(/ReplicaSet "(\w+)-[a-z0-9]+"/g, 'ReplicaSet "$1-HASH"')
    .replace(/too old resource version: 1 \(\d+\)/, 'too old resource version: 1 (N)');
}

describe('the embedded server answers as the recorded one', () => {
  let platform: EmbeddedKubernetes;
  let low: string;

  beforeAll(async () => {
    platform = await startEmbeddedKubernetes({ timing: { controllers: 150 } });
    platform.authority.anonymous = true;
    low = platform.authority.addUser('low', []);
  });
  afterAll(() => platform.close());

  for (const { name, request, response } of recording) {
    test(name, async () => {
      await before[name]?.(platform);
      const answer = await call(platform, request.method, request.path.replace('v1beta1', 'v1'), {
        body: translate(request.body),
        token: { admin: platform.token, low, none: null }[request.token],
        ...(request.contentType === undefined ? {} : { type: request.contentType }),
        ...(request.accept === undefined ? {} : { accept: request.accept }),
      });
      learn(response.body, answer.body);
      expect(answer.status).toBe(response.status);
      expect(answer.headers.get('cache-control')).toBe(response.headers['cache-control']);
      expect(answer.headers.get('content-type')).toBe(response.headers['content-type']);
      compare(name, translate(response.body), answer.body ?? answer.text);
    });
  }

  test('and everything that is left out of the comparison is still worth leaving out', () => {
    expect([...exceptionsUsed].sort()).toEqual(notCompared.map(([, reason]) => reason).sort());
  });

  function compare(name: string, recorded: Recorded['response']['body'], actual: Recorded['response']['body']): void {
    const status = recorded.kind === 'Status' ? recorded : recorded.type === 'ERROR' ? recorded.object : undefined;
    if (status !== undefined) {
      const same = JSON.parse(withoutGeneratedNames(JSON.stringify(actual.type === 'ERROR' ? actual.object : actual)));
      expect(same).toEqual(JSON.parse(withoutGeneratedNames(JSON.stringify(status))));
    } else if (name === 'resources-apps-v1') {
      compareResources(recorded, actual);
    } else if (name === 'table') {
      // Not compared: descriptions of columns (prose), and the objects behind the rows (as in the other answers).
      const columns = (table: typeof recorded) =>
        table.columnDefinitions.map(({ name: column }: { name: string }) => column);
      expect(columns(actual)).toEqual(columns(recorded));
      const cells = ({ cells: [title, ready, upToDate, available, , ...wide] }: { cells: unknown[] }) => [
        title,
        ready,
        upToDate,
        available,
        wide,
      ];
      expect(actual.rows.map(cells)).toEqual(recorded.rows.map(cells));
    } else {
      expect(lacking(recorded, actual, recorded.kind)).toEqual([]);
      expect(essence(actual)).toEqual(essence(recorded));
    }
  }

  /** Not served, and so not compared: controllerrevisions and daemonsets, which no cutover touches. */
  function compareResources(recorded: Recorded['response']['body'], actual: Recorded['response']['body']): void {
    for (const resource of recorded.resources) {
      if (/^(controllerrevisions|daemonsets)/.test(resource.name)) continue;
      const { storageVersionHash: _hash, ...wanted } = resource;
      const served = actual.resources.find((entry: { name: string }) => entry.name === resource.name);
      expect(served).toMatchObject(
        wanted.singularName === '' ? { ...wanted, singularName: served.singularName } : wanted,
      );
    }
  }

  /** The values that must be the same: what was asked for, and what a controller concluded from it. */
  function essence(body: Recorded['response']['body']): unknown {
    const object = body.type === undefined ? body : body.object;
    const { kind, spec, status } = object;
    if (kind === 'Deployment') {
      const conditions = (status.conditions ?? []).map((condition: Record<string, string>) => ({
        type: condition.type,
        status: condition.status,
        reason: condition.reason,
        message: withoutGeneratedNames(condition.message ?? ''),
      }));
      const generation = object.metadata.generation;
      return { kind, generation, replicas: spec.replicas, strategy: spec.strategy, status: { ...status, conditions } };
    }
    if (kind === 'Service') return { kind, selector: spec.selector, ports: spec.ports, type: spec.type };
    if (kind === 'Scale') return { kind, spec, status };
    if (kind === 'EndpointSliceList') {
      const slices = object.items as { endpoints: object[] | null; ports: object[] | null }[];
      return slices.map(({ endpoints, ports }) => ({ endpoints: endpoints?.length, ports }));
    }
    return { kind };
  }
});
