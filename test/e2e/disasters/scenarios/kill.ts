import { expect, test } from '@jest/globals';
import type { StageRequest } from '../../../../src/rehearse/stage.js';
import type { OpenGround } from '../ground.js';
import type { Performer } from '../performer.js';
import { inParallel, print } from '../tables.js';
import { openTheatre, type Theatre } from '../theatre.js';

/** Where the process is killed: at the nth write, before or after it took effect, or at the first line of a step. */
type KillPoint =
  | { readonly at: 'write'; readonly index: number; readonly when: 'before' | 'after'; readonly name: string }
  | { readonly at: 'step'; readonly name: string };

interface Row {
  readonly point: KillPoint;
  readonly killed: boolean;
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

function titleOf(point: KillPoint): string {
  return point.at === 'step'
    ? `at the beginning of ${point.name}`
    : `${point.when} write ${point.index + 1}: ${point.name}`;
}

/** A run that nothing happens to: its writes, and what it leaves. */
async function undisturbed(open: OpenGround): Promise<{ writes: readonly string[]; state: unknown }> {
  await using theatre = await openTheatre(open);
  const { stage, titleOf } = theatre.ground;
  const { code, log } = await theatre.perform().ended;
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  await stage.settled();
  const writes = stage.requests().filter(request => request.mutating);
  return { writes: writes.map(titleOf), state: theatre.state() };
}

async function killedAt(open: OpenGround, point: KillPoint): Promise<Row> {
  await using theatre = await openTheatre(open);
  const { signal } = await strikeAt(theatre, point).ended;
  const again = await theatre.perform().ended;
  await theatre.ground.stage.settled();
  const { requests, failed } = await theatre.applause();
  return {
    point,
    killed: signal === 'SIGKILL',
    code: again.code,
    failed,
    requests,
    broken: theatre.ground.broken(),
    state: theatre.state(),
    log: again.log,
  };
}

/** The run, with the kill prepared. */
function strikeAt(theatre: Theatre, point: KillPoint): Performer {
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
  const marked = new WeakSet<StageRequest>();
  theatre.ground.stage.intercept({
    onRequest: request => {
      if (done || !request.mutating || writes++ !== point.index) return undefined;
      if (point.when === 'after') {
        marked.add(request);
        return undefined;
      }
      strike();
      return 'reset';
    },
    beforeAnswer: request => {
      if (marked.has(request)) strike();
    },
  });
  performer = theatre.perform();
  return performer;
}

/** SIGKILL before and after every write and at the beginning of every step, and the same command again. */
export function killMatrix(open: OpenGround): void {
  test('a killed run can be run again, whenever it was killed, and users notice nothing (P2, P3, P6, P7)', async () => {
    const quiet = await undisturbed(open);
    const points: KillPoint[] = [
      ...STEPS.map(name => ({ at: 'step' as const, name })),
      ...quiet.writes.flatMap((name, index) =>
        (['before', 'after'] as const).map(when => ({ at: 'write' as const, index, when, name })),
      ),
    ];
    const rows = await inParallel(points, 5, point => killedAt(open, point));
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
}
