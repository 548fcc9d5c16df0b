import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StageRequest } from '../../../../src/rehearse/stage.js';
import type { ReleaseRecord } from '../../../../src/release/record.js';
import { GREEN_VERSION, type Ground, type OpenGround } from '../ground.js';
import { inParallel, print, STACK_TRACE } from '../tables.js';
import { openTheatre, type Theatre } from '../theatre.js';

/** One pipeline of a race: what it releases, when it starts, and what befalls it when. */
interface Racer {
  readonly version: string;
  readonly afterMs: number;
  readonly fate: 'none' | 'killed' | 'stopped';
  readonly fateAfterMs: number;
}

interface Result {
  readonly racers: readonly Racer[];
  readonly codes: readonly (number | null)[];
  readonly logs: readonly string[];
  readonly claims: number;
  readonly failed: number;
  /** Whatever was wrong, as sentences. */
  readonly wrong: readonly string[];
}

const TERM_MS = 1_500;
/** A stopped process stands still for longer than its term: it is taken over, and then wakes up. */
const STANDS_STILL_MS = 2_500;
const SETTINGS = { lock: { term: `${TERM_MS}ms`, wait: '20s' }, bake: { for: '100ms', interval: '50ms' } };
/** What a run may end with: success, refusal, a failure before the switch or a rollback, and what a taken-over one leaves. */
const ENDS: readonly (number | null)[] = [0, 1, 3, 4, 6, null];
const OTHER_VERSIONS = ['1.6.0', '1.7.0'] as const;
const LAST_VERSION = '9.9.9';

export interface Race {
  readonly rounds: number;
  readonly width: number;
  /** `bundle`: processes, some of which are killed or stand still. `here`: in this one, where neither can be. */
  readonly on: 'bundle' | 'here';
}

/** Several runs of the same and of other versions at once, on one release. */
export function race(open: OpenGround, { rounds, width, on }: Race): void {
  const where =
    on === 'bundle' ? 'processes, some killed and some asleep for longer than their term' : 'runs in one process';
  test(`${rounds} races of ${where}: one holder at a time, and nobody notices (P2, P3, P7, P9)`, async () => {
    const seed = Number(process.env.CUTOVER_SEED ?? Date.now() % 2 ** 31);
    const chosen = fc.sample(racersOf(on), { seed, numRuns: rounds });
    const results = await inParallel(chosen, width, racers => raced(open, racers, on));
    print(`Races (CUTOVER_SEED=${seed})`, [
      ['racers', 'exits', 'claims', 'failed'],
      ...results.map(({ racers, codes, claims, failed }) => [
        racers.map(racerText).join(', '),
        codes.map(code => code ?? '-').join(' '),
        String(claims),
        String(failed),
      ]),
    ]);
    const wrong = results.filter(result => result.wrong.length > 0);
    expect(wrong.map(({ racers, wrong: why, logs }) => ({ seed, racers, why, logs }))).toEqual([]);
  }, 900_000);
}

/** What a round may be made of. */
function racersOf(on: Race['on']): fc.Arbitrary<Racer[]> {
  const racer = fc.record({
    version: fc.constantFrom(GREEN_VERSION, GREEN_VERSION, ...OTHER_VERSIONS),
    afterMs: fc.nat(1_200),
    fate: on === 'here' ? fc.constant('none' as const) : fc.constantFrom('none', 'none', 'killed', 'stopped'),
    fateAfterMs: fc.integer({ min: 300, max: 2_300 }),
  });
  return fc.array(racer, { minLength: on === 'here' ? 2 : 3, maxLength: on === 'here' ? 4 : 5, size: 'max' });
}

async function raced(open: OpenGround, racers: readonly Racer[], on: Race['on']): Promise<Result> {
  await using theatre = await openTheatre(open, { more: SETTINGS, connections: 1 });
  const { ground } = theatre;
  const holders = watchHolders(ground);
  const ends = await Promise.all(racers.map(racer => ran(theatre, racer, on)));
  const codes = ends.map(({ code }) => code);
  const left = brokenBy(ends);
  // Whatever they left half-way, the next run brings it to its end.
  const last = await theatre.performHere('run', ['--version', LAST_VERSION]);
  const { failed, errors, bySlot } = await theatre.applause();
  await ground.stage.settled();
  const wrong = [
    ...left,
    ...holders.wrong,
    ...ground.broken(),
    ...(failed > 0 ? [`${failed} requests failed: ${errors.join('; ')}`] : []),
    ...(last.code === 0 ? [] : [`the last run ended with ${last.code}: ${last.log}`]),
    ...(theatre.isFree() ? [] : ['the record is held at the end']),
    ...(servesAlone(ground) ? [] : [`not only ${LAST_VERSION} serves at the end: ${Object.keys(bySlot).join(', ')}`]),
  ];
  return { racers, codes, logs: ends.map(({ log }) => log), claims: holders.claims(), failed, wrong };
}

interface End {
  readonly code: number | null;
  readonly log: string;
}

async function ran(theatre: Theatre, { version, afterMs, fate, fateAfterMs }: Racer, on: Race['on']): Promise<End> {
  await sleep(afterMs);
  const args = ['--version', version];
  if (on === 'here') return await theatre.performHere('run', args);
  const performer = theatre.perform('run', () => undefined, args);
  const befall = async () => {
    await sleep(fateAfterMs);
    if (fate === 'killed') performer.kill('SIGKILL');
    if (fate !== 'stopped') return;
    performer.kill('SIGSTOP');
    await sleep(STANDS_STILL_MS);
    performer.kill('SIGCONT');
  };
  const [end] = await Promise.all([performer.ended, befall()]);
  return end;
}

function brokenBy(ends: readonly End[]): readonly string[] {
  return ends.flatMap(({ code, log }) => [
    ...(ENDS.includes(code) ? [] : [`a run ended with ${code}`]),
    ...(STACK_TRACE.test(log) ? ['a stack trace was shown'] : []),
  ]);
}

/** Watches the record: a holder that another one follows has let go, or was silent for its term (P9). */
function watchHolders({ stage, record }: Ground): { readonly wrong: string[]; claims(): number } {
  const wrong: string[] = [];
  let before: ReleaseRecord | undefined;
  let claims = 0;
  stage.intercept({
    beforeAnswer: (request: StageRequest) => {
      if (!request.mutating || !stage.isRecord(request)) return;
      const now = JSON.parse(record() ?? 'null') as ReleaseRecord | undefined;
      if (!now) return;
      if (before && now.fence < before.fence)
        wrong.push(`P9: the fencing number fell from ${before.fence} to ${now.fence}`);
      if (now.holder && now.fence !== before?.fence) claims++;
      const held = before?.holder;
      if (held && now.holder && held.id !== now.holder.id) {
        const silent = now.holder.since - held.heardAt;
        if (silent < TERM_MS) wrong.push(`P9: ${now.holder.id} took over from ${held.id}, heard of ${silent} ms ago`);
      }
      before = now;
    },
  });
  return { wrong, claims: () => claims };
}

function servesAlone({ stage }: Ground): boolean {
  const others = [GREEN_VERSION, ...OTHER_VERSIONS].flatMap(version => stage.instances(version));
  return stage.instances(LAST_VERSION).length > 0 && others.length === 0;
}

function racerText({ version, afterMs, fate, fateAfterMs }: Racer): string {
  return `${version}+${afterMs}${fate === 'none' ? '' : ` ${fate}@${fateAfterMs}`}`;
}
