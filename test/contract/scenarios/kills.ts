import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { failuresOf, Load } from '../../cluster/support/load.js';
import { tell } from '../evidence.js';
import type { ApiRequest } from '../gateway.js';
import type { Ground, OpenGround } from '../ground.js';
import type { Passing, Run, Stage } from '../stage.js';

/** A killed run counts as gone after this time without a word. */
const TERM_MS = 3_000;
const SHORT_TERM = { config: 'cutover.yml' };
/** So many stages at once: most of the time each of them waits. */
const WIDTH = 8;
/** How often a point is played before it counts as never met. */
const PLAYS = 4;

/** One write of the story, and the side of it on which the process is killed. */
interface Point {
  readonly passing: Passing;
  /** Of the requests that match the nth, from 1. */
  readonly nth: number;
  readonly side: 'before' | 'after';
  readonly title: string;
}

interface Row {
  readonly point: Point;
  readonly isKilled: boolean;
  readonly left: string;
  readonly again: Run;
  readonly slots: readonly string[];
  readonly moments: readonly string[];
  /** What the moments are to be. */
  readonly way: readonly string[];
  readonly failures: object;
}

/** SIGKILL before and after every write of a release, and the same command again: the kill matrix, on any ground. */
export function kills(open: OpenGround): void {
  let ground: Ground;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  test('a run that is killed before or after whichever write leaves one slot serving, and the same command ends it (P2, P3, P6, P7)', async () => {
    const points = pointsOf(await writesOf(ground));
    const rows: Row[] = [];
    const queue = [...points];
    const worker = async () => {
      for (let point = queue.shift(); point; point = queue.shift()) rows.push(await playedAt(ground, point));
    };
    await Promise.all(Array.from({ length: WIDTH }, worker));
    rows.sort((one, other) => points.indexOf(one.point) - points.indexOf(other.point));
    tell(`Kill matrix of ${points.length} points:\n${rows.map(rowText).join('\n')}`);
    for (const { point, again, slots, moments, way, failures } of rows) {
      const { result, live } = again.outputs;
      const seen = { at: point.title, live, slots, moments, failures, log: '' };
      expect({ ...seen, log: live === 'shop-green' ? '' : again.log }).toEqual({
        at: point.title,
        live: 'shop-green',
        slots: ['shop-green'],
        moments: way,
        failures: {},
        log: '',
      });
      expect(['succeeded', 'unchanged']).toContain(result);
    }
    // Of points that are written once by every run, none may be missed; of the others the table above says which were.
    const missed = rows.filter(({ isKilled, point }) => !isKilled && point.nth === 1);
    expect(missed.map(({ point }) => point.title)).toEqual([]);
  }, 600_000);
}

async function openShort(ground: Ground): Promise<Stage> {
  const stage = await ground.stage();
  stage.write('cutover.yml', `lock: { term: ${TERM_MS}ms }\n`);
  return stage;
}

/** With the usual term, so that no renewal is among them, however slow the machine is. */
async function writesOf(ground: Ground): Promise<readonly ApiRequest[]> {
  await using stage = await ground.stage();
  const run = await stage.run();
  if (run.outputs.result !== 'succeeded') throw new Error(`The release that nothing befalls failed:\n${run.log}`);
  return run.requests.filter(request => stage.isWrite(request));
}

function pointsOf(writes: readonly ApiRequest[]): readonly Point[] {
  const places = writes.map(({ method, path }) => {
    const segments = (path.split('?')[0] ?? '').split('/');
    // What is created is named by its kind alone; before the kind stands a name that is this stage's own.
    return { method, tail: segments.slice(method === 'POST' ? -1 : -2).join('/') };
  });
  return places.flatMap(({ method, tail }, index) => {
    const nth = places.slice(0, index + 1).filter(one => one.method === method && one.tail === tail).length;
    const passing = { method, path: new RegExp(`/${tail.replaceAll('.', '\\.')}(\\?|$)`) };
    const title = `${method} ${tail}${nth > 1 ? `, time ${nth}` : ''}`;
    return (['before', 'after'] as const).map(side => ({ passing, nth, side, title: `${side} ${title}` }));
  });
}

/**
 * Plays the point, and again where the run ended before it: how often a run renews its record, and whether it saves two of
 * its steps at once, is a matter of time, so that the last of several alike may have no like in another run.
 */
async function playedAt(ground: Ground, point: Point): Promise<Row> {
  let row = await killedAt(ground, point);
  for (let play = 2; !row.isKilled && play <= PLAYS; play++) row = await killedAt(ground, point);
  return row;
}

async function killedAt(ground: Ground, point: Point): Promise<Row> {
  await using stage = await openShort(ground);
  const load = new Load(stage.url, { fresh: 1, kept: 1 });
  try {
    const isKilled = await kill(stage, point);
    const left = await stage.selected();
    await pause(isKilled ? TERM_MS : 0);
    const again = await stage.run(SHORT_TERM);
    const failures = failuresOf(await load.stop());
    return {
      point,
      isKilled,
      left,
      again,
      slots: await stage.slots(),
      moments: stage.moments(),
      way: stage.way('shop-blue', 'shop-green'),
      failures,
    };
  } finally {
    await load.stop();
  }
}

/** Runs the release until the process is killed at the point. Answers whether the point was met. */
async function kill(stage: Stage, { passing, nth, side }: Point): Promise<boolean> {
  const stop = new AbortController();
  const strike = async () => {
    stop.abort();
    // A killed process is gone before its request or its answer could go any further.
    await pause(200);
    if (side === 'before') throw new Error('The process is killed, and its request goes nowhere.');
  };
  for (let before = 1; before < nth; before++) stage.gateway.moments.push({ ...passing });
  stage.gateway.moments.push({ ...passing, [side]: strike });
  await stage.run(SHORT_TERM, { stopBy: 'SIGKILL', signal: stop.signal });
  stage.gateway.moments.length = 0;
  return stop.signal.aborted;
}

function rowText({ point, isKilled, left, again, failures }: Row): string {
  const lost = Object.keys(failures).length === 0 ? 'nothing lost' : JSON.stringify(failures);
  return `  ${isKilled ? point.title : `${point.title} (not met)`}: ${left} served, then ${again.outputs.result}, ${lost}`;
}
