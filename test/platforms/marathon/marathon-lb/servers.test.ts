import { describe, expect, test } from '@jest/globals';
import { startAfter } from '../../../../src/platforms/marathon/marathon-lb/labels.js';
import {
  isServed,
  type PortRows,
  strangers,
  tasksOut,
} from '../../../../src/platforms/marathon/marathon-lb/servers.js';
import { isNew, leavingCount } from '../../../../src/platforms/marathon/marathon-lb/sharing.js';
import type { App, Task } from '../../../../src/platforms/marathon/objects.js';

const task = (id: string, port: number, more: Partial<Task> = {}): Task => ({
  id,
  appId: '/shop',
  host: '10.0.0.4',
  ports: [port],
  state: 'TASK_RUNNING',
  ...more,
});
const app = (tasks: readonly Task[], more: Partial<App> = {}): App => ({
  id: '/shop',
  version: '2026-01-01T00:00:00Z',
  instances: tasks.length,
  labels: { HAPROXY_0_PORT: '10900', HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '2' },
  tasks,
  ...more,
});
const rows = (...servers: readonly (readonly [string, string])[]): PortRows => ({
  url: 'http://lb',
  group: 'shop',
  port: 10_900,
  rows: servers.map(([server, status]) => ({ proxy: 'shop_10900', server, status, sessions: 0, queued: 0, weight: 1 })),
});

describe('who is served', () => {
  test.each([
    ['by its host and port', '10_0_0_4_31002', task('a', 31_002)],
    ['by the name and the address of its host', 'agent_1_10_0_0_4_31002', task('a', 31_002, { host: 'agent.1' })],
  ])('is known %s', (_, server, one) => {
    expect(isServed(app([one]), one, rows([server, 'UP']))).toBe(true);
    expect(isServed(app([one]), one, rows([server, 'MAINT']))).toBe(false);
    expect(isServed(app([one]), one, rows([`${server}9`, 'UP']))).toBe(false);
  });

  test('is known by its own address, where it has one', () => {
    const own = task('a', 0, { ports: [], ipAddresses: [{ ipAddress: '9.0.0.1' }] });
    const container = { portMappings: [{ containerPort: 80 }] };
    expect(isServed(app([own], { container }), own, rows(['10_0_0_4_9_0_0_1_80', 'UP']))).toBe(true);
    expect(isServed(app([own], { container }), own, rows(['10_0_0_4_9_0_0_2_80', 'UP']))).toBe(false);
  });

  test('is out only where every load balancer has taken it out, and a server of nobody is told', () => {
    const shop = app([task('a', 1), task('b', 2)]);
    const [one, other] = [rows(['10_0_0_4_1', 'MAINT'], ['10_0_0_4_2', 'UP']), rows(['10_0_0_4_1', 'UP'])];
    expect(tasksOut(shop, [one]).map(({ id }) => id)).toEqual(['a']);
    expect(tasksOut(shop, [one, other])).toEqual([]);
    expect(strangers([shop], [rows(['10_0_0_4_3', 'UP'])])).toEqual(['10_0_0_4_3 at http://lb']);
  });
});

describe('whom marathon-lb takes out', () => {
  test('are instances of the app that was scaled first, as many as the other one makes up for', () => {
    const scaled = (lastScalingAt: string) => ({ versionInfo: { lastScalingAt } });
    const blue = app([task('a', 1), task('b', 2)], scaled('2026-01-01T00:00:00Z'));
    const green = app([task('c', 3)], scaled('2026-01-01T00:00:01Z'));
    expect([isNew(green, blue), isNew(blue, green)]).toEqual([true, false]);
    const current = { ...green, tasks: [task('c', 3, { version: green.version })] };
    expect(leavingCount(blue, current)).toBe(1);
  });

  test('is told by a time without a zone that is later than the other one, whatever zone that was written in', () => {
    const other = app([], { labels: { HAPROXY_DEPLOYMENT_STARTED_AT: '2030-01-01T00:00:00.5+08:00' } });
    expect(startAfter(0, other)).toBe('2030-01-01T00:00:01.500');
    expect(startAfter(Date.UTC(2031, 0), other)).toBe('2031-01-01T00:00:00.000');
    expect(startAfter(0, undefined)).toBe('1970-01-01T00:00:00.000');
  });
});
