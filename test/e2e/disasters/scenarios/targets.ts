import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import type { StageRequest } from '../../../../src/rehearse/stage.js';
import { GREEN_VERSION, type Ground, type OpenGround } from '../ground.js';
import { inParallel, print, STACK_TRACE } from '../tables.js';
import { openTheatre, type Theatre } from '../theatre.js';

const TARGETS = ['shop', 'cart', 'search'] as const;
const STEPS = ['deploy', 'ready', 'verify', 'switch', 'confirm', 'bake'] as const;
/** A line of the log is read before the request that follows it is looked at. */
const LINE_FIRST_MS = 3;

/**
 * What becomes of one target while the others do a step:
 * - `ill`: every instance of its green answers 500 from then on
 * - `locked`: the platform refuses every write that is about it, from then on
 */
type Fate = 'ill' | 'locked';

interface Case {
  readonly target: (typeof TARGETS)[number];
  readonly step: (typeof STEPS)[number];
  readonly fate: Fate;
}

interface Row extends Case {
  readonly code: number | null;
  /** The colour of each target at the end, in the order of the release. */
  readonly colours: readonly string[];
  /** Which target moved where, in the order in which it happened, such as `shop>green`. */
  readonly moves: readonly string[];
  /** Requests that users of the other targets lost. */
  readonly failed: number;
  readonly broken: readonly string[];
  readonly again: number | null;
  readonly log: string;
}

function colourOf({ targets }: Ground, name: string): string {
  const target = targets.find(one => one.name === name);
  const live = target?.live();
  return live === target?.slots.blue ? 'blue' : live === target?.slots.green ? 'green' : (live ?? '');
}

function isAbout({ path }: StageRequest, target: string): boolean {
  return new RegExp(`\\b${target}\\b`).test(path.split('?')[0] ?? '');
}

/** Notes every change of colour as it happens. */
function watchMoves(ground: Ground): { readonly moves: string[]; readonly beforeAnswer: () => void } {
  const moves: string[] = [];
  const before = new Map(TARGETS.map(name => [name, colourOf(ground, name)]));
  const beforeAnswer = () => {
    for (const name of TARGETS) {
      const now = colourOf(ground, name);
      if (before.get(name) !== now) moves.push(`${name}>${now}`);
      before.set(name, now);
    }
  };
  return { moves, beforeAnswer };
}

async function played(open: OpenGround, { target, step, fate }: Case): Promise<Row> {
  await using theatre = await openTheatre(open, { targets: TARGETS, connections: 1 });
  const { ground } = theatre;
  const { stage } = ground;
  const { moves, beforeAnswer } = watchMoves(ground);
  let isStruck = false;
  stage.intercept({
    beforeAnswer,
    onRequest: async request => {
      if (fate !== 'locked' || !request.mutating || stage.isRecord(request) || !isAbout(request, target))
        return undefined;
      await sleep(LINE_FIRST_MS);
      return isStruck ? stage.refusal(422) : undefined;
    },
  });
  const sicken = () => {
    const slot = ground.targets.find(({ name }) => name === target)?.slots.green;
    for (const instance of stage.instances(GREEN_VERSION))
      if (instance.identity.slot === slot) instance.answerEverything({ status: 500 });
  };
  const illness = setInterval(() => isStruck && fate === 'ill' && sicken(), 2);
  const { code, log } = await theatre.perform('run', line => {
    isStruck ||= line.trimStart().startsWith(`${step}:`);
  }).ended;
  clearInterval(illness);
  const colours = TARGETS.map(name => colourOf(ground, name));
  return { target, step, fate, code, colours, moves, ...(await afterwards(theatre, target)), log };
}

/** What users saw, and the same command again with nothing in its way. */
async function afterwards(theatre: Theatre, target: string) {
  const { byTarget } = await theatre.applause();
  const failed = TARGETS.filter(name => name !== target).map(name => byTarget[name]?.failed ?? 0);
  theatre.ground.stage.intercept({});
  const { code } = await theatre.performHere();
  return { failed: failed.reduce((sum, one) => sum + one, 0), broken: theatre.ground.broken(), again: code };
}

/** The order in which routes were put back is the reverse of the one in which they were switched. */
function isReversed(moves: readonly string[]): boolean {
  const names = (colour: string) => moves.flatMap(move => (move.endsWith(`>${colour}`) ? [move.split('>')[0]] : []));
  return names('blue').length === 0 || names('blue').join() === names('green').reverse().join();
}

/** One target fails at each step of the others, in a release of three; every `stride`th case of them. */
export function targetsMatrix(open: OpenGround, { stride, width }: { stride: number; width: number }): void {
  const all = STEPS.flatMap(step =>
    TARGETS.flatMap(target => (['ill', 'locked'] as const).map(fate => ({ step, target, fate }))),
  );
  const cases = all.filter((_, index) => index % stride === 0);

  test('of three targets all are switched, or none stays switched, whichever fails at whatever step (P15)', async () => {
    const rows = await inParallel(cases, width, one => played(open, one));
    print(`Three targets: ${cases.length} of ${all.length} cases`, [
      ['target', 'befalls it', 'during', 'exit', 'serve', 'moves', 'lost by the others', 'again'],
      ...rows.map(row => [
        row.target,
        row.fate,
        row.step,
        String(row.code),
        row.colours.join(' '),
        row.moves.join(' ') || '-',
        String(row.failed),
        String(row.again),
      ]),
    ]);
    for (const { colours, moves, failed, broken, again, code, log, ...one } of rows) {
      const isGreen = code === 0 || code === 6;
      const seen = { ...one, colours, isReversed: isReversed(moves), failed, broken, again };
      const wanted = {
        colours: TARGETS.map(() => (isGreen ? 'green' : 'blue')),
        isReversed: true,
        failed: 0,
        broken: [],
        again: 0,
      };
      expect({ ...seen, log: '' }).toEqual({ ...one, ...wanted, log: '' });
      expect(log).not.toMatch(STACK_TRACE);
    }
  }, 600_000);

  killBetween(open, stride === 1 ? [0, 1, 2] : [1], width);
}

interface Kill {
  /** How many routes were switched before the one at which the process is killed. */
  readonly after: number;
  readonly when: 'before' | 'after';
  readonly then: 'run' | 'rollback';
}

function killBetween(open: OpenGround, routes: readonly number[], width: number): void {
  const kills: readonly Kill[] = routes.flatMap(after =>
    (['before', 'after'] as const).flatMap(when => (['run', 'rollback'] as const).map(then => ({ after, when, then }))),
  );
  test('killed between the switches of two targets, the same command switches all, and rollback none (P6, P15)', async () => {
    const rows = await inParallel(kills, width, kill => killed(open, kill));
    print('Three targets: SIGKILL between their switches', [
      ['killed', 'left', 'then', 'exit', 'serve', 'failed'],
      ...rows.map(row => [
        `${row.when} switch ${row.after + 1}`,
        row.left.join(' '),
        row.then,
        String(row.code),
        row.colours.join(' '),
        String(row.failed),
      ]),
    ]);
    for (const { left, colours, code, failed, broken, ...kill } of rows) {
      const switched = kill.after + (kill.when === 'after' ? 1 : 0);
      const colour = kill.then === 'run' ? 'green' : 'blue';
      expect({ ...kill, left, colours, code, failed, broken }).toEqual({
        ...kill,
        left: TARGETS.map((_, index) => (index < switched ? 'green' : 'blue')),
        colours: TARGETS.map(() => colour),
        code: 0,
        failed: 0,
        broken: [],
      });
    }
  }, 300_000);
}

async function killed(open: OpenGround, kill: Kill) {
  await using theatre = await openTheatre(open, { targets: TARGETS, connections: 1 });
  const { ground } = theatre;
  let isSwitching = false;
  let writes = 0;
  let isOver = false;
  const marked = new WeakSet<StageRequest>();
  const strike = () => {
    isOver = true;
    performer.kill('SIGKILL');
  };
  ground.stage.intercept({
    onRequest: async request => {
      if (isOver || !request.mutating || ground.stage.isRecord(request)) return undefined;
      await sleep(LINE_FIRST_MS);
      if (!isSwitching || writes++ !== kill.after) return undefined;
      if (kill.when === 'after') {
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
  const performer = theatre.perform('run', line => {
    isSwitching ||= line.trimStart().startsWith('switch:');
  });
  await performer.ended;
  const colours = () => TARGETS.map(name => colourOf(ground, name));
  const left = colours();
  const { code } = await theatre.perform(kill.then).ended;
  // Killed before the first switch there is nothing to go back from, and rollback says so.
  const { failed } = await theatre.applause();
  return { ...kill, left, code, colours: colours(), failed, broken: ground.broken() };
}
