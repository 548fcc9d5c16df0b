import { describe, expect, test } from '@jest/globals';
import type { App, Task } from '../../../src/platforms/marathon/objects.js';
import { readinessOf } from '../../../src/platforms/marathon/readiness.js';
import { addressesOf, isCurrent, reachOf } from '../../../src/platforms/marathon/tasks.js';

const VERSION = '2026-11-21T10:00:00.000Z';
const WANTED = { slot: '/svc-green', size: 2, version: 'v2' };

function task(change: Partial<Task> = {}): Task {
  return {
    id: 'svc-green.instance-1._app.1',
    appId: '/svc-green',
    host: '10.0.0.4',
    ports: [31_002],
    state: 'TASK_RUNNING',
    version: VERSION,
    healthCheckResults: [{ alive: true }],
    ...change,
  };
}

function app(change: Partial<App> = {}): App {
  return {
    id: '/svc-green',
    instances: 2,
    version: VERSION,
    versionInfo: { lastConfigChangeAt: VERSION },
    labels: { CUTOVER_VERSION: 'v2' },
    healthChecks: [{ protocol: 'HTTP' }],
    portDefinitions: [{ name: 'web', port: 0 }],
    tasksHealthy: 2,
    tasksUnhealthy: 0,
    deployments: [],
    tasks: [task(), task()],
    ...change,
  };
}

describe('green is ready', () => {
  test('when every instance is up, healthy, of this definition, and Marathon has finished', () => {
    expect(readinessOf(WANTED, app(), undefined)).toMatchObject({ complete: true, ready: 2, text: '2/2 ready' });
  });

  const NOT_YET: readonly (readonly [name: string, change: Partial<App>, words: RegExp])[] = [
    ['there is no instance at all, and so none that is not alive', { tasks: [], tasksHealthy: 0 }, /2 not started yet/],
    [
      'an instance is only staged',
      { tasks: [task(), task({ state: 'TASK_STAGING', healthCheckResults: [] })] },
      /1 staging/,
    ],
    [
      'an instance was not asked yet',
      { tasks: [task(), task({ healthCheckResults: [] })] },
      /1 without an answer to its health checks/,
    ],
    [
      'an instance has no results at all',
      { tasks: [task(), { ...task(), healthCheckResults: undefined } as unknown as Task] },
      /without an answer/,
    ],
    [
      'an instance is unhealthy',
      { tasks: [task(), task({ healthCheckResults: [{ alive: false, lastFailureCause: 'refused' }] })] },
      /1 unhealthy \(refused\)/,
    ],
    ['one of two checks has no answer', { healthChecks: [{}, {}] }, /2 without an answer/],
    [
      'an instance is of an older definition',
      { tasks: [task(), task(), task({ version: '2026-11-20T10:00:00.000Z' })] },
      /1 of an older definition/,
    ],
    ['an instance cannot be reached', { tasks: [task(), task({ state: 'TASK_UNREACHABLE' })] }, /1 unreachable/],
    ['the deployment is still running', { deployments: [{ id: 'd' }] }, /deployment is still running/],
    ['Marathon counts fewer', { tasksHealthy: 1 }, /2\/2 ready/],
    ['it is another version', { labels: { CUTOVER_VERSION: 'v1' } }, /it has version v1/],
    ['too few were asked for', { instances: 1, tasks: [task()] }, /only 1 asked for/],
  ];
  test.each(NOT_YET)('but not when %s', (_, change, words) => {
    const state = readinessOf(WANTED, app(change), undefined);
    expect(state.complete).toBe(false);
    expect(state.text).toMatch(words);
  });

  test('but not when it does not exist', () => {
    expect(readinessOf(WANTED, undefined, undefined)).toMatchObject({
      complete: false,
      text: '0/2 ready, /svc-green does not exist',
    });
  });

  test('without health checks, once every instance runs: preflight has said what that is worth', () => {
    const bare = app({
      healthChecks: [],
      tasksHealthy: 0,
      tasks: [task({ healthCheckResults: [] }), task({ healthCheckResults: [] })],
    });
    expect(readinessOf(WANTED, bare, undefined).complete).toBe(true);
  });

  test('with instances from before a change of size alone', () => {
    const scaled = app({ version: '2026-11-21T11:00:00.000Z', versionInfo: { lastConfigChangeAt: VERSION } });
    expect(isCurrent(scaled, task())).toBe(true);
    expect(readinessOf(WANTED, scaled, undefined).complete).toBe(true);
  });
});

describe('an instance is found', () => {
  test('at its agent, by the name of the port', () => {
    expect(addressesOf(app(), task(), { portName: 'web' })).toEqual(['10.0.0.4:31002']);
    expect(addressesOf(app(), task(), { portName: 'admin' })).toEqual([]);
  });

  test('at its own address, where it has one', () => {
    const own = app({ container: { portMappings: [{ name: 'web', containerPort: 8080, hostPort: 0 }] } });
    const placed = task({ ipAddresses: [{ ipAddress: '9.0.1.2' }] });
    expect(addressesOf(own, placed, { portName: 'web', type: 'CONTAINER_IP' })).toEqual(['9.0.1.2:8080']);
    expect(addressesOf(own, placed, { portName: 'web' })).toEqual(['10.0.0.4:31002', '9.0.1.2:8080']);
    expect(reachOf(own, placed, { port: 8080 })).toBe('10.0.0.4:31002');
  });

  test('by every port, where the pool says so', () => {
    expect(addressesOf(app(), task({ ports: [1, 2] }), { allPorts: true })).toEqual(['10.0.0.4:1', '10.0.0.4:2']);
  });
});
