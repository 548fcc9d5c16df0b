import { expect, test } from '@jest/globals';
import type { StageRequest } from '../../../../src/rehearse/stage.js';
import type { OpenGround } from '../ground.js';
import type { Performer } from '../performer.js';
import { inParallel, print } from '../tables.js';
import { openTheatre, type Settings, type Theatre } from '../theatre.js';

/** Where the process is killed: at the nth write of a name, before or after it took effect, or at the first line of a step. */
type KillPoint =
  | { readonly at: 'write'; readonly nth: number; readonly when: 'before' | 'after'; readonly name: string }
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

const PLAYS = 4;

const STEPS_BACK = ['inspect', 'claim', 'deploy', 'ready', 'switch', 'confirm', 'close'];

function titleOf(point: KillPoint): string {
  return point.at === 'step' ? `at the beginning of ${point.name}` : `${point.when} ${point.name}, no. ${point.nth}`;
}

/** The verb whose process is killed. A rollback has a finished release before it, which kept blue. */
export type KilledVerb = 'run' | 'rollback';

async function prepared(open: OpenGround, { verb, more = {} }: KillMatrix): Promise<Theatre> {
  const keeps = verb === 'rollback' ? { teardown: { how: 'keep' } } : {};
  const theatre = await openTheatre(open, { more: { ...more, ...keeps } });
  if (verb === 'rollback') expect((await theatre.performHere()).code).toBe(0);
  return theatre;
}

/** A process that nothing happens to: its writes, and what it leaves. */
async function undisturbed(
  open: OpenGround,
  matrix: KillMatrix,
): Promise<{ writes: readonly string[]; state: unknown }> {
  const { verb } = matrix;
  await using theatre = await prepared(open, matrix);
  const { stage, titleOf } = theatre.ground;
  const before = stage.requests().length;
  const { code, log } = await theatre.perform(verb).ended;
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  await stage.settled();
  const writes = stage
    .requests()
    .slice(before)
    .filter(request => request.mutating);
  return { writes: writes.map(titleOf), state: theatre.state() };
}

/**
 * Plays the point, and again where the run ended before it: how often a run renews and tidies up its record, and whether
 * it saves two of its steps at once, is a matter of time, so that the last of several alike may have no like in another run.
 */
async function playedAt(open: OpenGround, matrix: KillMatrix, point: KillPoint): Promise<Row> {
  let row = await killedAt(open, matrix, point);
  for (let play = 2; !row.killed && play <= PLAYS; play++) row = await killedAt(open, matrix, point);
  return row;
}

async function killedAt(open: OpenGround, matrix: KillMatrix, point: KillPoint): Promise<Row> {
  const { verb } = matrix;
  await using theatre = await prepared(open, matrix);
  const { signal } = await strikeAt(theatre, verb, point).ended;
  const again = await theatre.perform(verb).ended;
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
function strikeAt(theatre: Theatre, verb: KilledVerb, point: KillPoint): Performer {
  const titled = theatre.ground.titleOf;
  let performer: Performer | undefined;
  let alike = 0;
  let done = false;
  const strike = () => {
    done = true;
    performer?.kill('SIGKILL');
  };
  if (point.at === 'step') {
    performer = theatre.perform(verb, line => {
      if (!done && line.trimStart().startsWith(`${point.name}:`)) strike();
    });
    return performer;
  }
  const marked = new WeakSet<StageRequest>();
  theatre.ground.stage.intercept({
    onRequest: request => {
      if (done || !request.mutating || titled(request) !== point.name || ++alike !== point.nth) return undefined;
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
  performer = theatre.perform(verb);
  return performer;
}

/** What a matrix is made for: a verb, the steps at whose beginning it is killed, and every so manieth of its points. */
export interface KillMatrix {
  readonly verb: KilledVerb;
  readonly stride: number;
  /** Settings over those of the play, and what the table calls them. */
  readonly more?: Settings;
  readonly title?: string;
}

/** SIGKILL before and after every write and at the beginning of every step, and the same command again. */
export function killMatrix(open: OpenGround, matrix: KillMatrix): void {
  const { verb, stride, title = verb } = matrix;
  test(`a killed ${title} can be run again, whenever it was killed, and users notice nothing (P2, P3, P6, P7)`, async () => {
    const quiet = await undisturbed(open, matrix);
    const all = pointsOf(quiet.writes, verb);
    const points = all.filter((_, index) => index % stride === 0);
    const rows = await inParallel(points, 5, point => playedAt(open, matrix, point));
    print(`Kill matrix of ${title}: SIGKILL, and the same command again; ${points.length} of ${all.length} points`, [
      ['kill', 'requests', 'failed', 'exit', 'broken'],
      ...rows.map(row => [
        row.killed ? titleOf(row.point) : `${titleOf(row.point)} (never came)`,
        String(row.requests),
        String(row.failed),
        String(row.code),
        row.broken.join('; ') || '-',
      ]),
    ]);
    for (const row of rows) {
      const { code, failed, broken, state } = row;
      const seen = { point: titleOf(row.point), code, failed, broken, state, log: code === 0 ? '' : row.log };
      const clean = { code: 0, failed: 0, broken: [], state: quiet.state, log: '' };
      expect(seen).toEqual({ point: titleOf(row.point), ...clean });
      expect(row.requests).toBeGreaterThan(20);
    }
    // Of points that are written once by every run, none may be missed.
    const missed = rows.filter(({ killed, point }) => !killed && (point.at === 'step' || point.nth === 1));
    expect(missed.map(row => titleOf(row.point))).toEqual([]);
  }, 1_800_000);
}

function pointsOf(writes: readonly string[], verb: KilledVerb): readonly KillPoint[] {
  const steps = STEPS.filter(step => verb === 'run' || STEPS_BACK.includes(step));
  return [
    ...steps.map(name => ({ at: 'step' as const, name })),
    ...writes.flatMap((name, index) => {
      const nth = writes.slice(0, index + 1).filter(other => other === name).length;
      return (['before', 'after'] as const).map(when => ({ at: 'write' as const, nth, when, name }));
    }),
  ];
}
