import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Stage, StageFault, StageRequest } from '../../../../src/rehearse/stage.js';
import type { OpenGround } from '../ground.js';
import type { Ended } from '../performer.js';
import { inParallel, print, STACK_TRACE } from '../tables.js';
import { openTheatre, type Theatre } from '../theatre.js';

/** What befalls a request. */
const ANSWERS: Readonly<Record<string, (stage: Stage) => StageFault>> = {
  '401': stage => stage.refusal(401),
  '403': stage => stage.refusal(403),
  '404': stage => stage.refusal(404),
  '409': stage => stage.refusal(409),
  '422': stage => stage.refusal(422),
  '429': stage => stage.refusal(429),
  '500': stage => stage.refusal(500),
  '503': stage => stage.refusal(503),
  hang: () => 'hang',
  reset: () => 'reset',
  truncated: () => 'truncate',
  html: () => 'html',
};

/** Answers that stand for others of their kind, where a request of the same kind was met with all of them before. */
const TELLING = ['401', '403', '404', '422', '429', '503', 'hang', 'reset', 'html'];

/** A request of the whole story. */
interface Asked {
  readonly title: string;
  readonly isWrite: boolean;
}

/** One request of the story, and how often it is answered badly from then on. */
interface Cell {
  readonly title: string;
  /** Of the requests of this title the nth is hit, from 1. */
  readonly nth: number;
  readonly answer: string;
  readonly times: 'once' | 'always';
}

interface Row extends Cell {
  readonly end: Ended;
  readonly hit: boolean;
  readonly live: string;
  readonly role: 'blue' | 'green' | undefined;
  /** What the result claims to be live; undefined when it claims to know nothing. */
  readonly claimed: string | undefined;
  readonly failed: number;
  readonly broken: readonly string[];
  readonly again: Ended;
}

const DEADLINE_S = 6;
/** Walking back, the last look and freeing the record have deadlines of their own, which add up to this. */
const AFTERWARDS_S = 30;
const SHORT = {
  deadline: `${DEADLINE_S}s`,
  deadlines: { switch: '2s', confirm: '2s', teardown: '3s', ready: '4s', deploy: '4s' },
  'report-directory': 'reports',
};

export interface ServerMatrix {
  /** Every so manieth cell; 1 for all. */
  readonly stride: number;
  /**
   * Only what differs: of the reads of one kind between two writes, which all meet the same platform, the first; and after
   * the first request of a kind no more answers than one for each way in which they are met.
   */
  readonly distinct?: boolean;
  /** `bundle`: as a process. `here`: in this one, which is much quicker. */
  readonly on: 'bundle' | 'here';
  readonly width: number;
}

/** Each request of the whole story, answered in each bad way; and what comes of it, as a table. */
export function serverMatrix(open: OpenGround, { stride, on, width, distinct = false }: ServerMatrix): void {
  test('a server that misbehaves leads to success, a clean stop or a rollback, and the result is true (P11, P13)', async () => {
    const cells = cellsOf(await requestsOf(open), distinct);
    const chosen = cells.filter((_, index) => index % stride === 0);
    const startedAt = performance.now();
    const rows = await inParallel(chosen, width, cell => befallen(open, cell, on));
    print(`Faulty server: ${chosen.length} of ${cells.length} cells in ${seconds(performance.now() - startedAt)}`, [
      ['request', 'answer', 'times', 'exit', 'serves', 'took', 'failed', 'again'],
      ...rows.map(columns),
    ]);
    expect(rows.flatMap(wrongWith)).toEqual([]);
  }, 5_400_000);
}

/** The requests of a run that nothing befalls, by their titles. */
async function requestsOf(open: OpenGround): Promise<readonly Asked[]> {
  await using theatre = await openTheatre(open);
  const { code, log } = await theatre.performHere();
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  const { stage, titleOf } = theatre.ground;
  return stage.requests().map(request => ({ title: titleOf(request), isWrite: request.method !== 'GET' }));
}

function cellsOf(asked: readonly Asked[], distinct: boolean): readonly Cell[] {
  const all = asked.map(({ title, isWrite }, index) => {
    const before = asked.slice(0, index);
    const again = before.slice(before.findLastIndex(one => one.isWrite) + 1).some(one => one.title === title);
    return { title, nth: before.filter(one => one.title === title).length + 1, isSame: again && !isWrite };
  });
  const places = distinct ? all.filter(({ isSame }) => !isSame) : all;
  return places.flatMap(({ title, nth }) =>
    (distinct && nth > 1 ? TELLING : Object.keys(ANSWERS)).flatMap(answer => {
      const once = { title, nth, answer, times: 'once' as const };
      return nth === 1 ? [once, { ...once, times: 'always' as const }] : [once];
    }),
  );
}

async function befallen(open: OpenGround, cell: Cell, on: ServerMatrix['on']): Promise<Row> {
  await using theatre = await openTheatre(open, { more: SHORT, connections: 1 });
  const { ground } = theatre;
  let seen = 0;
  const onRequest = (request: StageRequest) => {
    if (ground.titleOf(request) !== cell.title) return undefined;
    seen++;
    const isHit = cell.times === 'always' ? seen >= cell.nth : seen === cell.nth;
    return isHit ? ANSWERS[cell.answer]?.(ground.stage) : undefined;
  };
  ground.stage.intercept({ onRequest });
  const end = await (on === 'bundle' ? theatre.perform().ended : theatre.performHere());
  const [target] = ground.targets;
  const live = target?.live() ?? '';
  const role = live === target?.slots.blue ? 'blue' : live === target?.slots.green ? 'green' : undefined;
  const claimed = claimedLive(theatre);
  ground.stage.intercept({});
  theatre.configure({});
  const again = end.code === 0 ? end : await theatre.performHere();
  const { failed } = await theatre.applause();
  return { ...cell, end, hit: seen >= cell.nth, live, role, claimed, failed, broken: ground.broken(), again };
}

function claimedLive({ workspace }: Theatre): string | undefined {
  const { targets } = JSON.parse(readFileSync(join(workspace, 'reports/result.json'), 'utf8'));
  return targets[0]?.live ?? undefined;
}

/** Which slot an exit code claims to be live; of a rollback that failed nothing can be claimed. */
const SERVES: Readonly<Record<number, 'blue' | 'green' | undefined>> = {
  0: 'green',
  1: 'blue',
  // What is not there, right at its root, is a mistake in the address.
  2: 'blue',
  3: 'blue',
  4: 'blue',
  6: 'green',
  7: undefined,
};

function wrongWith(row: Row): readonly string[] {
  const { code, log, durationMs } = row.end;
  const claims = SERVES[code ?? -1];
  const why = [
    code === null || !(code in SERVES) ? `exit code ${code}` : '',
    claims && claims !== row.role ? `exit code ${code} claims ${claims}, and ${row.live} serves` : '',
    row.claimed && row.claimed !== row.live ? `the result says ${row.claimed}, and ${row.live} serves` : '',
    row.failed > 0 ? `${row.failed} requests failed` : '',
    ...row.broken,
    STACK_TRACE.test(log) ? 'a stack trace was shown' : '',
    durationMs > (DEADLINE_S + AFTERWARDS_S) * 1_000 ? `it took ${seconds(durationMs)}` : '',
    row.again.code === 0 ? '' : `the same command again ended with ${row.again.code}: ${row.again.log}`,
  ].filter(text => text !== '');
  return why.length === 0 ? [] : [`${columns(row).slice(0, 3).join(', ')}: ${why.join(', ')}\n${log}`];
}

function columns({ title, nth, answer, times, end, hit, live, failed, again }: Row): readonly string[] {
  const place = nth === 1 ? title : `${title}, time ${nth}`;
  const code = hit ? String(end.code) : `${end.code} (not asked for this time)`;
  return [place, answer, times, code, live, seconds(end.durationMs), String(failed), String(again.code)];
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
