/** What green and the selectors would become. Pure. */
import type { Routing, Slot, Stage } from '../../release/model.js';
import { madeFrom } from '../made-from.js';
import type { Proposal, Roles } from '../port.js';
import { changesOf } from './changes.js';
import { definedSize, deploymentOf } from './definition.js';
import { bcsFailure } from './failures.js';
import { type Labels, SLOT_LABEL, selects, VERSION_LABEL } from './objects.js';
import { isDeployed, labelsOfSlot, type Observation, type ObservedRoute } from './observation.js';
import { documentOf, routeState, type ServiceDocument } from './routes.js';

/** Throws OVERLAP_IMPOSSIBLE for a way that labels cannot say. */
export function propose(observation: Observation, previous: Routing, roles: Roles): Proposal {
  const { target, namespace } = observation;
  const size = roles.size ?? sizeOf(observation, roles.green);
  const green = greenLabels(observation, roles);
  const blue = roles.blue === undefined ? undefined : labelsOf(observation, roles.blue);
  const states = (text: (route: ObservedRoute) => Partial<ServiceDocument> & { selector: Labels }) => ({
    routes: observation.routes.map(route =>
      routeState(route.route, {
        kind: 'bcs-service',
        namespace,
        service: route.service.metadata.name,
        slots: [roles.green],
        size,
        demand: 'full',
        ...text(route),
      }),
    ),
  });
  const other = otherLabels(observation, roles.green, size);
  const shared = blue && roles.way !== 'atomic' ? sharedSelector(target.name, green, blue, roles) : undefined;
  const next = states(({ service }) => ({
    selector: selectorFor(service.spec.selector ?? {}, green, blue, other),
    ...(shared ? { overlap: shared } : {}),
  }));
  const adopted = adoptedRouting(previous, green, blue, roles.blue);
  const stages: readonly Stage[] = shared ? [{ routing: bothSlots(next, shared, roles), share: undefined }] : [];
  return {
    size,
    next,
    adopted,
    stages,
    changes: changesOf(observation, roles, size, [previous, adopted, ...stages.map(({ routing }) => routing), next]),
    rollbackCommand: commandFor(observation.cluster, adopted ?? previous),
    definition: madeFrom(observation.reading.definition, target),
  };
}

/** Both slots live, green first; what comes after it is told, so that a run that was interrupted knows it again. */
function bothSlots(next: Routing, selector: Labels, { blue = '', green }: Roles): Routing {
  const routes = next.routes.map(state => {
    const { overlap: _, ...document } = documentOf(state);
    return routeState(state.route, { ...document, selector, slots: [green, blue], onward: document.selector });
  });
  return { routes };
}

function sizeOf({ reading, slots }: Observation, green: Slot): number {
  if (reading.definition) return definedSize(reading.definition);
  return slots.find(({ slot }) => slot === green)?.application?.instance || 1;
}

/** The labels that green will have, or has when this verb does not deploy it. */
export function greenLabels(
  { reading, target, namespace, slots }: Observation,
  { green, version, size }: Pick<Roles, 'green' | 'version' | 'size'>,
): Labels {
  const existing = slots.find(({ slot }) => slot === green);
  if (existing && isDeployed(existing, version)) return labelsOfSlot(existing);
  if (!reading.definition) return { [SLOT_LABEL]: green };
  return deploymentOf(reading.definition, target, green, version ?? '', size ?? 1, namespace).metadata.labels ?? {};
}

function labelsOf({ slots }: Observation, wanted: Slot): Labels {
  const found = slots.find(({ slot }) => slot === wanted);
  return found ? labelsOfSlot(found) : {};
}

/** What the same definition gives the slot beside green: what both would have tells neither of them apart. */
function otherLabels({ reading, target, namespace }: Observation, green: Slot, size: number): Labels | undefined {
  const other = green === target.slots.green ? target.slots.blue : target.slots.green;
  if (!reading.definition) return undefined;
  return deploymentOf(reading.definition, target, other, '', size, namespace).metadata.labels ?? {};
}

/** The selector as it is, in green's words; with the slot's own label when another slot would match that, too. */
function selectorFor(current: Labels, green: Labels, blue: Labels | undefined, other: Labels | undefined): Labels {
  const words = Object.keys(current).filter(name => name !== VERSION_LABEL && green[name] !== undefined);
  const translated: Labels = Object.fromEntries(words.map(name => [name, green[name] ?? '']));
  const matches = (labels: Labels | undefined) => labels !== undefined && selects(translated, labels);
  if (words.length > 0 && !matches(blue) && !matches(other)) return translated;
  return { ...translated, [SLOT_LABEL]: green[SLOT_LABEL] ?? '' };
}

/** Blue in words that green cannot match; undefined where it is so already. Where there are none, preflight says so. */
function adoptedRouting(
  previous: Routing,
  green: Labels,
  blue: Labels | undefined,
  slot: Slot | undefined,
): Routing | undefined {
  if (!blue || slot === undefined) return undefined;
  const own = ownLabel(blue, green);
  const isMixed = previous.routes.some(state => selects(documentOf(state).selector, green));
  if (!isMixed || !own) return undefined;
  return {
    routes: previous.routes.map(state => {
      const document = documentOf(state);
      return routeState(state.route, {
        ...document,
        selector: { ...document.selector, [own[0]]: own[1] },
        slots: [slot],
      });
    }),
  };
}

/** BCS puts labels of its own on everything, which green will have as soon as it exists. */
const OF_BCS = /^io\.tencent\./;

/** A label by which blue is told from green: best the slot's own, else one that green has, too, with another value. */
function ownLabel(blue: Labels, green: Labels): readonly [name: string, value: string] | undefined {
  const differing = Object.entries(blue).filter(
    ([name, value]) => green[name] !== value && name !== VERSION_LABEL && !OF_BCS.test(name),
  );
  const bySlot = differing.find(([name]) => name === SLOT_LABEL);
  return bySlot ?? differing.find(([name]) => green[name] !== undefined) ?? differing[0];
}

/** What both slots carry. */
function sharedSelector(target: string, green: Labels, blue: Labels, roles: Roles): Labels {
  if (roles.way === 'steps') {
    throw bcsFailure('OVERLAP_IMPOSSIBLE', {
      target,
      reason: 'a service of BCS has no weights, so there are no steps',
    });
  }
  const shared = Object.entries(green).filter(([name, value]) => blue[name] === value);
  if (shared.length > 0) return Object.fromEntries(shared);
  throw bcsFailure('OVERLAP_IMPOSSIBLE', {
    target,
    reason: `${roles.blue} and ${roles.green} have no label in common`,
  });
}

/** What a person does to put the selectors back by hand: bcs-client has no way to change one field, so it is said what to change. */
function commandFor(cluster: string, routing: Routing): string | undefined {
  const commands = routing.routes.map(state => {
    const { namespace, service, selector } = documentOf(state);
    if (Object.keys(selector).length === 0) return undefined;
    const change = `.data | .spec.selector = ${JSON.stringify(selector)}`;
    const read = `bcs-client inspect --clusterid ${cluster} -t service -ns ${namespace} -n ${service}`;
    return `${read} | jq '${change}' > ${service}.json && bcs-client update --clusterid ${cluster} -t service -f ${service}.json`;
  });
  return commands.every(command => command !== undefined) ? commands.join(' && ') : undefined;
}
