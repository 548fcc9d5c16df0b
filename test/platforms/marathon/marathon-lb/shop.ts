/** The app `shop` behind marathon-lb, on a DC/OS in this process, and whole releases of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { EmbeddedMarathonOptions } from '../../../../src/embedded/marathon/index.js';
import type { MarathonLb } from '../../../../src/embedded/marathon-lb/marathon-lb.js';
import { Load, type LoadReport } from '../../../embedded/load.js';
import { PROGRAM } from '../../../embedded/program.js';
import { example, type House, type Run, type RunOptions, startHouse, versioned } from '../house.js';

/** Instances are processes; a request to /work leaves an operation of a second behind it, one to /long of half a minute. */
export const WORKING = {
  program: PROGRAM,
  behaviour: () => ({ answers: { '/work': { operationMs: 1_000 }, '/long': { operationMs: 30_000 } } }),
};
const PORT = 10_900;
export const DRAIN = { gauge: { path: '/metrics', name: 'pending_operations' }, zeros: 2, interval: '50ms' };

/** What marathon-lb reads, as its users write it. */
const LABELS = {
  HAPROXY_GROUP: 'external',
  HAPROXY_DEPLOYMENT_GROUP: 'shop',
  HAPROXY_0_PORT: String(PORT),
  HAPROXY_0_MODE: 'http',
};

export interface Shop extends AsyncDisposable {
  readonly house: House;
  readonly lb: MarathonLb;
  readonly url: string;
  run(settings?: Record<string, unknown>, options?: RunOptions): Promise<Run>;
}

export interface ShopOptions extends EmbeddedMarathonOptions {
  readonly instances?: number;
  readonly balancers?: number;
  /** Over the definition of the app. */
  readonly app?: object;
  /** Over the labels of the blue app. */
  readonly blueLabels?: Readonly<Record<string, string | undefined>>;
}

/** Blue as a release of Cutover, or zdd.py, leaves it. */
export async function startShop({
  instances = 2,
  balancers = 1,
  app = {},
  blueLabels = {},
  ...options
}: ShopOptions = {}): Promise<Shop> {
  const house = await startHouse({ instances: 1, ...options });
  const definition = { ...example('svc-green.json'), labels: LABELS, ...app };
  const [check] = definition.healthChecks;
  const healthChecks = check ? [{ ...check, timeoutSeconds: 300, maxConsecutiveFailures: 0 }] : [];
  await writeFile(join(house.workspace, 'shop.json'), JSON.stringify({ ...definition, healthChecks }));
  const labels = {
    ...definition.labels,
    CUTOVER_VERSION: 'v1',
    HAPROXY_DEPLOYMENT_STARTED_AT: '2026-01-01T10:00:00',
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: String(instances),
    ...blueLabels,
  };
  const { container } = versioned('v1');
  const blue = { ...definition, container, healthChecks, id: '/shop-blue', labels, instances };
  await house.api('POST', '/service/marathon/v2/apps', blue);
  const lb = await house.dcos.startMarathonLb({ count: balancers });
  await house.dcos.settled({ withinMs: 25_000 });
  const statistics = Array.from({ length: balancers }, (_, index) => lb.statsUrl(index));
  const url = lb.url(PORT);
  return {
    house,
    lb,
    url,
    run: ({ target = {}, marathon = {}, ...settings }: Record<string, unknown> = {}, runOptions) =>
      house.run(
        {
          marathon: {
            url: house.dcos.url,
            router: 'marathon-lb',
            'load-balancers': statistics,
            credentials: { user: house.dcos.credentials.uid, password: house.dcos.credentials.password },
            ...(marathon as object),
          },
          target: {
            name: 'shop',
            slots: { blue: '/shop-blue', green: '/shop-green' },
            manifest: 'shop.json',
            routes: [`marathon-lb/shop/${PORT}`],
            'live-url': url,
            ...(target as object),
          },
          strategy: 'stepwise',
          drain: DRAIN,
          settle: '30ms',
          bake: { for: '100ms', interval: '50ms' },
          ...settings,
        },
        runOptions,
      ),
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

/** While work is done, users ask, and some of them leave operations behind; none of them may notice anything. */
export async function underLoad<T>({ url }: Shop, work: () => Promise<T>): Promise<T> {
  const loads = [
    new Load(url, { keepAlive: 2, fresh: 2, pauseMs: 20 }),
    new Load(`${url}/work`, { fresh: 1, pauseMs: 300 }),
  ];
  let reports: readonly LoadReport[] = [];
  try {
    return await work();
  } finally {
    reports = await Promise.all(loads.map(load => load.stop()));
    expect(reports.map(({ failures }) => Object.fromEntries(failures))).toEqual([{}, {}]);
  }
}

/** By what each instance told of itself: its last words were that it had nothing to do, twice, and its end lost nothing. */
export function expectDrainedEnds({ house: { dcos } }: Shop, ids: readonly string[]): void {
  const ended = dcos.endedTasks.filter(({ id, wasKilled }) => ids.includes(id) && wasKilled);
  expect(ended).toHaveLength(ids.length);
  expect(ended.map(({ pendingWhenAsked }) => pendingWhenAsked)).toEqual(ended.map(() => 0));
  expect(ended.map(({ abandoned }) => abandoned)).toEqual(ended.map(() => 0));
  for (const { gaugeReadings } of ended) expect(gaugeReadings.slice(-2).map(({ pending }) => pending)).toEqual([0, 0]);
}

/** The instances of a slot, for `expectDrainedEnds`. */
export function idsOf({ house: { dcos } }: Shop, slot: string): readonly string[] {
  return dcos.tasks(slot).map(({ id }) => id);
}

/** Blue serves alone, at its size, and nothing is left of the release. */
export function expectOnlyBlue({ house: { dcos } }: Shop, size: number): void {
  expect(dcos.tasks('/shop-blue')).toHaveLength(size);
  expect(dcos.app('/shop-blue')?.instances).toBe(size);
  expect(dcos.app('/shop-green')).toBeUndefined();
}
