import { expect, test } from '@jest/globals';
import type { LoggedRequest } from '../../../src/embedded/kubernetes/index.js';
import { inParallel, openTheatre, type Performer, print, type Theatre } from './theatre.js';

/** Where the process is killed: at the nth write, before or after it took effect, or at the first line of a step. */
type KillPoint =
  | { readonly at: 'write'; readonly index: number; readonly when: 'before' | 'after'; readonly name: string }
  | { readonly at: 'step'; readonly name: string };

interface Row {
  readonly point: KillPoint;
  readonly killed: boolean;
  /** The write that was struck, as it was asked for. */
  readonly struck: string;
  readonly code: number | null;
  readonly failed: number;
  readonly requests: number;
  readonly broken: readonly string[];
  readonly state: unknown;
  readonly log: string;
}

const STEPS = [
  'inspect',
  'preflight',
  'claim',
  'deploy',
  'ready',
  'verify',
  'switch',
  'confirm',
  'bake',
  'teardown',
  'close',
];

function title({ method, path }: LoggedRequest): string {
  const [, kind = '', name = ''] = /\/([a-z]+)(?:\/([^/?]+))?(?:\?.*)?$/.exec(path) ?? [];
  return `${method} ${kind}${name ? `/${name}` : ''}`;
}

function titleOf(point: KillPoint): string {
  return point.at === 'step'
    ? `at the beginning of ${point.name}`
    : `${point.when} write ${point.index + 1}: ${point.name}`;
}

/** A run that nothing happens to: its writes, and what it leaves. */
async function undisturbed(): Promise<{ writes: readonly string[]; state: unknown }> {
  await using theatre = await openTheatre();
  const { code, log } = await theatre.perform().ended;
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  await theatre.platform.settled();
  return { writes: theatre.platform.requests.mutating.map(title), state: theatre.state() };
}

async function killedAt(point: KillPoint): Promise<Row> {
  await using theatre = await openTheatre();
  let write = '';
  const first = strikeAt(theatre, point, request => {
    write = title(request);
  });
  const { signal } = await first.ended;
  const again = await theatre.perform().ended;
  await theatre.platform.settled();
  const { requests, failed } = await theatre.applause();
  return {
    point,
    struck: write,
    killed: signal === 'SIGKILL',
    code: again.code,
    failed,
    requests,
    broken: theatre.broken(),
    state: theatre.state(),
    log: again.log,
  };
}

/** The run, with the kill prepared; `struck` is told the write at which it came. */
function strikeAt(theatre: Theatre, point: KillPoint, struck: (request: LoggedRequest) => void): Performer {
  const { interception } = theatre.platform;
  let performer: Performer | undefined;
  let writes = 0;
  let done = false;
  const strike = () => {
    done = true;
    performer?.kill('SIGKILL');
  };
  if (point.at === 'step') {
    performer = theatre.perform('run', line => {
      if (!done && line.trimStart().startsWith(`${point.name}:`)) strike();
    });
    return performer;
  }
  const { beforeAnswer } = interception;
  const marked = new WeakSet<LoggedRequest>();
  interception.onRequest = request => {
    if (done || !request.mutating || writes++ !== point.index) return undefined;
    struck(request);
    if (point.when === 'after') {
      marked.add(request);
      return undefined;
    }
    strike();
    return 'reset';
  };
  interception.beforeAnswer = async request => {
    await beforeAnswer(request);
    if (marked.has(request)) strike();
  };
  performer = theatre.perform();
  return performer;
}

test('a killed run can be run again, whenever it was killed, and users notice nothing (P2, P3, P6, P7)', async () => {
  const quiet = await undisturbed();
  const points: KillPoint[] = [
    ...STEPS.map(name => ({ at: 'step' as const, name })),
    ...quiet.writes.flatMap((name, index) =>
      (['before', 'after'] as const).map(when => ({ at: 'write' as const, index, when, name })),
    ),
  ];
  const rows = await inParallel(points, 5, killedAt);
  print('Kill matrix: SIGKILL, and the same command again', [
    ['kill', 'requests', 'failed', 'exit', 'broken'],
    ...rows.map(row => [
      titleOf(row.point),
      String(row.requests),
      String(row.failed),
      String(row.code),
      row.broken.join('; ') || '-',
    ]),
  ]);
  for (const row of rows) {
    const { killed, code, failed, broken, state } = row;
    const seen = { point: titleOf(row.point), killed, code, failed, broken, state, log: code === 0 ? '' : row.log };
    expect(seen).toEqual({
      point: titleOf(row.point),
      killed: true,
      code: 0,
      failed: 0,
      broken: [],
      state: quiet.state,
      log: '',
    });
    expect(row.requests).toBeGreaterThan(20);
  }
}, 180_000);
