/** The way from blue to green in stages: both slots live, each stage proven and watched before the next. */
import { failure } from '../../failures.js';
import { formatDuration } from '../../lib/units.js';
import type { Routing, Stage, TargetPlan } from '../model.js';
import { baseline, everyLeg, type Leg, type Walk } from '../walk.js';
import { identityCheck } from './confirm.js';
import { checkLive } from './live-checks.js';
import { isOutOfReach, pauseWatching, requireAnswers } from './probe.js';
import { readinessNow } from './ready.js';
import { atStage, sizeBlue, sizeGreen } from './sizes.js';
import { writeRoutes } from './writes.js';

/** Answers of green that must have been seen; blue's come in between. */
const ANSWERS = 3;

/** So many answers are waited for before green counts as unseen, if its share of them were 1. */
const PATIENCE = 20;

/** Takes all targets through each stage together: what is not good enough at 10 % is so for none of them (P15). */
export async function walkStages(walk: Walk, signal: AbortSignal): Promise<void> {
  const stages = Math.max(0, ...walk.legs.map(leg => leg.plan.stages.length));
  for (let index = 0; index < stages; index++) await walkStage(walk, index, signal);
}

/** What the last write of a target starts from: its last stage, or what was there before where the plan has none. */
export function beforeNext(plan: TargetPlan): Routing {
  return stageBefore(plan, plan.stages.length);
}

function stageBefore(plan: TargetPlan, index: number): Routing {
  return plan.stages[index - 1]?.routing ?? baseline(plan);
}

async function walkStage(walk: Walk, index: number, signal: AbortSignal): Promise<void> {
  const { clock, log } = walk.ports;
  const staged = { ...walk, legs: walk.legs.filter(leg => leg.plan.stages[index]) };
  for (const leg of staged.legs) await writeStage(staged, leg, index, signal);
  const since = clock.now();
  const proofs = await everyLeg(staged, leg => proveStage(staged, leg, index, signal));
  await holdStage(staged, index, since + walk.config.switch.hold, signal);
  await everyLeg(staged, leg => checkLive(staged, leg, 'switch', walk.config.switch.checks, signal));
  const held = formatDuration(clock.now() - since);
  staged.legs.forEach(({ plan }, place) => {
    log.info(`${plan.target}: ${stageText(plan, plan.stages[index])} for ${held}. ${proofs[place]}.`);
  });
}

async function writeStage(walk: Walk, leg: Leg, index: number, signal: AbortSignal): Promise<void> {
  const { plan } = leg;
  const stage = plan.stages[index];
  if (!stage) return;
  if (stage.sizes) await sizeGreen(walk, leg, stage.sizes, signal);
  await writeRoutes(walk, leg, stageBefore(plan, index), stage.routing, signal);
  // From the first stage on users meet green: what comes later is measured from there.
  if (index === 0) walk.probes.get(plan.target)?.mark(walk.ports.clock.now());
  if (stage.sizes) await sizeBlue(walk, leg, stage.sizes, signal);
}

/** The platform follows, and green is among those who answer. */
async function proveStage(walk: Walk, leg: Leg, index: number, signal: AbortSignal): Promise<string> {
  const { config, plan } = leg;
  const stage = plan.stages[index];
  if (!stage) return '';
  const verdict = await walk.ports.platform.confirm(config, stage.routing, plan.green, signal);
  if (verdict.verdict !== 'pass') throw failure('NOT_CONFIRMED', { target: plan.target, reason: verdict.reason });
  return `${verdict.reason}; ${await seeGreen(walk, leg, stage, signal)}`;
}

/** What was seen through the live URL. Where nobody can look, that is said, and the time to hold is all there is. */
async function seeGreen(walk: Walk, { config, plan }: Leg, stage: Stage, signal: AbortSignal): Promise<string> {
  const url = config['live-url'];
  if (!url || !config.identity || !plan.version)
    return 'green was not looked for at the front door, for that takes live-url and identity';
  if (isOutOfReach(walk, plan.target)) return `green was not looked for at ${url}: the runner does not reach it`;
  const retries = Math.ceil((PATIENCE * 100) / (stage.share ?? 40));
  const asked = {
    step: 'switch' as const,
    target: config,
    slot: undefined,
    version: plan.version,
    url,
    environment: {},
  };
  for (let answer = 1; answer <= ANSWERS; answer++) {
    const name = `green answers at the front door (${answer} of ${ANSWERS}${stage.share ? ` at ${stage.share} %` : ''})`;
    const check = identityCheck(config.identity.path, name, 1, retries);
    const reports = await walk.ports.check({ ...asked, checks: [check] }, signal);
    walk.ledger.checks.push(...reports);
    const failed = reports.find(report => report.verdict !== 'pass');
    if (!failed) continue;
    const reason = `${url} never answered with green: ${failed.reason}`;
    throw failure('NOT_CONFIRMED', { target: plan.target, reason });
  }
  return `${url} answered ${ANSWERS} times with version ${plan.version}`;
}

/** Both slots are live until `until`, and watched: green must stay as the stage wants it, and the live URL must not answer worse. */
async function holdStage(walk: Walk, index: number, until: number, signal: AbortSignal): Promise<void> {
  const { clock, log } = walk.ports;
  for (let left = until - clock.now(); left > 0; left = until - clock.now()) {
    log.waiting(`both slots get live traffic, ${formatDuration(left)} left`);
    await everyLeg(walk, leg => pauseWatching(walk, leg, Math.min(left, walk.config.bake.interval), signal));
    await everyLeg(walk, async leg => {
      const { target, green } = leg.plan;
      const state = await readinessNow(walk, atStage(leg, index), signal);
      if (!state.complete) throw failure('BAKE_FAILED', { target, reason: `${green} is ${state.text}` });
    });
  }
  for (const { plan } of walk.legs) requireAnswers(walk, plan.target);
}

function stageText({ blue, green }: TargetPlan, stage: Stage | undefined): string {
  if (stage?.share === undefined) return `${blue} and ${green} both got traffic`;
  const made = stage.sizes ? ` (by ${stage.sizes.green} and ${stage.sizes.blue} instances)` : '';
  return `${green} got ${stage.share} % of the traffic, and ${blue} the rest${made},`;
}
