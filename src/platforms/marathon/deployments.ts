/** Marathon's own deployments: what runs, and waiting for it to end. An ended one is not listed, failed or not. */
import type { Client } from './client.js';

export interface Deployment {
  readonly id: string;
  readonly affectedApps?: readonly string[];
  readonly currentActions?: readonly { readonly action?: string; readonly app?: string }[];
  readonly currentStep?: number;
  readonly totalSteps?: number;
}

export async function listDeployments(client: Client, signal: AbortSignal): Promise<readonly Deployment[]> {
  return (await client.get<readonly Deployment[]>('marathon', '/v2/deployments', 'list deployments', signal)) ?? [];
}

/** Those that have a lock on an app. */
export function deploymentsOf(deployments: readonly Deployment[], app: string): readonly Deployment[] {
  return deployments.filter(({ affectedApps = [] }) => affectedApps.includes(app));
}

/** Such as `deployment 5f2c at step 2 of 3 (StartApplication)`. */
export function describeDeployment({ id, currentStep, totalSteps, currentActions = [] }: Deployment): string {
  const actions = currentActions.map(({ action }) => action).filter(Boolean);
  const step = currentStep === undefined ? '' : ` at step ${currentStep} of ${totalSteps ?? '?'}`;
  return `deployment ${id}${step}${actions.length ? ` (${actions.join(', ')})` : ''}`;
}

/**
 * Ends deployments that are at work on this app and on nothing else, without force: Marathon undoes what they did so far.
 * An app whose instances never become healthy would stay locked by its own deployment for ever.
 */
export async function endDeployments(client: Client, app: string, signal: AbortSignal): Promise<void> {
  const own = deploymentsOf(await listDeployments(client, signal), app).filter(
    ({ affectedApps }) => affectedApps?.length === 1,
  );
  for (const { id } of own) {
    const path = `/v2/deployments/${encodeURIComponent(id)}`;
    await client.write(
      { api: 'marathon', method: 'DELETE', path, what: `end the deployment ${id}`, again: true },
      signal,
    );
  }
}
