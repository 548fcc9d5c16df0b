/** Asking each pod of a slot, through the API server. */
import { plain } from '../../lib/inert.js';
import type { Slot } from '../../release/model.js';
import type { InstanceAnswer, InstanceQuestion } from '../port.js';
import type { Context, Site } from './context.js';
import { firstService, podsOf, proxyPath } from './endpoints.js';
import type { Pod } from './objects.js';
import { podPort } from './ports.js';

/** A pod that is asked for a number answers at once or is not to be relied on. */
const ANSWER_MS = 5_000;

/** Every pod that may still be at work: those on their way out too, finished ones not. */
export async function askInstances(
  context: Context,
  site: Site,
  slot: Slot,
  question: InstanceQuestion,
  signal: AbortSignal,
): Promise<readonly InstanceAnswer[]> {
  const { client } = context;
  const [pods, service] = await Promise.all([
    podsOf(client, site.namespace, slot, signal),
    firstService(context, site, signal),
  ]);
  const working = pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed');
  return Promise.all(
    working.map(async pod => {
      const choice =
        question.port === undefined ? podPort(pod, service) : { port: question.port, scheme: 'http' as const };
      const { name } = pod.metadata;
      if (!choice) return answerOf(pod, { problem: 'it declares no port' });
      const path = `${proxyPath(site.namespace, 'pods', name, choice.port, choice.scheme)}${question.path}`;
      return answerOf(pod, await textOf(context, site.namespace, name, path, signal));
    }),
  );
}

function answerOf(pod: Pod, answer: InstanceAnswer['answer']): InstanceAnswer {
  const restarts = (pod.status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount);
  return { instance: pod.metadata.name, life: [pod.metadata.uid, ...restarts].join('/'), answer };
}

async function textOf(
  { client }: Context,
  namespace: string,
  name: string,
  path: string,
  signal: AbortSignal,
): Promise<InstanceAnswer['answer']> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const text = await client.text(path, { verb: 'get', group: '', resource: 'pods/proxy', namespace, name }, limited);
    return text === undefined ? { problem: 'it did not answer with status 200' } : { text };
  } catch (thrown) {
    signal.throwIfAborted();
    return { problem: plain(thrown instanceof Error ? thrown.message : String(thrown), 200) };
  }
}
