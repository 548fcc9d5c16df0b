import type { Answer, Gauge } from '../dataplane/index.js';
import { parseDuration } from '../kubernetes/timing.js';
import type { App } from './definition.js';

/** How the tasks of an app behave. Everything left out is the quick and well-behaved case. */
export interface AppBehaviour {
  /** What the instances say they are. */
  readonly app?: string;
  readonly slot?: string;
  readonly version?: string;
  /**
   * `crash`: ends with exit code 1 right after each start. `image-pull-error`: fails before it starts. `no-offer`: no agent
   * has room for it. `never-healthy`: runs and answers, but its health checks get 500.
   */
  readonly start?: 'ok' | 'crash' | 'image-pull-error' | 'no-offer' | 'never-healthy';
  /** Milliseconds from the program's start until its health checks are answered with success. */
  readonly healthyAfterMs?: number;
  /** Milliseconds from the task's staging until the program runs; the platform's timing unless told. */
  readonly startMs?: number;
  /** Answers by path. */
  readonly answers?: Readonly<Record<string, Answer>>;
  /** Milliseconds before every answer. */
  readonly latencyMs?: number;
  /** Whether the program ends politely when it is asked to; see `Instance.terminate`. */
  readonly drains?: boolean;
  /** Milliseconds from the program's start until it answers everything with 500. */
  readonly failAfterMs?: number;
  /** Milliseconds from the program's start until it crashes. */
  readonly crashAfterMs?: number;
  /** Where the pending operations are told: the path `/metrics` and the name `pending_operations` unless told. */
  readonly gauge?: Gauge;
}

const prefix = 'embedded.cutover/';
const starts = ['ok', 'crash', 'image-pull-error', 'no-offer', 'never-healthy'] as const;

/**
 * The behaviour that an app's own labels ask for:
 *
 * - `embedded.cutover/start`: `ok`, `crash`, `image-pull-error`, `no-offer` or `never-healthy`
 * - `embedded.cutover/healthy-after`, `start-after`, `latency`, `fail-after`, `crash-after`: `2s`, `250ms`
 * - `embedded.cutover/answers`: JSON, path -> `{status, headers, body | json, delay, operation}`, delay and operation durations
 * - `embedded.cutover/drains`: `false` for a program that drops its connections when it is asked to end
 * - `embedded.cutover/gauge`: the path of the gauge
 *
 * @throws SyntaxError or RangeError for a label that can't be read; its tasks then fail, and say so
 */
export function labelledBehaviour({ labels }: App): AppBehaviour {
  const value = (name: string) => labels[`${prefix}${name}`];
  const duration = (name: string) => {
    const text = value(name);
    return text === undefined ? undefined : parseDuration(text);
  };
  const gauge = value('gauge');
  return defined<AppBehaviour>({
    start: startOf(value('start')),
    healthyAfterMs: duration('healthy-after'),
    startMs: duration('start-after'),
    latencyMs: duration('latency'),
    failAfterMs: duration('fail-after'),
    crashAfterMs: duration('crash-after'),
    answers: answersOf(value('answers')),
    drains: value('drains') === undefined ? undefined : value('drains') !== 'false',
    gauge: gauge === undefined ? undefined : { path: gauge },
  });
}

/** What an app's instances are called: by `VERSION` in the environment or the image's tag, and the last part of the id. */
export function defaultIdentity(app: App): { app: string; slot: string; version: string } {
  const image = app.container?.docker?.image ?? '';
  const tag = /:([^:/@]+)(@.*)?$/.exec(image)?.[1];
  const version = app.env.VERSION ?? tag ?? app.labels.version ?? 'latest';
  const slot = app.id.split('/').at(-1) ?? app.id;
  return { app: app.labels.app ?? app.id, slot, version: String(version) };
}

function startOf(text: string | undefined): AppBehaviour['start'] {
  const known = starts.find(start => start === text);
  if (text === undefined || known !== undefined) return known;
  throw new RangeError(`"${text}" is no value of ${prefix}start. Write ${starts.join(', ')}.`);
}

function answersOf(text: string | undefined): Record<string, Answer> | undefined {
  if (text === undefined) return undefined;
  const given = JSON.parse(text) as Record<string, Answer & { delay?: string; operation?: string }>;
  return Object.fromEntries(
    Object.entries(given).map(([path, { delay, operation, ...answer }]) => [
      path,
      {
        ...answer,
        ...(delay === undefined ? {} : { delayMs: parseDuration(delay) }),
        ...(operation === undefined ? {} : { operationMs: parseDuration(operation) }),
      },
    ]),
  );
}

function defined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
