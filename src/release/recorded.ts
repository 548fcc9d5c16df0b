/** Going on with what another run set out to do, once it is clear that its record can be understood. */
import { failure } from '../failures.js';
import type { Plan, Routing, StepName } from './model.js';
import { planOfRecord, type SliceVerb } from './plan.js';
import type { ReleaseRecord } from './record.js';
import type { Session } from './session.js';

/**
 * The plan that a record holds. Every routing in it is looked at before anything is written: a record that somebody
 * edited would else be found out half-way, with traffic already moved.
 * @throws RECORD_UNREADABLE and ROUTE_UNREADABLE.
 */
export function recordedPlan({ config, ports }: Session, record: ReleaseRecord, verb: SliceVerb, from: StepName): Plan {
  const { platform } = ports;
  const plan = planOfRecord(record, verb, from, config);
  for (const { target, previous, stages, next } of plan.targets) {
    for (const routing of [previous, ...stages.map(stage => stage.routing), next]) {
      if (!isRouting(routing)) {
        const reason = `a routing of ${target} has no routes`;
        throw failure('RECORD_UNREADABLE', { reason, command: platform.records.command(record.release) });
      }
      platform.understand(routing);
    }
  }
  return plan;
}

/** What a person edited is of any shape. */
function isRouting(routing: Partial<Routing> | null | undefined): routing is Routing {
  return Array.isArray(routing?.routes);
}
