import { expect, test } from '@jest/globals';
import type { FaultAnswer, LoggedRequest } from '../../../src/embedded/kubernetes/index.js';
import { inParallel, liveSlot, openTheatre, print } from './theatre.js';

const status = (code: number, reason: string, headers: Readonly<Record<string, string>> = {}): FaultAnswer => ({
  status: code,
  headers,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message: `${reason} by the test`, code },
});

/** What befalls a request, and every one of its kind after it. */
const ANSWERS: Readonly<Record<string, FaultAnswer>> = {
  '401': status(401, 'Unauthorized'),
  '403': status(403, 'Forbidden'),
  '404': status(404, 'NotFound'),
  '409': status(409, 'Conflict'),
  '422': status(422, 'Invalid'),
  '429': status(429, 'TooManyRequests', { 'retry-after': '1' }),
  '500': status(500, 'InternalError'),
  '503': status(503, 'ServiceUnavailable'),
  hang: 'hang',
  reset: 'reset',
  truncated: 'truncate',
  html: 'html',
};

/** One kind of request of the story: a method and what it is about. */
function kindOf({ method, path }: LoggedRequest): string {
  const [, resource = path] = /\/(?:v1|v2)\/(?:namespaces\/[^/]+\/)?([^?]*)/.exec(path) ?? [];
  const watched = /[?&]watch=/.test(path) ? ' (watch)' : '';
  return `${method} ${resource.replace(/pods\/[^/]+/, 'pods/POD')}${watched}`;
}

async function kinds(): Promise<readonly string[]> {
  await using theatre = await openTheatre();
  const { code, log } = await theatre.perform().ended;
  expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
  return [...new Set(theatre.platform.requests.all.map(kindOf))];
}

interface Cell {
  readonly kind: string;
  readonly answer: string;
  readonly times: number;
  readonly code: number | null;
  readonly ms: number;
  readonly failed: number;
  readonly broken: readonly string[];
  readonly live: string | undefined;
  readonly log: string;
}

const DEADLINE_S = 6;
const SHORT = {
  deadline: `${DEADLINE_S}s`,
  deadlines: { switch: '2s', confirm: '2s', teardown: '3s', ready: '4s', deploy: '4s' },
};

async function befallen([kind, answer, times]: readonly [string, string, number]): Promise<Cell> {
  await using theatre = await openTheatre(SHORT);
  let left = times;
  theatre.platform.interception.onRequest = request => {
    if (left === 0 || kindOf(request) !== kind) return undefined;
    left--;
    return ANSWERS[answer];
  };
  const { code, log, durationMs } = await theatre.perform().ended;
  const { failed } = await theatre.applause();
  const live = liveSlot(theatre.platform);
  return { kind, answer, times, code, ms: durationMs, failed, broken: theatre.broken(), live, log };
}

/** What an exit code claims about the live slot; `undefined` where both are possible. */
const SERVES: Readonly<Record<number, string | undefined>> = {
  0: 'shop-green',
  1: 'shop-blue',
  4: 'shop-blue',
  6: 'shop-green',
};

/** All cells take minutes: unless CUTOVER_ALL_FAULTS is set every eleventh is tried, so that each kind and each answer is among them. */
const STRIDE = process.env.CUTOVER_ALL_FAULTS ? 1 : 11;

test('a server that misbehaves leads to success, a clean stop or a rollback, and the result is true (P11, P13)', async () => {
  const cells = (await kinds()).flatMap(kind =>
    Object.keys(ANSWERS).flatMap(answer => [
      [kind, answer, 1] as const,
      [kind, answer, Number.POSITIVE_INFINITY] as const,
    ]),
  );
  const chosen = cells.filter((_, index) => index % STRIDE === 0);
  const rows = await inParallel(chosen, 5, befallen);
  print(`Faulty server: ${chosen.length} of ${cells.length} cells (CUTOVER_ALL_FAULTS=1 tries all)`, [
    ['request', 'answer', 'times', 'exit', 'serves', 'ms', 'failed'],
    ...rows.map(row => [
      row.kind,
      row.answer,
      row.times === 1 ? 'once' : 'always',
      String(row.code),
      row.live ?? '-',
      row.ms.toFixed(0),
      String(row.failed),
    ]),
  ]);
  const wrong = rows.flatMap(row => {
    const why: string[] = [];
    const claimed = SERVES[row.code ?? -1];
    if (row.code === null || ![0, 1, 3, 4, 6, 7].includes(row.code)) why.push(`exit code ${row.code}`);
    if (claimed && claimed !== row.live) why.push(`it claims ${claimed}, and ${row.live} serves`);
    if (row.failed > 0) why.push(`${row.failed} requests failed`);
    if (row.broken.length > 0) why.push(row.broken.join('; '));
    if (/^\s+at .*:\d+:\d+/m.test(row.log)) why.push('a stack trace was shown');
    if (row.ms > (DEADLINE_S + 12) * 1_000) why.push(`it took ${row.ms.toFixed(0)} ms`);
    return why.length > 0
      ? [`${row.kind} answered by ${row.answer}, ${row.times} times: ${why.join(', ')}\n${row.log}`]
      : [];
  });
  expect(wrong).toEqual([]);
}, 1_800_000);
