/** Services that are none of the routes and send traffic to the slots all the same. */
import type { Finding } from '../../../release/model.js';
import { memberLabels } from '../green.js';
import { describeLabels, matches } from '../labels.js';
import { type Labels, type Service, title } from '../objects.js';
import { SERVICES } from '../resources.js';
import { unnamedServices } from '../unnamed.js';
import { hasPods } from '../workloads.js';
import type { Subjects } from './subjects.js';

type LabelSets = readonly (Labels | undefined)[];

/** One request, which others share. Services that the manifest brings are judged as if they were there. */
export async function unnamedFindings(subjects: Subjects): Promise<readonly Finding[]> {
  const { look, observation, blue } = subjects;
  const { target, workloads, members, manifest, namespace, backends } = observation;
  const there = await look.all<Service>(SERVICES);
  const brought = (manifest?.others ?? []).filter(
    ({ kind, metadata }) =>
      kind === 'Service' &&
      (metadata.namespace ?? namespace) === namespace &&
      !there.some(one => one.metadata.name === metadata.name),
  ) as unknown as readonly Service[];
  const behind = backends.flatMap(one => [...one.named, ...one.backends.values()].map(({ service }) => service));
  const all = [...workloads.values(), ...[...members.values()].flat()].flatMap(one => one ?? []);
  const own = [...all, ...(manifest ? [manifest, ...manifest.members].map(({ workload }) => workload) : [])];
  const spoken = { target, behind: new Set(behind), workloads: own };
  const ofBlue = [...(blue ? [blue] : []), ...(members.get(blue?.metadata.name ?? '') ?? [])].filter(hasPods);
  const blues = ofBlue.map(one => one.spec.template.metadata?.labels);
  const greens = [subjects.greenLabels, ...furtherLabels(subjects)];
  return unnamedServices([...there, ...brought], spoken, [...blues, ...greens]).map(service =>
    finding(subjects, service, blues, greens),
  );
}

/** Of the pods of green's further workloads. */
function furtherLabels({ observation: { manifest }, plan }: Subjects): LabelSets {
  return (manifest?.members ?? []).map(member => manifest && memberLabels(manifest, member, plan.green));
}

function finding(subjects: Subjects, { metadata, spec }: Service, blues: LabelSets, greens: LabelSets): Finding {
  const { plan, tell } = subjects;
  const selectsBlue = blues.some(labels => matches(spec.selector, labels));
  const selectsGreen = greens.some(labels => matches(spec.selector, labels));
  const early = `to ${plan.green} as soon as that is ready, before any switch`;
  const live = `to ${plan.blue}, which is live`;
  const fate = !selectsBlue
    ? early
    : selectsGreen
      ? `${live}, and ${early}`
      : takesBlueAway(subjects)
        ? `${live}, and would be left without a pod when that is taken away`
        : `${live}, and stays with it after the switch`;
  const message = `Service ${metadata.name} selects ${describeLabels(spec.selector)} and is none of the routes: it sends traffic ${fate}.`;
  const meant = selectsGreen ? 'select both' : 'stay as it is';
  const remedy = `Name service/${metadata.name} among the routes of the target, or under unswitched if it is meant to ${meant}.`;
  // Workers are live as soon as they are up, with or without a Service.
  const isRouted = subjects.observation.target.routes.length > 0;
  const isLoss = selectsBlue && (selectsGreen ? isRouted : takesBlueAway(subjects));
  return tell(isLoss ? 'error' : 'warning', 'UNNAMED_SERVICE', message, remedy);
}

function takesBlueAway({ plan, blue }: Subjects): boolean {
  if (!blue) return false;
  const object = title(blue);
  return plan.changes.some(change => change.object === object && (change.verb === 'delete' || change.verb === 'scale'));
}
