/**
 * From the selectors that Services have to the ones that they shall have, without an empty or a mixed moment (P2, P3).
 *
 * A Service selects by an AND of equalities. Three things can be changed to keep it from selecting green too early: the
 * Service (it is given one more key that blue has: *adoption*), green's labels, or nothing, because they differ already.
 */
import { describeLabels, equalLabels, matches, SLOT_LABEL, TEMPLATE_HASH_LABEL } from './labels.js';
import type { Labels } from './objects.js';

/** A Service of the target. Its pods are those that it selects now. */
export interface SelectingService {
  readonly name: string;
  /** False when the Service will be created from the manifest at the switch. */
  readonly exists: boolean;
  readonly selector: Labels;
  readonly podLabels: readonly Labels[];
  /** Its selector is not for this switch to change. */
  readonly fixed?: boolean;
}

/** Green as it will be, or as it is when nothing is deployed any more (`fixed`): then its labels can't be chosen. */
export interface Colour {
  readonly slot: string;
  readonly labels: Labels;
  readonly fixed: boolean;
}

export interface Transition {
  /** What green's pods will carry. */
  readonly greenLabels: Labels;
  /** One selector a Service, that selects what it selects now and cannot select green. */
  readonly adopted: readonly Labels[];
  /** Whether any adopted selector differs from the one that the Service has. */
  readonly adopts: boolean;
  /** One selector a Service, that selects green and nothing else. */
  readonly next: readonly Labels[];
  /** What a person should know about it, a sentence each. */
  readonly notes: readonly string[];
}

/** Keys that name one installation of an application, before keys that say what it is. */
const CHANGEABLE = ['app.kubernetes.io/instance', 'app', 'app.kubernetes.io/name', 'k8s-app', 'name'];

/** Works out green's labels and the selectors before and after the switch. Pure; never throws. */
export function transition(
  services: readonly SelectingService[],
  green: Colour,
  blueLabels: Labels | undefined,
): Transition {
  const notes: string[] = [];
  const adopted: Labels[] = [];
  let greenLabels: Labels = green.fixed ? green.labels : { ...green.labels, [SLOT_LABEL]: green.slot };
  for (const service of services) {
    const { name, selector } = service;
    const wouldMix = service.exists && matches(selector, greenLabels);
    const key = wouldMix && blueLabels && !service.fixed ? separatingKey(service, blueLabels, greenLabels) : undefined;
    const narrowed = key === undefined ? selector : { ...selector, [key]: blueLabels?.[key] ?? '' };
    adopted.push(narrowed);
    if (!wouldMix) continue;
    const problem = `Service ${name} selects ${describeLabels(selector)}, which green's pods would match too.`;
    if (key !== undefined) {
      notes.push(
        `${problem} Before green is deployed it is narrowed by ${key}=${narrowed[key]}, which selects the same pods as now.`,
      );
    } else if (!green.fixed) {
      const changed = changeableKey(selector);
      const before = greenLabels[changed];
      notes.push(
        before === green.slot
          ? `${problem} Nothing is live yet, so they get its traffic as soon as they are ready.`
          : `${problem} So they get ${changed}=${green.slot} instead of ${changed}=${before}.`,
      );
      greenLabels = { ...greenLabels, [changed]: green.slot };
    }
  }
  return {
    greenLabels,
    adopted,
    adopts: services.some((service, index) => !equalLabels(service.selector, adopted[index])),
    next: services.map(service => nextSelector(service.selector, greenLabels, blueLabels)),
    notes,
  };
}

/**
 * Each key of the current selector with green's value, without the keys that green lacks, and the slot. A green that
 * this tool never deployed has no slot label: then a label that sets it apart from blue takes its place.
 */
export function nextSelector(current: Labels, greenLabels: Labels, blueLabels: Labels | undefined): Labels {
  const keys = Object.keys(current).filter(key => greenLabels[key] !== undefined);
  const apart = greenLabels[SLOT_LABEL] === undefined ? apartFrom(greenLabels, blueLabels ?? {}) : SLOT_LABEL;
  const chosen = apart === undefined || keys.includes(apart) ? keys : [...keys, apart];
  return Object.fromEntries(chosen.map(key => [key, greenLabels[key] ?? '']));
}

function apartFrom(labels: Labels, others: Labels): string | undefined {
  return Object.keys(labels).find(key => key !== TEMPLATE_HASH_LABEL && labels[key] !== others[key]);
}

/**
 * A label that all of blue's pods have and green's will not: from the template, since what a controller adds to pods
 * changes. Checked on the pods that are selected now, so that the narrowed selector selects exactly the same ones.
 */
function separatingKey(service: SelectingService, blue: Labels, green: Labels): string | undefined {
  const keys = Object.keys(blue).filter(
    key =>
      key !== TEMPLATE_HASH_LABEL &&
      blue[key] !== green[key] &&
      service.podLabels.every(labels => labels[key] === blue[key]),
  );
  return keys.find(key => key === SLOT_LABEL) ?? keys.find(key => green[key] !== undefined) ?? keys[0];
}

function changeableKey(selector: Labels): string {
  return CHANGEABLE.find(key => selector[key] !== undefined) ?? Object.keys(selector)[0] ?? SLOT_LABEL;
}
