/** Who else writes to the Service and to the slots: refused where they would fight, told where they may. */
import type { Finding } from '../../../release/model.js';
import { backendKindOf } from '../backends/table.js';
import type { KubernetesObject, Metadata } from '../objects.js';
import { resource } from '../resources.js';
import type { Subjects } from './subjects.js';

const CANARIES = resource('Canary', 'flagger.app', 'v1beta1', 'canaries');
const ROLLOUTS = resource('Rollout', 'argoproj.io', 'v1alpha1', 'rollouts');

interface Canary extends KubernetesObject {
  readonly spec?: { readonly targetRef?: { readonly name?: string } };
}
interface Rollout extends KubernetesObject {
  readonly spec?: { readonly workloadRef?: { readonly name?: string } };
}

/** Marks that tools which write the same object again and again leave on it: what they are called, and where by name. */
const KEEPERS: readonly { readonly tool: string; readonly mark: string; readonly advice: string }[] = [
  {
    tool: 'Argo CD',
    mark: 'argocd.argoproj.io/tracking-id',
    advice:
      'Add /spec/selector of the Service to ignoreDifferences of the Application, with RespectIgnoreDifferences=true.',
  },
  {
    tool: 'Argo CD',
    mark: 'argocd.argoproj.io/instance',
    advice:
      'Add /spec/selector of the Service to ignoreDifferences of the Application, with RespectIgnoreDifferences=true.',
  },
  {
    tool: 'the Flux Kustomization',
    mark: 'kustomize.toolkit.fluxcd.io/name',
    advice:
      'Annotate the Service with kustomize.toolkit.fluxcd.io/ssa: IfNotPresent, or take it out of the Kustomization.',
  },
  {
    tool: 'the Flux HelmRelease',
    mark: 'helm.toolkit.fluxcd.io/name',
    advice: 'Leave the selector out of the chart, or ignore its drift in the HelmRelease.',
  },
  {
    tool: 'the Helm release',
    mark: 'meta.helm.sh/release-name',
    advice: 'Do not run helm upgrade for this chart while a release is under way; it writes the old selector back.',
  },
];

/**
 * The same tools by the name under which they write: older Argo CD marks what it keeps with app.kubernetes.io/instance alone,
 * which Helm charts carry too, so that only its writing tells.
 */
const WRITERS: Readonly<Record<string, string>> = {
  'argocd-controller': 'argocd.argoproj.io/tracking-id',
  'argocd-application-controller': 'argocd.argoproj.io/tracking-id',
  'kustomize-controller': 'kustomize.toolkit.fluxcd.io/name',
  'helm-controller': 'helm.toolkit.fluxcd.io/name',
};
const INSTANCE = 'app.kubernetes.io/instance';

/** No request where the server has neither Flagger nor Argo Rollouts, but for the list of its API groups. */
export async function ownershipFindings(subjects: Subjects): Promise<readonly Finding[]> {
  const { look, observation, plan, tell } = subjects;
  const [canaries, rollouts] = await Promise.all([
    look.allIfServed<Canary>(CANARIES),
    look.allIfServed<Rollout>(ROLLOUTS),
  ]);
  const slots = [...observation.workloads.keys()];
  const drivers = [
    ...canaries.map(({ metadata, spec }) => ({ by: `the Flagger Canary ${metadata.name}`, of: spec?.targetRef?.name })),
    ...rollouts.map(({ metadata, spec }) => ({ by: `the Argo Rollout ${metadata.name}`, of: spec?.workloadRef?.name })),
    ...[...observation.workloads].map(([slot, workload]) => ({ by: controllerOf(workload?.metadata), of: slot })),
  ];
  const refused = drivers.flatMap(({ by, of }) =>
    by !== undefined && of !== undefined && slots.includes(of)
      ? [tell('error', 'WORKLOAD_OWNED', `Deployment ${of} belongs to ${by}, which writes it.`, ownedRemedy(by))]
      : [],
  );
  const kept = [
    ...observation.services.flatMap(({ name, service }) => keptFindings(subjects, `Service ${name}`, service)),
    ...observation.backends.flatMap(({ kind, name, object }) => keptFindings(subjects, `${kind.kind} ${name}`, object)),
  ];
  const { blue } = plan;
  const live = blue === undefined ? [] : keptFindings(subjects, `Deployment ${blue}`, subjects.blue);
  return [...refused, ...kept, ...live];
}

function ownedRemedy(owner: string): string {
  return `Remove ${owner}, or release with it; two cannot decide about one Deployment.`;
}

/** Who has written fields of it. */
function writersOf(object: KubernetesObject | undefined): readonly string[] {
  const entries = (object?.metadata.managedFields ?? []) as readonly { readonly manager?: string }[];
  return entries.flatMap(({ manager }) => manager ?? []);
}

function controllerOf(metadata: Metadata | undefined): string | undefined {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
  return owner && `the ${owner.kind} ${owner.name}`;
}

/** Tools that put an object back to what they know. One finding for an object and a tool. */
function keptFindings({ tell }: Subjects, what: string, object: KubernetesObject | undefined): readonly Finding[] {
  const marks = { ...object?.metadata.labels, ...object?.metadata.annotations };
  const writer = writersOf(object).find(name => Object.hasOwn(WRITERS, name));
  const found =
    KEEPERS.find(({ mark }) => marks[mark] !== undefined) ??
    KEEPERS.find(({ mark }) => writer !== undefined && mark === WRITERS[writer]);
  if (!found) return [];
  const by = marks[found.mark] ?? marks[INSTANCE] ?? `(${writer})`;
  const message = `${what} is kept by ${found.tool} ${by}, which may put it back to what it knows.`;
  const remedy = what.startsWith('Service ')
    ? found.advice
    : object && backendKindOf(object.kind)
      ? 'Leave the backends and their weights out of what it compares and applies.'
      : 'Take the slots out of what it applies: they come and go with releases.';
  return [tell('warning', 'KEPT_BY_ANOTHER', message, remedy)];
}
