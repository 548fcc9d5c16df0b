/** What preflight can see before anything is written. Each finding: a code, what and where, and what to do. */
import { count } from '../../lib/units.js';
import type { Finding, Severity, TargetPlan } from '../../release/model.js';
import { configurationFindings } from './configuration.js';
import type { Context } from './context.js';
import { describeLabels } from './labels.js';
import type { Autoscaler, Service } from './objects.js';
import type { Observation, ObservedService } from './observation.js';
import { describeOwners, workloadNameOf } from './pods.js';
import { transitionOf } from './proposal.js';
import { AUTOSCALERS } from './resources.js';
import { readySize, wantedSize } from './workloads.js';

/** Makes a finding of one target. */
export type Tell = (severity: Severity, code: string, message: string, remedy: string) => Finding;

/** All findings at once. No request for a manifest without configuration objects and autoscaler. */
export async function findingsOf(
  context: Context,
  observation: Observation,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const tell: Tell = (severity, code, message, remedy) => ({ severity, code, target: plan.target, message, remedy });
  const blue = plan.blue === undefined ? undefined : observation.workloads.get(plan.blue);
  const looked = await Promise.all([
    configurationFindings(context, observation, blue, tell, signal),
    autoscalerFindings(context, observation, plan, tell, signal),
  ]);
  return [
    ...observation.services.flatMap(service => [
      ...trapFindings(service, tell),
      ...selectionFindings(observation, service, tell),
      ...portFindings(observation, service, tell),
    ]),
    ...disagreement(observation, tell),
    ...healthFindings(observation, plan, tell),
    ...adoptionFindings(observation, plan, tell),
    ...looked.flat(),
  ];
}

/** Kinds of Services whose selector does not decide where traffic goes, or not alone. */
function trapFindings({ service, name }: ObservedService, tell: Tell): readonly Finding[] {
  if (!service) return [];
  const { spec } = service;
  const refuse = (code: string, what: string, remedy: string) =>
    tell('error', code, `Service ${name} ${what}.`, remedy);
  const owner = ownerOf(service);
  const found: Finding[] = [];
  if (owner) {
    found.push(
      refuse(
        'SERVICE_OWNED',
        `belongs to ${owner}, which writes its selector`,
        `Remove ${owner}, or cut over with it.`,
      ),
    );
  }
  if (spec.type === 'ExternalName') {
    found.push(
      refuse('EXTERNAL_NAME', 'is an ExternalName: it has no pods', 'Name the Service that selects the pods.'),
    );
  } else if (Object.keys(spec.selector ?? {}).length === 0) {
    found.push(
      refuse(
        'NO_SELECTOR',
        'has no selector: its endpoints are kept by somebody else',
        'Give it a selector that matches the live pods.',
      ),
    );
  }
  if (spec.clusterIP === 'None') {
    found.push(
      refuse(
        'HEADLESS',
        'is headless: clients keep the addresses of pods that they resolved',
        'Use a Service with a cluster address.',
      ),
    );
  }
  if (spec.publishNotReadyAddresses) {
    found.push(
      refuse(
        'NOT_READY_PUBLISHED',
        'sends traffic to pods that are not ready (publishNotReadyAddresses)',
        'Take publishNotReadyAddresses out of it.',
      ),
    );
  }
  return found;
}

function ownerOf({ metadata }: Service): string | undefined {
  const rollout = metadata.annotations?.['argo-rollouts.argoproj.io/managed-by-rollouts'];
  if (rollout) return `the Argo Rollout ${rollout}`;
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'Canary' || kind === 'Rollout');
  return owner && `the ${owner.kind} ${owner.name}`;
}

/** Mixed traffic, and pods of nobody that the Service selects. */
function selectionFindings(observation: Observation, observed: ObservedService, tell: Tell): readonly Finding[] {
  const { workloads, namespace } = observation;
  const { name, service, pods, selected } = observed;
  const selector = describeLabels(service?.spec.selector);
  const found: Finding[] = [];
  if (selected.length > 1) {
    const sizes = selected.map(slot => `${slot} (${count(wantedSize(workloads.get(slot)), 'pod')})`);
    found.push(
      tell(
        'error',
        'MIXED_SELECTOR',
        `Service ${name} selects ${selector}, and so sends live traffic to both ${sizes.join(' and ')}.`,
        `Decide which one is live, and scale the other to zero: kubectl -n ${namespace} scale deployment NAME --replicas=0`,
      ),
    );
  }
  const strangers = pods.filter(pod => !workloads.has(workloadNameOf(pod) ?? ''));
  if (strangers.length) {
    found.push(
      tell(
        'error',
        'STRANGER_PODS',
        `Service ${name} selects ${selector}, and so sends live traffic to pods of neither slot: ${describeOwners(strangers)}.`,
        'Name their Deployment as one of the two slots, or take away the label that the Service selects them by.',
      ),
    );
  }
  return found;
}

/** A named port that green's containers lack would leave the Service without an address for it. */
function portFindings({ manifest }: Observation, { name, service }: ObservedService, tell: Tell): readonly Finding[] {
  if (!manifest || !service) return [];
  const declared = new Set(
    manifest.workload.spec.template.spec.containers.flatMap(container =>
      (container.ports ?? []).map(port => port.name),
    ),
  );
  return (service.spec.ports ?? []).flatMap(({ targetPort }) => {
    if (typeof targetPort !== 'string' || declared.has(targetPort)) return [];
    const message = `Service ${name} leads to the port called ${targetPort}, and no container of the manifest has a port of that name.`;
    return [tell('error', 'PORT_MISSING', message, `Name the container's port ${targetPort} in the manifest.`)];
  });
}

function disagreement({ services, namespace }: Observation, tell: Tell): readonly Finding[] {
  const slots = new Set(services.flatMap(({ slot }) => slot ?? []));
  if (slots.size < 2) return [];
  const states = services.map(({ name, slot }) => `${name} selects ${slot ?? 'no slot'}`).join(', ');
  return [
    tell(
      'error',
      'ROUTES_DISAGREE',
      `The Services of this target do not select the same slot: ${states}.`,
      `Bring them together by hand first: kubectl -n ${namespace} edit service NAME`,
    ),
  ];
}

/** A blue that is short of pods never blocks: the release may be what repairs it. */
function healthFindings({ workloads }: Observation, { blue, size }: TargetPlan, tell: Tell): readonly Finding[] {
  const workload = blue === undefined ? undefined : workloads.get(blue);
  if (!workload || readySize(workload) >= wantedSize(workload)) return [];
  const state = `only ${readySize(workload)} of its ${count(wantedSize(workload), 'pod')} ready`;
  const remedy = `Green gets ${count(size, 'pod')}. A rollback could only go back to what ${blue} is now.`;
  return [tell('warning', 'BLUE_NOT_WHOLE', `${blue}, which is live, has ${state}.`, remedy)];
}

function adoptionFindings(observation: Observation, plan: TargetPlan, tell: Tell): readonly Finding[] {
  const { notes } = transitionOf(observation, plan);
  const remedy = 'Nothing has to be done; other objects that select pods by these labels should be looked at.';
  return notes.map(note => tell('info', 'ADOPTION', note, remedy));
}

/** Two autoscalers on one workload fight. Only asked when the manifest brings one. */
async function autoscalerFindings(
  { client }: Context,
  { manifest, namespace }: Observation,
  plan: TargetPlan,
  tell: Tell,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (!manifest?.autoscaler) return [];
  const list = await client.list<Autoscaler>(AUTOSCALERS, namespace, {}, signal);
  const rivals = (list?.items ?? []).filter(
    ({ metadata, spec }) => spec.scaleTargetRef.name === plan.green && metadata.name !== plan.green,
  );
  return rivals.map(({ metadata }) =>
    tell(
      'error',
      'TWO_AUTOSCALERS',
      `HorizontalPodAutoscaler ${metadata.name} scales ${plan.green} already, and the manifest brings another one.`,
      `Delete it: kubectl -n ${namespace} delete hpa ${metadata.name}`,
    ),
  );
}
