/** Proof that the platform follows the switch: routing, endpoints, and live answers that carry green's version. */
import type { CheckConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';
import { isOutOfReach, whileAnswered } from './probe.js';

/** Live answers in a row that must carry green's version, on connections of their own. */
const ANSWERS_IN_A_ROW = 3;

export async function confirm(walk: Walk, signal: AbortSignal): Promise<string> {
  // While the platform follows, users are served already: what they get may say enough. A person's way back, which has no
  // bake either, is not undone by it.
  const judged = walk.plan.steps.includes('bake');
  const proofs = await everyLeg(walk, leg =>
    judged
      ? whileAnswered(walk, leg.plan.target, signal, own => confirmLeg(walk, leg, own))
      : confirmLeg(walk, leg, signal),
  );
  return proofs.join('; ');
}

async function confirmLeg(walk: Walk, leg: Leg, signal: AbortSignal): Promise<string> {
  const { config, plan } = leg;
  const verdict = await walk.ports.platform.confirm(config, plan.next, plan.green, signal);
  if (verdict.verdict !== 'pass') throw failure('NOT_CONFIRMED', { target: plan.target, reason: verdict.reason });
  return `${verdict.reason}${await confirmLive(walk, leg, signal)}`;
}

/** Live answers need a live URL that the runner reaches and an identity to read; without them the endpoints speak. */
async function confirmLive(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<string> {
  const url = config['live-url'];
  if (!url || !config.identity || !plan.version) return '';
  if (isOutOfReach(walk, plan.target)) return `, and what ${url} answers is unknown: the runner does not reach it`;
  const reports = await walk.ports.check(
    {
      step: 'confirm',
      target: config,
      slot: undefined,
      version: plan.version,
      url,
      environment: {},
      checks: [identityCheck(config.identity.path, 'live answers carry the new version', ANSWERS_IN_A_ROW)],
    },
    signal,
  );
  walk.ledger.checks.push(...reports);
  const failed = reports.find(report => report.verdict !== 'pass');
  if (failed) throw failure('NOT_CONFIRMED', { target: plan.target, reason: `${url} answered: ${failed.reason}` });
  return `, and ${url} answers with version ${plan.version}`;
}

/** Asks the live URL until so many answers in a row carry green's version. */
export function identityCheck(path: string, name: string, passes: number, retries = 50): CheckConfig {
  return {
    name,
    http: {
      path,
      method: 'GET',
      headers: {},
      expect: { version: true },
      timeout: 5_000,
      retries,
      interval: 100,
      passes,
    },
  };
}
