import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Ground, OpenGround } from '../ground.js';
import { inParallel, print, STACK_TRACE } from '../tables.js';
import { openTheatre, type Theatre } from '../theatre.js';

/** A cancel: when it comes, by which signal, and what serves afterwards. */
interface Cancel {
  readonly name: string;
  /** The first line of the log that contains this is when; `after` milliseconds later it comes. */
  readonly line: string;
  readonly after?: number;
  readonly signal?: NodeJS.Signals;
  readonly more?: Readonly<Record<string, unknown>>;
  /** Another signal, some milliseconds after the first. */
  readonly again?: number;
  /** The API answers nothing any more from the signal on. */
  readonly partition?: boolean;
  readonly serves: 'blue' | 'green' | 'either';
}

const BOUND_MS = 7_000;
/** An argument that no other process of this machine has. */
const SLEEPER = '61.0918273';

const CANCELS: readonly Cancel[] = [
  { name: 'inspect begins', line: 'inspect:', serves: 'blue' },
  { name: 'preflight begins', line: 'preflight:', serves: 'blue' },
  { name: 'claim begins', line: 'claim:', serves: 'blue' },
  { name: 'deploy begins', line: 'deploy:', serves: 'blue' },
  { name: 'ready begins', line: 'ready:', serves: 'blue' },
  { name: 'verify begins', line: 'verify:', serves: 'blue' },
  { name: 'switch begins', line: 'switch:', serves: 'blue' },
  { name: 'confirm begins', line: 'confirm:', serves: 'either' },
  { name: 'bake begins', line: 'bake:', serves: 'green' },
  { name: 'teardown begins', line: 'teardown:', serves: 'green' },
  { name: 'waiting for green to settle', line: 'ready:', after: 400, more: { settle: '30s' }, serves: 'blue' },
  {
    name: 'a command checks green',
    line: 'verify:',
    after: 400,
    more: { verify: [{ command: { run: `sleep ${SLEEPER}` } }] },
    serves: 'blue',
  },
  { name: 'waiting in bake', line: 'bake:', after: 400, more: { bake: { for: '30s' } }, serves: 'green' },
  { name: 'a time to go back', line: 'drain:', after: 400, more: { teardown: { after: '30s' } }, serves: 'green' },
  {
    name: 'SIGTERM in ready',
    line: 'ready:',
    signal: 'SIGTERM',
    after: 300,
    more: { settle: '30s' },
    serves: 'blue',
  },
  { name: 'SIGTERM at the switch', line: 'switch:', signal: 'SIGTERM', serves: 'blue' },
  {
    name: 'SIGTERM in bake',
    line: 'bake:',
    signal: 'SIGTERM',
    after: 300,
    more: { bake: { for: '30s' } },
    serves: 'green',
  },
  { name: 'twice, in ready', line: 'ready:', after: 300, again: 50, more: { settle: '30s' }, serves: 'blue' },
  { name: 'twice, at the switch', line: 'switch:', again: 5, serves: 'blue' },
  {
    name: 'the platform is silent in ready',
    line: 'ready:',
    after: 300,
    partition: true,
    more: { settle: '30s' },
    serves: 'blue',
  },
  { name: 'the platform is silent in switch', line: 'switch:', partition: true, serves: 'either' },
  { name: 'the platform is silent in confirm', line: 'confirm:', partition: true, serves: 'either' },
  {
    name: 'the platform is silent in bake',
    line: 'bake:',
    after: 50,
    partition: true,
    more: { bake: { for: '30s' } },
    serves: 'green',
  },
];

interface Row {
  readonly cancel: Cancel;
  readonly tookMs: number;
  readonly code: number | null;
  readonly live: string;
  readonly free: boolean;
  readonly failed: number;
  readonly errors: readonly string[];
  readonly broken: readonly string[];
  readonly finished: number | null;
  /** What the second run said. */
  readonly again: string;
  readonly log: string;
}

async function cancelled(open: OpenGround, cancel: Cancel): Promise<Row> {
  await using theatre = await openTheatre(open, { more: cancel.more ?? {} });
  const { ground } = theatre;
  const first = await cancelOnce(theatre, cancel);
  const live = roleOf(ground);
  const free = theatre.isFree();
  ground.stage.intercept({});
  theatre.configure({});
  const again = await theatre.perform().ended;
  const { failed, errors } = await theatre.applause();
  return {
    cancel,
    ...first,
    live,
    free,
    failed,
    errors,
    broken: ground.broken(),
    finished: again.code,
    again: again.log,
  };
}

async function cancelOnce(theatre: Theatre, { line, after = 0, again, partition, signal = 'SIGINT' }: Cancel) {
  let sentAt = 0;
  const send = () => {
    if (sentAt > 0) return;
    sentAt = performance.now();
    if (partition) theatre.ground.stage.intercept({ onRequest: () => 'hang' });
    performer.kill(signal);
    if (again !== undefined) setTimeout(() => performer.kill(signal), again);
  };
  const performer = theatre.perform('run', text => {
    if (text.trimStart().startsWith(line)) setTimeout(send, after);
  });
  const { code, log } = await performer.ended;
  return { code, log, tookMs: performance.now() - sentAt };
}

/** Blue and green as they were before the release. */
function roleOf({ targets: [target] }: Ground): string {
  const live = target?.live();
  return live === target?.slots.blue ? 'blue' : live === target?.slots.green ? 'green' : (live ?? '');
}

function sleepers(): number {
  const commands = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return ''; // it has ended meanwhile
      }
    });
  return commands.filter(command => command.includes(SLEEPER)).length;
}

export interface CancelMatrix {
  /** Every so manieth cancel; all unless told. */
  readonly stride?: number;
  /** Whether both slots serve on the way, so that a cancel after the first routing write leaves it at either or at both. */
  readonly exchanges?: boolean;
}

/** A signal at the beginning of every step and in the middle of every wait, and the same command again. */
export function cancelMatrix(open: OpenGround, { stride = 1, exchanges = false }: CancelMatrix = {}): void {
  test('a signal ends every step within seven seconds, in a clean state that is said', async () => {
    const chosen = CANCELS.filter((_, index) => index % stride === 0).map(cancel =>
      exchanges && cancel.line === 'switch:' ? { ...cancel, serves: 'either' as const } : cancel,
    );
    const rows = await inParallel(chosen, 5, cancel => cancelled(open, cancel));
    print('Cancel matrix: a signal, and the same command again', [
      ['when', 'ms', 'exit', 'serves', 'lock', 'failed', 'again'],
      ...rows.map(row => [
        row.cancel.name,
        row.tookMs.toFixed(0),
        String(row.code),
        row.live,
        row.free ? 'free' : 'to be taken over',
        String(row.failed),
        String(row.finished),
      ]),
    ]);
    for (const { cancel, log, again, ...row } of rows) {
      const seen = { name: cancel.name, ...row, log: '' };
      expect(seen.tookMs).toBeLessThan(BOUND_MS);
      expect({
        ...seen,
        log: row.failed + row.broken.length > 0 || row.finished !== 0 ? `${log}\n${again}` : '',
      }).toMatchObject({
        failed: 0,
        broken: [],
        finished: 0,
        log: '',
      });
      if (cancel.serves !== 'either')
        expect({ name: cancel.name, live: row.live }).toEqual({ name: cancel.name, live: cancel.serves });
      if (!cancel.partition)
        expect({ name: cancel.name, free: row.free, code: row.code }).toEqual({
          name: cancel.name,
          free: true,
          code: 130,
        });
      expect(log).not.toMatch(STACK_TRACE);
    }
    expect(sleepers()).toBe(0);
  }, 180_000);
}
