import { describe, expect, test } from '@jest/globals';
import type { DeploymentDefinition } from '../../../src/embedded/bcs/index.js';
import { addressAt, addressesOf } from '../../../src/platforms/bcs/addresses.js';
import type { Taskgroup } from '../../../src/platforms/bcs/objects.js';
import { definition, expectResult, startHouse } from './house.js';

interface Network {
  readonly networkMode: string;
  readonly networktype?: string;
  /** Of the definition; in some networks it means nothing. */
  readonly hostPort?: number;
}

/** The guide's deployment in another network. */
function inNetwork(name: 'test-blue' | 'test-green', { hostPort, ...network }: Network): DeploymentDefinition {
  const one = definition(name);
  const { networkMode: _, networktype: _type, containers, ...spec } = one.spec.template.spec;
  const ports = [{ name: 'test-port', containerPort: 8000, ...(hostPort ? { hostPort } : {}) }];
  const template = {
    spec: { ...spec, ...network, containers: containers.map(container => ({ ...container, ports })) },
  };
  return { ...one, spec: { ...one.spec, template } };
}

const verify = [{ http: { path: '/', passes: 1 } }];

describe('a release whose instances are in', () => {
  const NETWORKS: readonly (readonly [name: string, network: Network, settings: object])[] = [
    ['the network of the host', { networkMode: 'HOST', hostPort: 31_000 }, { verify }],
    ['a bridge', { networkMode: 'BRIDGE', hostPort: 31_000 }, { verify }],
    ['a network of docker', { networkMode: 'tenant', networktype: 'cnm', hostPort: 31_000 }, { verify }],
    ['a network with addresses of its own', { networkMode: 'USER', networktype: 'cni' }, { verify }],
    ['such a network, with a port of the host that leads nowhere', { networkMode: 'USER', hostPort: 31_000 }, {}],
  ];
  test.each(NETWORKS)('%s finds them behind the load balancer', async (_, network, settings) => {
    await using house = await startHouse({
      deployments: [inNetwork('test-blue', network)],
      files: { 'test-green.json': JSON.stringify(inNetwork('test-green', network)) },
    });
    const done = await house.runUnderLoad({ ...settings, deadlines: { confirm: '5s' } });
    expectResult(done, 'succeeded');
    expect(done.failures).toEqual({});
  });
});

describe('where a port of a taskgroup is', () => {
  const taskgroup = (networkMode: string | undefined, hostPort: number): Taskgroup => ({
    metadata: { name: '0.test', namespace: 'defaultGroup' },
    rcname: 'test',
    status: 'Running',
    hostIP: '10.0.0.1',
    podIP: '172.17.0.2',
    containerStatuses: ['web', 'admin', 'web'].map((name, at) => ({
      ...(networkMode ? { networkMode } : {}),
      containerPort: [{ name, containerPort: 8000 + at, hostPort }],
    })),
  });
  const CASES: readonly (readonly [string | undefined, number, readonly string[]])[] = [
    ['HOST', 31_000, ['10.0.0.1:8000']],
    ['BRIDGE', 31_000, ['10.0.0.1:31000']],
    ['BRIDGE', -1, ['172.17.0.2:8000']],
    ['USER', 0, ['172.17.0.2:8000']],
    ['USER', 31_000, ['10.0.0.1:31000', '172.17.0.2:8000']],
    [undefined, 31_000, ['10.0.0.1:31000', '172.17.0.2:8000']],
  ];
  test.each(CASES)('in the network %s with the host port %s', (networkMode, hostPort, places) => {
    expect(addressesOf(taskgroup(networkMode, hostPort), undefined)).toEqual([places]);
  });

  test('is asked of every container that has a port of that name', () => {
    const found = addressesOf(taskgroup('HOST', 0), 'web');
    expect(found).toEqual([['10.0.0.1:8000'], ['10.0.0.1:8002']]);
    expect(addressesOf(taskgroup('HOST', 0), 'none')).toEqual([]);
  });

  test('is that of its number where one is asked for, and never another one', () => {
    expect(addressAt(taskgroup('BRIDGE', 31_000), 8001)).toBe('10.0.0.1:31000');
    expect(addressAt(taskgroup('BRIDGE', 31_000), 9100)).toBe('172.17.0.2:9100');
    expect(addressAt(taskgroup('HOST', 0), 9100)).toBe('10.0.0.1:9100');
  });
});
