/** What the parts of preflight share. */
import type { Severity } from '../../../release/model.js';
import type { ContainerPort } from '../objects.js';
import type { Observation } from '../observation.js';

export type Tell = (severity: Severity, code: string, message: string, remedy: string) => void;

/** The ports of the containers: of the definition, or of what runs where this release brings none. */
export function portNames({ reading, slots }: Observation): readonly ContainerPort[] {
  if (reading.definition) return reading.definition.spec.template.spec.containers.flatMap(({ ports = [] }) => ports);
  const containers = slots.flatMap(({ taskgroups }) =>
    taskgroups.flatMap(({ containerStatuses = [] }) => containerStatuses),
  );
  return containers.flatMap(({ containerPort }) => containerPort ?? []);
}
