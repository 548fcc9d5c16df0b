/** From a decision to a plan that may be walked: the platform's proposal, and preflight on it. */
import type { Config } from '../config/schema.js';
import { failure } from '../failures.js';
import { comparesWithBlue } from '../lib/limits.js';
import { count } from '../lib/units.js';
import { within } from './deadline.js';
import type { Finding, Plan, Severity, TargetPlan } from './model.js';
import { type Decision, planRelease, type SliceVerb } from './plan.js';
import type { Phase } from './record.js';
import { recordedPlan } from './recorded.js';
import { LOOK_MS, type Seen, type Session } from './session.js';
import { told } from './tell.js';
import { type Ledger, legsOf } from './walk.js';

export interface Begun {
  readonly plan: Plan;
  /** The phase that the record is claimed in. */
  readonly phase: Phase;
}

export type Going = Extract<Decision, { kind: 'begin' | 'resume' }>;

/** @throws PREFLIGHT with every reason not to start; RECORD_UNREADABLE and ROUTE_UNREADABLE for one that cannot be gone on with. */
export async function begin(
  session: Session,
  verb: SliceVerb,
  decision: Going,
  seen: Seen,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<Begun> {
  if (decision.kind === 'resume') {
    session.ports.log.info(
      `Version ${decision.record.version} was left half-way (${decision.record.phase}); going on at ${decision.from}.`,
    );
    const walked = verb === 'plan' ? 'run' : verb;
    return { plan: recordedPlan(session, decision.record, walked, decision.from), phase: decision.record.phase };
  }
  const { plan } = await told(session.ports, ledger, 'preflight', 'whether this release may begin', async () => {
    const { clock } = session.ports;
    const ask = (own: AbortSignal) => propose(session, verb, decision.roles, seen, own);
    const proposed = await within(clock, LOOK_MS, signal, () => 'planning the release', ask);
    const check = (own: AbortSignal) => preflight(session, proposed, ledger, own);
    const findings = await within(clock, LOOK_MS, signal, () => 'making the preflight checks', check);
    return { plan: proposed, detail: findings === 0 ? 'nothing was found' : count(findings, 'finding') };
  });
  return { plan, phase: plan.steps.includes('teardown') && !plan.steps.includes('switch') ? 'settled' : 'prepared' };
}

export async function propose(
  session: Session,
  verb: SliceVerb,
  roles: Extract<Decision, { kind: 'begin' }>['roles'],
  seen: Seen,
  signal: AbortSignal,
): Promise<Plan> {
  const { config, ports } = session;
  const parts = await Promise.all(
    config.targets.map(async (target, index) => {
      const snapshot = seen.snapshots[index];
      const role = roles.get(target.name);
      if (!snapshot || !role) return [];
      return [{ snapshot, roles: role, proposal: await ports.platform.propose(target, snapshot, role, signal) }];
    }),
  );
  return planRelease(config, verb, parts.flat());
}

/** All findings at once; errors stop the release before anything is written. */
async function preflight(session: Session, plan: Plan, ledger: Ledger, signal: AbortSignal): Promise<number> {
  const { platform, log } = session.ports;
  const journey = {
    steps: session.config['dry-run'] ? (['inspect', 'preflight'] as const) : plan.steps,
    failedGreen: session.config['failed-green'],
    overlap: session.config.switch.mode !== 'atomic',
    acceptsLag: session.config.switch['accept-lag'],
    previews: usesPreviews(session.config, plan),
  };
  const found = await Promise.all(
    legsOf(session.config, plan).map(leg => platform.preflight(leg.config, leg.plan, signal, journey)),
  );
  const findings = [...declaredFindings(session.config, plan), ...drainFindings(session, plan), ...found.flat()];
  ledger.findings.push(...findings);
  const say: Record<Severity, (text: string) => void> = { error: log.warning, warning: log.warning, info: log.info };
  for (const finding of findings)
    say[finding.severity].call(log, `${finding.code}: ${finding.message} ${finding.remedy}`);
  const errors = findings.filter(finding => finding.severity === 'error');
  if (errors.length === 0) return findings.length;
  throw failure('PREFLIGHT', { sentences: errors.map(finding => `${finding.message} ${finding.remedy}`) });
}

/** Whether checks reach a slot through the platform: green before the switch, or blue to compare with after it. */
function usesPreviews({ verify, switch: switching, bake }: Config, { steps }: Plan): boolean {
  const onGreen = verify.some(check => 'http' in check || 'suite' in check || 'load' in check);
  const onBlue = [...switching.checks, ...bake.checks].some(check => 'load' in check && comparesWithBlue(check.load));
  return (onGreen && steps.includes('verify')) || (onBlue && steps.includes('switch'));
}

/** What the configuration itself says that people should know before the release begins. */
function declaredFindings(config: Config, { targets }: Plan): readonly Finding[] {
  if (config['rollback-safe']) return [];
  const remedy = 'Once green has all of the traffic, a failure holds with both slots up, and a person decides.';
  const tell = (severity: Severity, code: string, { target, blue = 'what was there before' }: TargetPlan) => ({
    severity,
    code,
    target,
    message: `Version ${config.version} is declared not to be safe to roll back: ${blue} may not be able to run any more.`,
    remedy,
  });
  return targets.map(target => tell('info', 'ROLLBACK_UNSAFE', target));
}

/** A drain that waits for a count which the platform does not have would never end. */
function drainFindings({ config, ports }: Session, { steps, targets }: Plan): readonly Finding[] {
  if (!config.drain.connections || ports.platform.pending || !steps.includes('drain')) return [];
  const message = `drain.connections is true, but ${ports.platform.id} does not count the connections of a slot.`;
  const remedy = 'Watch the work of blue with drain.gauge or drain.prometheus, or leave drain.connections out.';
  const tell = (severity: Severity, code: string, target: string) => ({ severity, code, target, message, remedy });
  return targets.map(({ target }) => tell('error', 'CONNECTIONS_NOT_COUNTED', target));
}
