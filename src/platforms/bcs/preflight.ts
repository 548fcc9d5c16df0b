/** Traps of a Mesos cluster of BCS, and of the guide's own files; all of them at once. */
import type { Finding, Severity, TargetPlan } from '../../release/model.js';
import type { Journey } from '../port.js';
import type { Context } from './context.js';
import { type Labels, type Service, type ServicePort, selectorText, selects } from './objects.js';
import { labelsOfSlot, type Observation } from './observation.js';
import { greenLabels, titleOf } from './proposal.js';
import { listApplications, listServices } from './reads.js';
import { documentOf } from './routes.js';

type Say = (severity: Severity, code: string, message: string, remedy: string) => void;

/** Writes nothing. Two requests more than were made to observe. */
export async function findingsOf(
  { client }: Context,
  observation: Observation,
  plan: TargetPlan,
  signal: AbortSignal,
  journey: Journey | undefined,
): Promise<readonly Finding[]> {
  const { namespace, target } = observation;
  const [applications, services] = await Promise.all([
    listApplications(client, namespace, signal),
    listServices(client, namespace, signal),
  ]);
  const findings: Finding[] = [];
  const say: Say = (severity, code, message, remedy) =>
    findings.push({ severity, code, target: target.name, message, remedy });
  lookAtFiles(observation, say);
  for (const { service } of observation.routes) {
    lookAtPorts(observation, service, say);
    lookAtClaims(service, services, say);
    lookAtStrangers(
      observation,
      service,
      applications.map(({ metadata }) => metadata),
      say,
    );
  }
  lookAtLabels(observation, plan, say);
  lookAtUpdates(observation, say);
  const switches = journey === undefined || journey.steps.includes('switch');
  if (switches && !journey?.acceptsLag && plan.blue !== undefined) lookAtGap(observation, say);
  return findings;
}

function lookAtFiles({ reading, target }: Observation, say: Say): void {
  if (reading.hasStrayComma) {
    say(
      'warning',
      'TRAILING_COMMA',
      `${target.manifest} is not JSON: there is a comma behind a last entry. It is read all the same; bcs-client refuses it.`,
      'Remove the comma in front of the closing brace or bracket.',
    );
  }
  for (const service of reading.services) {
    for (const port of (service.spec.ports ?? []) as readonly (ServicePort & { containerPort?: number })[]) {
      if (port.containerPort === undefined) continue;
      say(
        'warning',
        'SERVICE_CONTAINER_PORT',
        `The service ${service.metadata.name} in ${target.manifest} gives its port ${port.name} a containerPort, which is no field of a service and is dropped.`,
        'Leave it out: a port of a service finds the container port of the same name.',
      );
    }
  }
}

/** Backends are matched by the port's name and by nothing else; http needs a domain. */
function lookAtPorts({ reading, slots }: Observation, { metadata, spec }: Service, say: Say): void {
  const named = reading.definition
    ? reading.definition.spec.template.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name))
    : slots.flatMap(({ taskgroups }) =>
        taskgroups.flatMap(({ containerStatuses = [] }) =>
          containerStatuses.flatMap(({ containerPort }) => (containerPort ?? []).map(({ name }) => name)),
        ),
      );
  for (const { name, protocol, domainName } of spec.ports ?? []) {
    if (named.length > 0 && !named.includes(name)) {
      say(
        'error',
        'PORT_NAMES_DIFFER',
        `The service ${metadata.name} has the port ${name}, and the containers have ${named.join(', ')}: BCS matches ports by their names, so there would be no backend.`,
        `Give both the same name, such as "name": "${named[0]}" in the service.`,
      );
    }
    if (protocol.toLowerCase() === 'http' && !domainName) {
      say(
        'error',
        'HTTP_WITHOUT_DOMAIN',
        `The port ${name} of the service ${metadata.name} is of protocol HTTP without a domainName: the load balancer discards it.`,
        'Give it a domainName, or make it TCP.',
      );
    }
  }
  if (!metadata.labels?.BCSGROUP) {
    say(
      'warning',
      'NO_LOAD_BALANCER',
      `The service ${metadata.name} has no label BCSGROUP, so no load balancer serves it and only names inside of the cluster lead to it.`,
      'Create it with BCSGROUP if users come through a load balancer: an update cannot add labels.',
    );
  }
}

/** Two services that claim a port of a load balancer stop all of its updates. */
function lookAtClaims(service: Service, services: readonly Service[], say: Say): void {
  const groups = (service.metadata.labels?.BCSGROUP ?? '').split(',').filter(group => group !== '');
  for (const other of services) {
    if (other.metadata.name === service.metadata.name) continue;
    const shared = (other.metadata.labels?.BCSGROUP ?? '').split(',').filter(group => groups.includes(group));
    const port = (service.spec.ports ?? []).find(own => (other.spec.ports ?? []).some(claimed => claims(own, claimed)));
    if (shared.length === 0 || !port) continue;
    say(
      'error',
      'PORT_CLAIMED_TWICE',
      `The services ${service.metadata.name} and ${other.metadata.name} both claim port ${port.servicePort} of the load balancer ${shared[0]}: it takes no updates any more.`,
      'Give one of them another servicePort, or another group, before releasing.',
    );
  }
}

function claims(own: ServicePort, other: ServicePort): boolean {
  return own.servicePort === other.servicePort && (own.domainName ?? '') === (other.domainName ?? '');
}

/** Whatever the selector matches besides the slots gets live traffic, too. */
function lookAtStrangers(
  { target }: Observation,
  { metadata, spec }: Service,
  applications: readonly { readonly name: string; readonly labels?: Labels | null }[],
  say: Say,
): void {
  const slots = [target.slots.blue, target.slots.green];
  const isSlot = (name: string) => slots.some(slot => name === slot || name.startsWith(`${slot}-v`));
  const strangers = applications.filter(({ name, labels }) => !isSlot(name) && selects(spec.selector, labels ?? {}));
  if (strangers.length === 0) return;
  say(
    'error',
    'MIXED_SELECTOR',
    `The service ${metadata.name} selects ${selectorText(spec.selector)}, which also matches ${strangers.map(({ name }) => name).join(', ')}: users get a mixture.`,
    'Give the slots labels that nothing else has, and the service a selector of them.',
  );
}

/** Green must not be matched before the switch; and both of BCS's ways to match labels have to agree. */
function lookAtLabels(observation: Observation, plan: TargetPlan, say: Say): void {
  const { reading, slots, target } = observation;
  const green = greenLabels(observation, plan);
  const blue = slots.find(({ slot }) => slot === plan.blue);
  const before = plan.adopted ?? plan.previous;
  for (const state of before.routes) {
    if (!blue || !selects(documentOf(state).selector, green)) continue;
    say(
      'error',
      'MIXED_SELECTOR',
      `${state.route} selects ${state.text}, which ${plan.green} would match as soon as it runs: users would get a mixture of both versions.`,
      `Give the definition a label with its own name as the value, such as "appname": "${target.slots.blue}": each slot then gets a value of its own.`,
    );
  }
  const { definition } = reading;
  const inTemplate = definition?.spec.template.metadata?.labels ?? {};
  const overlaid = { ...definition?.metadata.labels, ...inTemplate, ...definition?.metadata.annotations };
  const keys = new Set(plan.next.routes.flatMap(state => Object.keys(documentOf(state).selector)));
  const disagreeing = [...keys].filter(
    key => definition?.metadata.labels?.[key] !== undefined && overlaid[key] !== definition.metadata.labels[key],
  );
  if (disagreeing.length > 0) {
    say(
      'error',
      'LABELS_DISAGREE',
      `The label ${disagreeing.join(', ')} has one value in the metadata of the definition and another in its template or annotations: which of them is matched depends on what happened last.`,
      'Give it the same value everywhere.',
    );
  }
  const empty = before.routes.filter(state => Object.keys(documentOf(state).selector).length === 0);
  for (const { route } of blue ? empty : []) {
    say(
      'error',
      'EMPTY_SELECTOR',
      `${route} selects everything in its namespace.`,
      'Give it a selector that matches blue alone.',
    );
  }
  if (blue && Object.keys(labelsOfSlot(blue)).length === 0) {
    say(
      'error',
      'NO_LABELS',
      `${titleOf(blue.slot)} has no labels, so no selector can name it alone.`,
      'Give it a label of its own.',
    );
  }
}

function lookAtUpdates({ slots }: Observation, say: Say): void {
  for (const { slot, deployment } of slots) {
    if (!deployment || (deployment.status === 'Running' && !deployment.application_ext)) continue;
    if (deployment.status === 'Deploying' || deployment.status === 'Deleting') continue;
    say(
      'error',
      'UPDATE_UNDER_WAY',
      `${titleOf(slot)} is in status ${deployment.status}: somebody rolls it over at this moment.`,
      `Wait for that to end, or end it with: bcs-client cancel -t deployment -n ${slot}`,
    );
  }
}

/** What the source of mesos-watch reads like, and nobody has measured. */
function lookAtGap({ routes }: Observation, say: Say): void {
  const exported = routes.filter(({ service }) => service.metadata.labels?.BCSGROUP).map(({ route }) => route);
  if (exported.length === 0) return;
  say(
    'warning',
    'BACKENDS_MAY_RESET',
    `When the selector of ${exported.join(', ')} changes, BCS may take all backends out of the load balancer and bring them back one by one, which has been read to take up to three minutes.`,
    'Release when few users are there, watch the probe of the live URL, and set deadlines.confirm to 5m; switch.accept-lag: true says that you know.',
  );
}
