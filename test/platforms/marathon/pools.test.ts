import { describe, expect, test } from '@jest/globals';
import type { Pool, PoolEndpoint, PoolService } from '../../../src/platforms/marathon/objects.js';
import {
  describeServices,
  joined,
  matchesPattern,
  renamed,
  sameElsewhere,
  sameServices,
  slotsIn,
  weightOf,
  weightsFor,
  withServices,
  withWeight,
} from '../../../src/platforms/marathon/pools.js';

const SLOTS = ['/svc-blue', '/svc-green'];

function service(serviceID: string, endpoint: PoolEndpoint = { portName: 'web' }): PoolService {
  return { marathon: { serviceID }, endpoint };
}

/** A service as the API gives it back, with its defaults filled in. */
function filled(serviceID: string): PoolService {
  return {
    marathon: { serviceID, serviceIDPattern: '', containerName: '' },
    mesos: {},
    endpoint: { check: { enabled: true }, port: -1, portName: 'web', type: 'AUTO_IP', miscStr: '' },
  };
}

describe('what a backend goes to', () => {
  test('is told by the id of an app, with a slash or without', () => {
    expect(slotsIn([service('svc-blue')], SLOTS)).toEqual(['/svc-blue']);
    expect(slotsIn([service('/svc-blue'), service('/svc-green')], SLOTS)).toEqual(SLOTS);
  });

  test('does not count a service of weight 0', () => {
    expect(slotsIn([service('/svc-blue', { miscStr: 'weight 0' }), service('/svc-green')], SLOTS)).toEqual([
      '/svc-green',
    ]);
  });

  test('is the same with and without the defaults that the server fills in', () => {
    expect(sameServices([service('/svc-blue')], [filled('/svc-blue')])).toBe(true);
    expect(sameServices([service('/svc-blue')], [filled('/svc-green')])).toBe(false);
    expect(sameServices([service('/svc-blue')], [withWeight(filled('/svc-blue'), 10)])).toBe(false);
    expect(sameServices([service('/svc-blue')], [])).toBe(false);
  });

  test('is read by people', () => {
    expect(describeServices([withWeight(service('/svc-blue'), 90), service('/svc-green')])).toBe(
      '/svc-blue weight 90, /svc-green',
    );
    expect(describeServices([])).toBe('nothing');
  });

  test.each([
    ['svc-(blue|green)', true],
    ['^/svc-.*', true],
    ['^/other$', false],
    ['(?P<go>svc)', true],
    ['', false],
  ])('a pattern of apps (%s) may match a slot: %s', (serviceIDPattern, expected) => {
    expect(matchesPattern({ marathon: { serviceIDPattern } }, '/svc-blue')).toBe(expected);
  });
});

describe('a switch', () => {
  const POOL: Pool = {
    apiVersion: 'V2',
    name: 'sample-config',
    count: 1,
    haproxy: {
      frontends: [{ bindPort: 80, protocol: 'HTTP', linkBackend: { defaultBackend: 'svc' } }],
      backends: [
        { name: 'svc', protocol: 'HTTP', services: [service('/svc-blue')] },
        { name: 'other', services: [service('/svc-blue')] },
      ],
    },
  };

  test('changes the services of the named backend and nothing else (P4)', () => {
    const next = withServices(POOL, 'svc', renamed([service('/svc-blue')], '/svc-blue', '/svc-green'));
    expect(next).toEqual({
      ...POOL,
      haproxy: {
        ...POOL.haproxy,
        backends: [{ name: 'svc', protocol: 'HTTP', services: [service('/svc-green')] }, POOL.haproxy.backends?.[1]],
      },
    });
    expect(sameElsewhere(POOL, next, 'svc')).toBe(true);
    expect(sameElsewhere(POOL, { ...next, count: 2 }, 'svc')).toBe(false);
  });

  test('leaves other services of the backend as they are', () => {
    const services = [service('/svc-blue'), service('/legacy')];
    expect(renamed(services, '/svc-blue', '/svc-green')).toEqual([service('/svc-green'), service('/legacy')]);
    expect(describeServices(joined(services, '/svc-blue', '/svc-green'))).toBe('/svc-blue, /svc-green, /legacy');
  });
});

describe('weights', () => {
  test.each([
    [10, 3, 3],
    [50, 2, 4],
    [90, 1, 10],
    [1, 4, 4],
    [99, 2, 1],
  ])('%s %% for green, with %s of blue and %s of green, come out within a percent', (share, blue, green) => {
    const weights = weightsFor(share, { blue, green });
    const got = (100 * weights.green * green) / (weights.green * green + weights.blue * blue);
    expect(Math.abs(got - share)).toBeLessThanOrEqual(1);
    expect(Math.max(weights.blue, weights.green)).toBeLessThanOrEqual(256);
    expect(Math.min(weights.blue, weights.green)).toBeGreaterThanOrEqual(1);
  });

  test('take the place of earlier ones and leave other options alone', () => {
    const weighted = withWeight(service('/svc-blue', { portName: 'web', miscStr: 'maxconn 100 weight 7' }), 20);
    expect(weighted.endpoint?.miscStr).toBe('maxconn 100 weight 20');
    expect(weightOf(weighted)).toBe(20);
    expect(weightOf(service('/svc-blue'))).toBe(1);
  });
});
