import type { Application } from './application.js';
import type { DeploymentDefinition } from './definition.js';

export type DeploymentStatus = 'Deploying' | 'Running' | 'Update' | 'UpdatePaused' | 'Deleting';

/** A deployment as the scheduler keeps it. Its status says nothing of its instances: it runs as soon as they were launched. */
export class Deployment {
  definition: DeploymentDefinition;
  status: DeploymentStatus = 'Deploying';
  application: Application;
  /** The application of the version that an update rolls out. */
  next: Application | undefined;

  constructor(definition: DeploymentDefinition, application: Application) {
    this.definition = definition;
    this.application = application;
  }

  get shown() {
    const { metadata, spec } = this.definition;
    return {
      metadata,
      ...(spec.selector ? { selector: spec.selector } : {}),
      strategy: spec.strategy ?? { type: '', rollingupdate: null },
      status: this.status,
      application: reference(this.application),
      application_ext: this.next ? reference(this.next) : null,
      last_rolling_time: 0,
      curr_rolling_operation: '',
      is_in_rolling: this.next !== undefined,
      check_time: 0,
      message: '',
    };
  }
}

/** The misspelt tag of CurrentRollingInstances is the scheduler's own. */
function reference({ name, instance }: Application) {
  return { name, curr_target_instances: instance, CurrentRollingInstances: 0 };
}
