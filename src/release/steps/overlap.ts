/** Both slots at once, for a while: until green has answered at the front door, and as long as was asked for. */
import { failure } from '../../failures.js';
import { formatDuration } from '../../lib/units.js';
import { heldBy } from '../fence.js';
import type { Routing } from '../model.js';
import { baseline, type Leg, type Walk } from '../walk.js';
import { identityCheck } from './confirm.js';
import { isOutOfReach } from './probe.js';

/** Answers of green that must have been seen; blue's come in between. */
const ANSWERS = 3;

/**
 * Widens the routes of one target to both slots and proves that green is reached. Answers the routing that the last
 * write starts from: the overlap, or what was there before where the plan has none.
 */
export async function overlapSlots(walk: Walk, leg: Leg, signal: AbortSignal): Promise<Routing> {
  const { config, plan } = leg;
  if (!plan.overlap) return baseline(plan);
  const { platform, clock, log } = walk.ports;
  const writes = await platform.route(config, baseline(plan), plan.overlap, signal, heldBy(walk));
  walk.ledger.switches.push(...writes);
  walk.probes.get(plan.target)?.mark(clock.now());
  const since = clock.now();
  const verdict = await platform.confirm(config, plan.overlap, plan.green, signal);
  if (verdict.verdict !== 'pass') throw failure('NOT_CONFIRMED', { target: plan.target, reason: verdict.reason });
  const seen = await seeGreen(walk, leg, signal);
  const left = since + walk.config.switch.hold - clock.now();
  if (left > 0) await clock.sleep(left, signal);
  const held = formatDuration(clock.now() - since);
  log.info(`${plan.target}: ${plan.blue} and ${plan.green} both got traffic for ${held}. ${verdict.reason}; ${seen}.`);
  return plan.overlap;
}

/** What was seen through the live URL. Where nobody can look, that is said, and the time to hold is all there is. */
async function seeGreen(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<string> {
  const url = config['live-url'];
  if (!url || !config.identity || !plan.version)
    return 'green was not looked for at the front door, for that takes live-url and identity';
  if (isOutOfReach(walk, plan.target)) return `green was not looked for at ${url}: the runner does not reach it`;
  const asked = {
    step: 'switch' as const,
    target: config,
    slot: undefined,
    version: plan.version,
    url,
    environment: {},
  };
  for (let answer = 1; answer <= ANSWERS; answer++) {
    const check = identityCheck(config.identity.path, `green answers at the front door (${answer} of ${ANSWERS})`, 1);
    const reports = await walk.ports.check({ ...asked, checks: [check] }, signal);
    walk.ledger.checks.push(...reports);
    const failed = reports.find(report => report.verdict !== 'pass');
    if (failed)
      throw failure('NOT_CONFIRMED', {
        target: plan.target,
        reason: `${url} never answered with green: ${failed.reason}`,
      });
  }
  return `${url} answered ${ANSWERS} times with version ${plan.version}`;
}
