/** Autoscalers of both slots: two on one workload fight, and one that stays with blue leaves green unscaled. */
import { count } from '../../../lib/units.js';
import type { Finding } from '../../../release/model.js';
import { MANAGED_LABEL } from '../labels.js';
import type { Autoscaler, KubernetesObject } from '../objects.js';
import { AUTOSCALERS, resource } from '../resources.js';
import { wantedSize } from '../workloads.js';
import type { Subjects } from './subjects.js';

const SCALED_OBJECTS = resource('ScaledObject', 'keda.sh', 'v1alpha1', 'scaledobjects');

interface ScaledObject extends KubernetesObject {
  readonly spec?: { readonly scaleTargetRef?: { readonly name?: string } };
}

export async function autoscalerFindings(subjects: Subjects): Promise<readonly Finding[]> {
  const { look, plan, observation, tell } = subjects;
  const [autoscalers, scaled] = await Promise.all([
    look.all<Autoscaler>(AUTOSCALERS),
    look.allIfServed<ScaledObject>(SCALED_OBJECTS),
  ]);
  const onGreen = autoscalers.filter(({ spec }) => spec.scaleTargetRef.name === plan.green);
  const onBlue =
    plan.blue === undefined ? [] : autoscalers.filter(({ spec }) => spec.scaleTargetRef.name === plan.blue);
  const brings = observation.manifest?.autoscaler !== undefined;
  return [
    ...(brings ? onGreen.filter(({ metadata }) => metadata.name !== plan.green) : onGreen.slice(1)).map(one =>
      rivalFinding(subjects, one, brings),
    ),
    ...onBlue.slice(1).map(one => {
      const message = `HorizontalPodAutoscalers ${onBlue[0]?.metadata.name} and ${one.metadata.name} both scale ${plan.blue}, which is live.`;
      return tell('warning', 'TWO_AUTOSCALERS_ON_BLUE', message, 'Delete one of them: they undo what the other does.');
    }),
    ...(brings || onGreen.length ? [] : onBlue.slice(0, 1).flatMap(one => leftBehind(subjects, one))),
    ...onBlue.slice(0, 1).flatMap(one => shrinkFindings(subjects, one)),
    ...scaled.flatMap(one => scaledFinding(subjects, one)),
  ];
}

function rivalFinding({ plan, observation, tell }: Subjects, { metadata }: Autoscaler, brings: boolean): Finding {
  const other = brings ? 'the manifest brings another one' : 'there is another one already';
  const message = `HorizontalPodAutoscaler ${metadata.name} scales ${plan.green} already, and ${other}.`;
  const remedy = `Delete it: kubectl -n ${observation.namespace} delete hpa ${metadata.name}`;
  return tell('error', 'TWO_AUTOSCALERS', message, remedy);
}

/** What this tool put there goes with its slot, since the manifest no longer has it: that is meant. */
function leftBehind({ plan, observation, tell }: Subjects, { metadata }: Autoscaler): readonly Finding[] {
  if (metadata.labels?.[MANAGED_LABEL] === 'true' || !observation.manifest) return [];
  const message = `HorizontalPodAutoscaler ${metadata.name} scales ${plan.blue}, which is live, and nothing will scale ${plan.green}.`;
  const remedy = 'Put a HorizontalPodAutoscaler into the manifest, so that each slot has its own.';
  return [tell('warning', 'AUTOSCALER_MISSES_GREEN', message, remedy)];
}

/** Without traffic blue looks idle. Green is held at its size until the switch has settled; blue is not this tool's to hold. */
function shrinkFindings({ plan, blue, tell }: Subjects, { metadata, spec }: Autoscaler): readonly Finding[] {
  const { minReplicas = 1, behavior } = spec;
  const { stabilizationWindowSeconds: window = 300, selectPolicy } = behavior?.scaleDown ?? {};
  if (minReplicas >= wantedSize(blue) || selectPolicy === 'Disabled') return [];
  const message = `HorizontalPodAutoscaler ${metadata.name} may bring ${plan.blue} down to ${count(minReplicas, 'pod')} once it has had no traffic for ${count(window, 'second')}; a way back leads to the size that it has then.`;
  const remedy = 'Bake for less time than that, or give it a minReplicas that can take the traffic.';
  return [tell('info', 'BLUE_MAY_SHRINK', message, remedy)];
}

function scaledFinding({ plan, tell }: Subjects, { metadata, spec }: ScaledObject): readonly Finding[] {
  const scaled = spec?.scaleTargetRef?.name;
  if (scaled === undefined || (scaled !== plan.blue && scaled !== plan.green)) return [];
  const message = `The KEDA ScaledObject ${metadata.name} scales ${scaled}; it is left as it is.`;
  const remedy = 'Have one for each slot, and remember that it may change the size of a slot at any time.';
  return [tell('info', 'KEDA', message, remedy)];
}
