/** Going on with what another run set out to do, once it is clear that its record can be understood. */
import { failure } from '../failures.js';
import type { Plan, Routing, StageSizes, StepName } from './model.js';
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
  const unreadable = (reason: string) =>
    failure('RECORD_UNREADABLE', { reason, command: platform.records.command(record.release) });
  for (const { target, previous, size, stages, next } of plan.targets) {
    if (!stages.every(({ sizes }) => sizes === undefined || isOneWhole(sizes, size)))
      throw unreadable(`a stage of ${target} has sizes by which neither slot is whole`);
    for (const routing of [previous, ...stages.map(stage => stage.routing), next]) {
      if (!isRouting(routing)) throw unreadable(`a routing of ${target} has no routes`);
      platform.understand(routing);
    }
  }
  return plan;
}

/** What a person edited is of any shape. */
function isRouting(routing: Partial<Routing> | null | undefined): routing is Routing {
  return Array.isArray(routing?.routes);
}

/** Whether both slots have instances, and one of them has all: else an edited record could leave users with too few. */
function isOneWhole({ blue, green }: Partial<StageSizes>, size: number): boolean {
  const isSize = (value: unknown) => Number.isInteger(value) && Number(value) >= 1;
  return isSize(blue) && isSize(green) && Math.max(Number(blue), Number(green)) === size;
}
