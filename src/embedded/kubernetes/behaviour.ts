import type { Answer } from '../dataplane/index.js';
import { parseImage } from './names.js';
import { controllerOf, type Pod } from './objects.js';
import { parseDuration } from './timing.js';

/** How one pod behaves. Everything left out is the quick and well-behaved case. */
export interface PodBehaviour {
  /** What the instance says it is. */
  readonly app?: string;
  readonly slot?: string;
  readonly version?: string;
  /** `crash`: ends with exit code 1 right after each start. `never-ready`: runs and answers, but its readiness probe fails. */
  readonly start?: 'ok' | 'crash' | 'image-pull-error' | 'never-ready';
  /** Milliseconds from the program's start until the pod is ready. */
  readonly readyAfterMs?: number;
  /** Answers by path. */
  readonly answers?: Readonly<Record<string, Answer>>;
  /** Milliseconds before every answer. */
  readonly latencyMs?: number;
  /** Whether the program ends politely when it is asked to; see `Instance.terminate`. */
  readonly drains?: boolean;
  /** Milliseconds from the program's start until it answers everything with 500. */
  readonly failAfterMs?: number;
  /** Lines of its log, after the first two that the platform writes. */
  readonly log?: readonly string[];
}

const prefix = 'embedded.cutover/';

/**
 * The behaviour that a pod's own annotations ask for (they come from its pod template):
 *
 * - `embedded.cutover/ready-after`: `2s`, `250ms`
 * - `embedded.cutover/start`: `ok`, `crash`, `image-pull-error` or `never-ready`
 * - `embedded.cutover/answers`: JSON, path -> `{status, headers, body | json, delay}`, delay a duration; the path `*` is every other path
 * - `embedded.cutover/latency`: before every answer
 * - `embedded.cutover/drains`: `false` for a program that drops its connections when it is asked to end
 * - `embedded.cutover/fail-after`: it answers 500 from then on
 *
 * Its version is its image's tag, its slot the name of the workload that owns it, its app the label
 * `app.kubernetes.io/name` or `app`.
 *
 * @throws SyntaxError or RangeError for an annotation that can't be read; the pod then fails with CreateContainerConfigError
 */
export function annotatedBehaviour(pod: Pod): PodBehaviour {
  const value = (name: string) => pod.metadata.annotations?.[`${prefix}${name}`];
  const duration = (name: string) => {
    const text = value(name);
    return text === undefined ? undefined : parseDuration(text);
  };
  return defined({
    start: startOf(value('start')),
    readyAfterMs: duration('ready-after'),
    failAfterMs: duration('fail-after'),
    latencyMs: duration('latency'),
    answers: answersOf(value('answers')),
    drains: value('drains') === undefined ? undefined : value('drains') !== 'false',
  });
}

function startOf(text: string | undefined): PodBehaviour['start'] {
  if (text === undefined) return undefined;
  if (text === 'ok' || text === 'crash' || text === 'image-pull-error' || text === 'never-ready') return text;
  throw new RangeError(`"${text}" is no value of ${prefix}start. Write ok, crash, image-pull-error or never-ready.`);
}

function answersOf(text: string | undefined): Record<string, Answer> | undefined {
  if (text === undefined) return undefined;
  const given = JSON.parse(text) as Record<string, Answer & { delay?: string }>;
  return Object.fromEntries(
    Object.entries(given).map(([path, { delay, ...answer }]) => [
      path,
      delay === undefined ? answer : { ...answer, delayMs: parseDuration(delay) },
    ]),
  );
}

/** What a pod is called where its behaviour does not say so. */
export function defaultIdentity(pod: Pod, workload: string): { app: string; slot: string; version: string } {
  const labels = pod.metadata.labels ?? {};
  const image = parseImage(pod.spec.containers[0]?.image ?? '');
  return {
    app: labels['app.kubernetes.io/name'] ?? labels.app ?? workload,
    slot: workload,
    version: image?.tag ?? image?.digest ?? 'latest',
  };
}

/** The workload that a pod belongs to: for a ReplicaSet's pod its Deployment. */
export function workloadName(pod: Pod): string {
  const owner = controllerOf(pod);
  if (owner === undefined) return pod.metadata.name;
  const hash = pod.metadata.labels?.['pod-template-hash'];
  return hash !== undefined && owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name;
}

function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
