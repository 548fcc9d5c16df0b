import { expect, test } from '@jest/globals';
import { confirmRouting } from '../../../src/platforms/bcs/confirmation.js';
import type { Context } from '../../../src/platforms/bcs/context.js';
import { routeState } from '../../../src/platforms/bcs/routes.js';
import { envelope, type Script, type Scripted, scripted, soon } from './script.js';

const metadata = { name: 'test', namespace: 'defaultGroup', labels: { BCSGROUP: 'lb' } };
const selector = { appname: 'test-green' };
const OBJECTS: Readonly<Record<string, object>> = {
  service: { metadata, spec: { selector, ports: [{ name: 'web', protocol: 'TCP', servicePort: 8080 }] } },
  deployment: { metadata: { ...metadata, name: 'test-green' }, status: 'Running', application: { name: 'test-green' } },
  application: { metadata, instance: 1, buildedInstance: 1, runningInstance: 1, status: 'Running' },
  taskgroup: {
    metadata: { ...metadata, name: '0.test-green' },
    status: 'Running',
    hostIP: '10.0.0.1',
    containerStatuses: [{ containerPort: [{ name: 'web', containerPort: 8000, hostPort: 31_000 }] }],
  },
};

/** A service that selects green; what is exported of it is green's instance, or nothing, look by look. */
function exporting(isFull: (look: number) => boolean): Script {
  let looks = 0;
  return ({ path }) => {
    const list = /\/query\/.*\/(\w+)$/.exec(path)?.[1];
    if (list === 'exportservice') {
      const backends = isFull(looks++) ? [{ targetIP: '10.0.0.1', targetPort: 31_000 }] : [];
      return envelope(0, [{ data: { ports: [{ name: 'web', backends }] } }]);
    }
    if (list) return envelope(0, [{ data: OBJECTS[list] }]);
    return envelope(0, { data: OBJECTS[path.split('/').at(-2) ?? ''] });
  };
}

function confirm({ client }: Scripted, lagMs: number, signal: AbortSignal) {
  const section = { 'read-lag': 100, 'load-balancer-lag': lagMs };
  const document = { kind: 'bcs-service', namespace: 'defaultGroup', service: 'test', selector } as const;
  const state = routeState('service/test', { ...document, slots: ['test-green'], size: 1, demand: 'full' });
  return confirmRouting({ client, section } as unknown as Context, { routes: [state] }, signal);
}

function looks({ seen }: Scripted): number {
  return seen.filter(({ path }) => path.endsWith('/exportservice')).length;
}

test('what was exported before a write is not taken for what is exported after it: it is seen again after the lag', async () => {
  await using at = await scripted(exporting(look => look !== 1 && look !== 2));
  expect(await confirm(at, 50, soon())).toEqual({
    verdict: 'pass',
    reason: 'service test has exactly the 1 instance of test-green',
  });
  expect(looks(at)).toBe(5);
});

test('when there is no time for that, the reason says what load balancers lacked', async () => {
  await using at = await scripted(exporting(() => true));
  const deadline = new AbortController();
  const sleep = async () => deadline.abort(new Error('too late'));
  Object.assign(at.client, {
    clock: { ...at.client.clock, sleep: () => sleep().then(() => deadline.signal.throwIfAborted()) },
  });
  expect(await confirm(at, 20_000, deadline.signal)).toEqual({
    verdict: 'fail',
    reason:
      'service test has exactly the 1 instance of test-green, and load balancers have not had the 20 s to read it',
  });
});
