/** What preflight can see before anything is written. Each finding: a code, what and where, and what to do. */
import { count } from '../../lib/units.js';
import { type Finding, STEP_NAMES, type TargetPlan } from '../../release/model.js';
import type { Journey } from '../port.js';
import { backendFindings, servicesBehind } from './backends/findings.js';
import { configurationFindings } from './configuration.js';
import type { Context } from './context.js';
import { describeLabels } from './labels.js';
import { type PodSpec, runningContainers, type Service } from './objects.js';
import type { Observation, ObservedService } from './observation.js';
import { describeOwners, workloadNameOf } from './pods.js';
import { autoscalerFindings } from './preflight/autoscalers.js';
import { bystanderFindings } from './preflight/bystanders.js';
import { capacityFindings } from './preflight/capacity.js';
import { loadBalancerFindings } from './preflight/load-balancers.js';
import type { Look } from './preflight/look.js';
import { ownershipFindings } from './preflight/ownership.js';
import { permissionFindings } from './preflight/permissions.js';
import { shapeFindings } from './preflight/shapes.js';
import { subjectsOf, type Tell } from './preflight/subjects.js';
import { unnamedFindings } from './preflight/unnamed.js';
import { volumeFindings } from './preflight/volumes.js';
import { webhookFindings } from './preflight/webhooks.js';
import { transitionOf } from './proposal.js';
import { readySize, wantedSize } from './workloads.js';

/** The whole story, for who does not say which part of it will be walked. */
const WHOLE: Journey = { steps: STEP_NAMES, failedGreen: 'delete', previews: false, overlap: false, acceptsLag: false };

/** A Service that is a route, or behind one. */
type Behind = Pick<ObservedService, 'name' | 'service'>;

/** All findings at once. */
export async function findingsOf(
  context: Context,
  observation: Observation,
  plan: TargetPlan,
  signal: AbortSignal,
  look: Look,
  journey: Journey = WHOLE,
): Promise<readonly Finding[]> {
  const subjects = subjectsOf(context.client, observation, plan, look);
  const { tell } = subjects;
  const looked = await Promise.all([
    permissionFindings(context.client, subjects, journey, signal),
    capacityFindings(subjects),
    volumeFindings(subjects),
    autoscalerFindings(subjects),
    unnamedFindings(subjects),
    bystanderFindings(subjects),
    ownershipFindings(subjects),
    webhookFindings(subjects, signal),
    loadBalancerFindings(subjects, journey),
    configurationFindings(context, observation, subjects.blue, tell, signal),
  ]);
  return [
    ...observation.services.flatMap(service => [
      ...trapFindings(service, tell),
      ...habitFindings(service, tell),
      ...selectionFindings(observation, service, tell),
      ...portFindings(service, subjects.template, plan.green, tell),
    ]),
    ...servicesBehind(observation).flatMap(service => [
      // What asks a gateway gets an address of the moment, headless or not.
      ...trapFindings(service, tell).filter(({ code }) => code !== 'HEADLESS'),
      ...portFindings(service, subjects.template, plan.green, tell),
    ]),
    ...backendFindings(subjects, journey.acceptsLag),
    ...sharedFindings(observation, look, tell),
    ...disagreement(observation, tell),
    ...healthFindings(observation, plan, tell),
    ...adoptionFindings(observation, plan, tell),
    ...shapeFindings(subjects),
    ...looked.flat(),
    ...unseenFindings(look.unseen, tell),
  ];
}

/** What could not be looked at is no reason to stop, and not to be taken for looked at either. */
function unseenFindings(unseen: readonly string[], tell: Tell): readonly Finding[] {
  if (unseen.length === 0) return [];
  const message = `Preflight did not look at ${unseen.join(', ')}: they may not be listed with these credentials, or are too many.`;
  return [tell('info', 'NOT_LOOKED_AT', message, 'Allow list on them, if preflight shall judge them too.')];
}

/** Kinds of Services whose selector does not decide where traffic goes, or not alone. */
function trapFindings({ service, name }: Behind, tell: Tell): readonly Finding[] {
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

/** What makes clients stay with blue for longer than the switch takes. */
function habitFindings({ service, name }: ObservedService, tell: Tell): readonly Finding[] {
  const { sessionAffinity, sessionAffinityConfig, ports = [] } = service?.spec ?? {};
  const found: Finding[] = [];
  if (sessionAffinity === 'ClientIP') {
    const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800;
    const message = `Service ${name} keeps each client on the pod that it had (sessionAffinity ClientIP, ${seconds} s), blue's included.`;
    found.push(
      tell(
        'warning',
        'SESSION_AFFINITY',
        message,
        'Keep blue for as long (teardown after), or take the affinity away.',
      ),
    );
  }
  const connectionless = ports.filter(({ protocol = 'TCP' }) => protocol !== 'TCP');
  if (connectionless.length) {
    const list = connectionless.map(({ port, protocol }) => `${port}/${protocol}`).join(', ');
    const message = `Service ${name} has ports that are not TCP (${list}): nodes may send known clients to blue for as long as they keep talking.`;
    found.push(
      tell(
        'warning',
        'PORT_NOT_TCP',
        message,
        'Keep blue until they have gone (teardown after); HTTP checks say nothing about these ports.',
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
function portFindings(
  { name, service }: Behind,
  template: PodSpec | undefined,
  green: string,
  tell: Tell,
): readonly Finding[] {
  if (!template || !service) return [];
  const declared = new Set(
    runningContainers(template).flatMap(({ ports = [] }) =>
      ports.map(port => `${port.name} ${port.protocol ?? 'TCP'}`),
    ),
  );
  return (service.spec.ports ?? []).flatMap(({ targetPort, protocol = 'TCP' }) => {
    if (typeof targetPort !== 'string' || declared.has(`${targetPort} ${protocol}`)) return [];
    const message = `Service ${name} leads to the ${protocol} port called ${targetPort}, and no container of ${green} has a port of that name.`;
    return [tell('error', 'PORT_MISSING', message, `Name the container's port ${targetPort} in the manifest.`)];
  });
}

/** Each target of a release would switch or remove for itself what two of them name. */
function sharedFindings({ target }: Observation, look: Look, tell: Tell): readonly Finding[] {
  const things = [...target.routes, ...Object.values(target.slots).map(slot => `the slot ${slot}`)];
  return things.flatMap(thing => {
    const other = look.claim(thing, target.name);
    if (other === undefined) return [];
    const message = `The targets ${other} and ${target.name} both name ${thing}, and each would decide about it for itself.`;
    return [tell('error', 'SHARED_BY_TARGETS', message, 'Make them one target, or leave it to one of them.')];
  });
}

function disagreement({ services, backends, namespace }: Observation, tell: Tell): readonly Finding[] {
  const all = [
    ...services.map(({ name, slot }) => ({ kind: 'service', name: `Service ${name}`, slot })),
    ...backends.map(({ kind, name, slot }) => ({ kind: kind.kind.toLowerCase(), name: `${kind.kind} ${name}`, slot })),
  ];
  if (new Set(all.flatMap(({ slot }) => slot ?? [])).size < 2) return [];
  const states = all.map(({ name, slot }) => `${name} leads to ${slot ?? 'no slot'}`).join(', ');
  const message = `The routes of this target do not lead to the same slot: ${states}.`;
  const remedy = `Bring them together by hand first: kubectl -n ${namespace} edit ${all[0]?.kind} NAME`;
  return [tell('error', 'ROUTES_DISAGREE', message, remedy)];
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
