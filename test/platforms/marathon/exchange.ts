/** What the tests of the procedure of eleven steps behind Edge-LB share: work that is pending, load, and what has to hold. */
import { expect } from '@jest/globals';
import { Load, type LoadReport } from '../../embedded/load.js';
import { PROGRAM } from '../../embedded/program.js';
import type { House } from './house.js';

/** Instances are processes; every request to /work leaves an operation of a second behind it, as a gauge tells. */
export const WORKING = {
  program: PROGRAM,
  behaviour: () => ({ answers: { '/work': { operationMs: 1_000 }, '/long': { operationMs: 30_000 } } }),
};
export const DRAIN = { gauge: { path: '/metrics', name: 'pending_operations' }, zeros: 2, interval: '50ms' };
export const STEPWISE = {
  strategy: 'stepwise',
  drain: DRAIN,
  settle: '30ms',
  bake: { for: '100ms', interval: '50ms' },
};

export async function underLoad<T>(house: House, work: () => Promise<T>): Promise<T> {
  const loads = [
    new Load(house.url, { keepAlive: 2, fresh: 2, pauseMs: 20 }),
    new Load(`${house.url}/work`, { fresh: 1, pauseMs: 300 }),
  ];
  let reports: readonly LoadReport[] = [];
  try {
    return await work();
  } finally {
    reports = await Promise.all(loads.map(load => load.stop()));
    expect(reports.map(({ failures }) => Object.fromEntries(failures))).toEqual([{}, {}]);
  }
}

/** Asked of instances at each moment at which some are about to be ended: how many of both slots there are. */
export function sizesAtEnds({ dcos }: House): readonly number[] {
  const sizes: number[] = [];
  dcos.interception.onRequest = ({ method, path }) => {
    const both = dcos.instances('/svc-blue').length + dcos.instances('/svc-green').length;
    if (method === 'POST' && path.includes('/v2/tasks/delete')) sizes.push(both);
    return undefined;
  };
  return sizes;
}

/**
 * By what each instance told of itself: its last words were that it had nothing to do, twice; it had nothing to do when it
 * was asked to end, and its end lost nothing.
 */
export function expectDrainedEnds({ dcos }: House, slot: string): void {
  const ended = dcos.endedTasks.filter(({ appId, wasKilled }) => appId === slot && wasKilled);
  expect(ended.map(({ pendingWhenAsked }) => pendingWhenAsked)).toEqual(ended.map(() => 0));
  expect(ended.map(({ abandoned }) => abandoned)).toEqual(ended.map(() => 0));
  for (const { gaugeReadings } of ended) expect(gaugeReadings.slice(-2).map(({ pending }) => pending)).toEqual([0, 0]);
}

export function expectOnlyBlue({ dcos, live }: House, size: number): void {
  expect(live()).toBe('/svc-blue');
  expect(dcos.tasks('/svc-blue')).toHaveLength(size);
  expect(dcos.app('/svc-green')).toBeUndefined();
}
