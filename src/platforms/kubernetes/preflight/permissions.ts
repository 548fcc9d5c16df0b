/** Whether the credentials may do all that the run will do: what is missing, in one list, with the rules to add. */
import type { Finding } from '../../../release/model.js';
import type { Journey } from '../../port.js';
import type { Client } from '../client.js';
import { hasCode, isUncertain, type Subject } from '../failures.js';
import type { KubernetesObject } from '../objects.js';
import { type Resource, resource } from '../resources.js';
import { neededFor, subjectWords } from './needs.js';
import type { Subjects } from './subjects.js';

const RULES_REVIEWS = resource(
  'SelfSubjectRulesReview',
  'authorization.k8s.io',
  'v1',
  'selfsubjectrulesreviews',
  false,
);
const ACCESS_REVIEWS = resource(
  'SelfSubjectAccessReview',
  'authorization.k8s.io',
  'v1',
  'selfsubjectaccessreviews',
  false,
);

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}
interface RulesReview extends KubernetesObject {
  readonly status?: { readonly resourceRules?: readonly Rule[] };
}
interface AccessReview extends KubernetesObject {
  readonly status?: { readonly allowed?: boolean };
}

/**
 * One request where the rules that the server shows cover everything. What they do not cover is asked for one by one,
 * since not every authorizer shows its rules.
 */
export async function permissionFindings(
  client: Client,
  subjects: Subjects,
  journey: Journey,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { observation, tell } = subjects;
  const needed = neededFor(subjects, journey);
  try {
    const rules = await rulesOf(client, observation.namespace, signal);
    const doubtful = needed.filter(one => !rules.some(rule => covers(rule, one)));
    const answers = await Promise.all(doubtful.map(one => mayDo(client, one, signal)));
    const missing = doubtful.filter((_, index) => !answers[index]);
    return missing.length ? [missingFinding(subjects, missing, isWalked(journey))] : [];
  } catch (error) {
    if (!hasCode(error, 'FORBIDDEN', 'NOT_FOUND') && !isUncertain(error)) throw error;
    const message = `Whether the permissions suffice is not known: ${error.message}`;
    return [tell('warning', 'PERMISSIONS_UNKNOWN', message, error.hint)];
  }
}

/** Only a look, such as the verb plan makes, needs no permission to write. */
function isWalked({ steps }: Journey): boolean {
  return steps.includes('claim');
}

async function rulesOf(client: Client, namespace: string, signal: AbortSignal): Promise<readonly Rule[]> {
  const review = reviewOf(RULES_REVIEWS, { namespace });
  try {
    const answer = await client.create<RulesReview>(RULES_REVIEWS, review, signal);
    return answer.status?.resourceRules ?? [];
  } catch (error) {
    if (hasCode(error, 'FORBIDDEN', 'NOT_FOUND')) return [];
    throw error;
  }
}

async function mayDo(client: Client, subject: Subject, signal: AbortSignal): Promise<boolean> {
  const [plural, subresource] = subject.resource.split('/');
  const { verb, group, namespace, name } = subject;
  const resourceAttributes = { verb, group, resource: plural, subresource, namespace, name };
  const answer = await client.create<AccessReview>(
    ACCESS_REVIEWS,
    reviewOf(ACCESS_REVIEWS, { resourceAttributes }),
    signal,
  );
  return answer.status?.allowed === true;
}

/** The server refuses reviews that have a name. */
function reviewOf({ kind, group, version }: Resource, spec: object): KubernetesObject {
  return { apiVersion: `${group}/${version}`, kind, metadata: { name: '' }, spec };
}

/** Rules that the server shows are those of one namespace; what has none is asked for by itself. */
function covers(rule: Rule, { verb, group, resource: named, namespace, name }: Subject): boolean {
  const [, subresource] = named.split('/');
  const has = (list: readonly string[] | undefined, value: string) => list?.includes('*') || list?.includes(value);
  const isNamed = !rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name));
  const isResource =
    has(rule.resources, named) || (subresource !== undefined && rule.resources?.includes(`*/${subresource}`));
  return Boolean(namespace && has(rule.verbs, verb) && has(rule.apiGroups, group) && isResource && isNamed);
}

function missingFinding({ observation, tell }: Subjects, missing: readonly Subject[], walked: boolean): Finding {
  const list = missing.map(subjectWords).join(', ');
  const message = `The credentials may not do all that a run does in namespace ${observation.namespace}: ${list}.`;
  const remedy = `Add to their Role: ${rulesText(missing)}`;
  return tell(walked ? 'error' : 'info', 'MISSING_PERMISSIONS', message, remedy);
}

/** One rule for each resource, as a Role wants it. */
function rulesText(missing: readonly Subject[]): string {
  const rules = new Map<string, { readonly group: string; readonly named: string; readonly verbs: Set<string> }>();
  for (const { group, resource: named, verb } of missing) {
    const key = `${group}/${named}`;
    const rule = rules.get(key) ?? { group, named, verbs: new Set<string>() };
    rules.set(key, rule);
    rule.verbs.add(verb);
  }
  return [...rules.values()]
    .map(
      ({ group, named, verbs }) =>
        `{apiGroups: ["${group}"], resources: ["${named}"], verbs: [${[...verbs].map(verb => `"${verb}"`).join(', ')}]}`,
    )
    .join(', ');
}
