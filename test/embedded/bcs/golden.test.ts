import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedBcs, startEmbeddedBcs } from '../../../src/embedded/bcs/index.js';
import { data, deployment, service } from './support.js';

interface Recorded {
  readonly server: string;
  readonly argv: readonly string[];
  readonly exit: number;
  readonly stdout: string;
  readonly requests: readonly {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly answer: { readonly status: number; readonly body: string };
  }[];
}

const RUNS: readonly Recorded[] = data('bcs-client-1.16.4.jsonl')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line));
/** The stub in front of the client was in these moods; the others are faults that a test switches on. */
const SPOKEN = RUNS.filter(({ server, requests }) => ['ok', 'exist', 'code'].includes(server) && requests.length > 0);

/** What the recorded request meets: the answers tell which of the objects were there. */
function before({ server, argv }: Recorded) {
  const [, verb] = argv;
  const kind = argv[argv.indexOf('-t') + 1];
  if (server === 'code') return { deployments: [], services: [] };
  if (server === 'ok' && verb === 'create') return { deployments: [], services: [] };
  const services = [service('test-blue'), named('test-green')];
  return { deployments: kind === 'ns' ? [] : [deployment('test-blue'), deployment('test-green')], services };
}

function named(name: string) {
  return { ...service(name), metadata: { ...service(name).metadata, name } };
}

let platform: EmbeddedBcs;
beforeAll(async () => {
  platform = await startEmbeddedBcs({ tokenHeader: 'x-bcs-user-token', token: 'EXAMPLE-TOKEN' });
});
afterAll(() => platform.close());

async function replay(target: EmbeddedBcs, { method, url, headers, body }: Recorded['requests'][number]) {
  const { Host: _host, Connection: _hop, 'Content-Length': _length, ...sent } = headers;
  const answer = await fetch(target.url + url, {
    method,
    headers: sent,
    ...(body && method !== 'GET' ? { body } : {}),
  });
  return { status: answer.status, text: await answer.text() };
}

describe('what the real client asks for', () => {
  test.each(SPOKEN.map((run): [string, Recorded] => [`${run.argv.slice(1).join(' ')} (${run.server})`, run]))(
    '%s is answered with the same status and envelope',
    async (_, run) => {
      await using own = await startEmbeddedBcs({ tokenHeader: 'x-bcs-user-token', token: 'EXAMPLE-TOKEN' });
      await own.seed(before(run));
      for (const request of run.requests) {
        const answer = await replay(own, request);
        expect(answer.status).toBe(request.answer.status);
        expect(exitOf(answer)).toBe(run.exit);
        if (answer.status === 404) continue;
        const said = JSON.parse(answer.text) as Record<string, unknown>;
        const { code, message } = envelopeOf(request.answer.body);
        expect({ code: said.code, message: String(said.message).toLowerCase() }).toEqual({ code, message });
        expect(Object.keys(said).sort()).toEqual(['code', 'data', 'message', 'result']);
        expect(said.result).toBe(code === 0);
      }
    },
  );

  test.each(SPOKEN.filter(isInspection).map((run): [string, Recorded] => [run.argv.slice(1).join(' '), run]))(
    '%s gets every field that the client printed',
    async (_, run) => {
      await using own = await startEmbeddedBcs({ tokenHeader: 'x-bcs-user-token', token: 'EXAMPLE-TOKEN' });
      const { data: printed } = JSON.parse(run.stdout) as { data: { strategy?: object } };
      const strategy = printed.strategy ? { strategy: printed.strategy } : {};
      await own.seed({ deployments: [deployment('test-green', strategy)], services: [named('test-green')] });
      const [request] = run.requests;
      if (!request) throw new Error('The recording has no request.');
      const { data: stored } = JSON.parse((await replay(own, request)).text) as { data: { data: object } };
      expect(
        fieldsOf(printed).filter(field => !fieldsOf(stored.data).includes(field) && !EMPTY.includes(field)),
      ).toEqual([]);
    },
  );

  test('is refused without its token, as the gateway does', async () => {
    const [request] = RUNS.find(({ server }) => server === '401')?.requests ?? [];
    if (!request) throw new Error('The recording has no such run.');
    const wrong = { ...request, headers: { ...request.headers, 'X-Bcs-User-Token': 'wrong' } };
    const answer = await replay(platform, wrong);
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.text)).toEqual(JSON.parse(request.answer.body));
  });

  test('finds no route to a scheduler without the cluster, or with another one', async () => {
    const [request] = SPOKEN[0]?.requests ?? [];
    if (!request) throw new Error('The recording has no such run.');
    for (const cluster of [undefined, 'BCS-MESOS-99999']) {
      const { 'Bcs-Clusterid': _, ...rest } = request.headers;
      const headers = cluster === undefined ? rest : { ...rest, 'Bcs-Clusterid': cluster };
      expect((await replay(platform, { ...request, headers })).status).toBe(404);
    }
  });
});

function isInspection({ argv, exit }: Recorded): boolean {
  return argv[1] === 'inspect' && exit === 0;
}

/** What the client's own types show as empty, whether storage has it or not. */
const EMPTY = ['spec.clusterIP', 'spec.ports[].path'];

/** As the client ends: it goes by the code alone, and what is no envelope is an error, too. */
function exitOf({ text }: { text: string }): number {
  try {
    return (JSON.parse(text) as { code?: number }).code === 0 ? 0 : 1;
  } catch {
    return 1;
  }
}

/** Dotted paths of everything in an object; of a list that of its first element. Labels and selectors are the user's. */
function fieldsOf(value: unknown, path = ''): readonly string[] {
  if (path.endsWith('selector')) return [];
  if (path.endsWith('labels')) return [path];
  if (Array.isArray(value)) return value.length > 0 ? fieldsOf(value[0], `${path}[]`) : [path];
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, one]) => fieldsOf(one, path ? `${path}.${key}` : key));
}

/** Long answers were cut when they were recorded; all of those were successes. */
function envelopeOf(body: string): { code: number; message: string } {
  if (body.endsWith('…')) return { code: Number(/"code":(\d+)/.exec(body)?.[1]), message: 'success' };
  const { code, message } = JSON.parse(body) as { code: number; message: string };
  return { code, message: message.toLowerCase() };
}
