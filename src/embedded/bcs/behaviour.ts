import type { Answer } from '../dataplane/index.js';
import type { DeploymentDefinition } from './definition.js';

/** How the taskgroups of a deployment behave. Everything left out is the quick and well-behaved case. */
export interface Behaviour {
  /** What the instances say they are. */
  readonly app?: string;
  readonly slot?: string;
  readonly version?: string;
  /**
   * `crash`: fails right after each start. `image-pull-error`: fails before it starts. `no-resources`: no offer has room for
   * it. `never-healthy`: runs, but its health checks fail.
   */
  readonly start?: 'ok' | 'crash' | 'image-pull-error' | 'no-resources' | 'never-healthy';
  /** Milliseconds from the program's start until its health checks succeed. */
  readonly healthyAfterMs?: number;
  /** Answers by path. */
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly latencyMs?: number;
  /** Whether the program ends politely when it is asked to; see `Instance.terminate`. */
  readonly drains?: boolean;
}

export function identityOf({ metadata, spec }: DeploymentDefinition): { app: string; slot: string; version: string } {
  const [container] = spec.template.spec.containers;
  const tag = /:([^:/@]+)(@.*)?$/.exec(container?.image ?? '')?.[1];
  const version = container?.env?.find(({ name }) => name === 'VERSION')?.value ?? tag ?? 'latest';
  return { app: metadata.labels?.app ?? metadata.name, slot: metadata.name, version };
}
