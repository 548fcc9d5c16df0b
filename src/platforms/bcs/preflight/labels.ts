/** Labels and selectors that would send users to something else than was meant. */
import type { RouteState, TargetPlan } from '../../../release/model.js';
import { titleOf } from '../changes.js';
import { deploymentOf } from '../definition.js';
import { type Application, type Labels, selectorText, selects } from '../objects.js';
import { labelsOfSlot, type Observation } from '../observation.js';
import { greenLabels } from '../proposal.js';
import { documentOf } from '../routes.js';
import { strangersAmong } from '../strangers.js';
import type { Tell } from './said.js';

/** Green must not be matched before the switch; and both of BCS's ways to match labels have to agree. */
export function lookAtLabels(observation: Observation, plan: TargetPlan, tell: Tell): void {
  const { slots, target } = observation;
  const green = greenLabels(observation, plan);
  const blue = slots.find(({ slot }) => slot === plan.blue);
  const before = plan.adopted ?? plan.previous;
  for (const state of blue ? before.routes : []) {
    if (!selects(documentOf(state).selector, green)) continue;
    tell(
      'error',
      'MIXED_SELECTOR',
      `${state.route} selects ${state.text}, which ${plan.green} would match as soon as it runs: users would get a mixture of both versions.`,
      `Give the definition a label that has the slot as its value, such as "appname": "${target.slots.blue}": each slot then gets its own.`,
    );
  }
  const disagreeing = disagreeingLabels(observation, plan);
  if (disagreeing.length > 0) {
    tell(
      'error',
      'LABELS_DISAGREE',
      `The label ${disagreeing.join(', ')} has one value in the metadata of the definition and another in its template or annotations: which of them is matched depends on what happened last.`,
      'Give it the same value everywhere.',
    );
  }
  if (blue?.deployment && Object.keys(labelsOfSlot(blue)).length === 0) {
    tell(
      'error',
      'NO_LABELS',
      `${titleOf(blue.slot)} has no labels, so no selector can name it alone.`,
      'Give it a label of its own.',
    );
  }
}

/** Keys of the selectors on the way. Events go by the labels of tasks, and rebuilds by those of the deployment. */
function disagreeingLabels({ reading, target, namespace }: Observation, plan: TargetPlan): readonly string[] {
  if (!reading.definition) return [];
  const { metadata, spec } = deploymentOf(reading.definition, target, plan.green, plan.version ?? '', 1, namespace);
  const ofTasks: Labels = { ...metadata.labels, ...spec.template.metadata?.labels, ...metadata.annotations };
  const keys = new Set(routingsOf(plan).flatMap(state => Object.keys(documentOf(state).selector)));
  return [...keys].filter(key => metadata.labels?.[key] !== ofTasks[key]);
}

/** Whatever a selector matches besides the slots that it is for gets live traffic, too. */
export function lookAtSelectors(
  { target, routes }: Observation,
  plan: TargetPlan,
  applications: readonly Application[],
  tell: Tell,
): void {
  const slots = [target.slots.blue, target.slots.green];
  const present = plan.previous.routes;
  const told = new Set<string>();
  for (const state of [...present, ...routingsOf(plan)]) {
    const { selector } = documentOf(state);
    const isEmpty = Object.keys(selector).length === 0 && !plan.adopted;
    if (isEmpty && plan.blue !== undefined && !told.has(state.route)) {
      tell('error', 'EMPTY_SELECTOR', `${state.route} selects everything in its namespace.`, 'Give it a selector.');
    }
    const strangers = strangersAmong(applications, selector, slots);
    if (strangers.length > 0 && !told.has(state.route)) {
      const tense = present.includes(state) ? 'selects' : 'would select';
      tell(
        'error',
        'MIXED_SELECTOR',
        `${state.route} ${tense} ${state.text}, which also matches ${strangers.join(', ')}: users would get a mixture.`,
        'Give the slots labels that nothing else has, and the service a selector of them.',
      );
    }
    if (strangers.length > 0 || isEmpty) told.add(state.route);
  }
  for (const { route, service, selected } of routes) {
    if (selected.length < 2) continue;
    tell(
      'error',
      'MIXED_SELECTOR',
      `${route} selects ${selectorText(service.spec.selector)}, and so sends live traffic to both ${selected.join(' and ')}: nobody can say which of them is live.`,
      `Add a label to its selector that only the slot has that shall be live, such as "appname": "${selected[0]}", then run again.`,
    );
  }
}

/** Everything that the routes become on the way. */
function routingsOf({ stages, next }: TargetPlan): readonly RouteState[] {
  return [...stages.flatMap(({ routing }) => routing.routes), ...next.routes];
}
