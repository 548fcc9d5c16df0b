/** `demo`: a live application under load, cut over by the real bundle, on this machine, in under a minute. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type EmbeddedKubernetes,
  type Pod,
  type PodBehaviour,
  startEmbeddedKubernetes,
} from '../embedded/kubernetes/index.js';
import { failure } from '../failures.js';
import type { World } from '../hosts/port.js';
import { formatDuration } from '../lib/units.js';
import { resultJsonSchema } from '../report/result-schema.js';
import { CLUSTER, EXPECTED_RESULT, MANIFEST, type Mishap, NAMESPACE, workflowInputs } from './demo-shop.js';
import { type Load, type LoadCounts, startLoad } from './load.js';
import { runStep, type StepRun } from './runner.js';
import { Screen } from './screen.js';

const OUTPUT = 'demo-output';
const SLOT_LABEL = 'cutover/slot';
/** In the bake demo green's health turns bad after so many answers to users. */
const ILL_AFTER_ANSWERS = 500;
const LOAD = { connections: 50, pauseMs: 50, slotHeader: 'x-app-slot', atMostMs: 120_000 } as const;

/** Exit code 0 when the demo ended as it should: a cutover that lost nothing, or the rollback that was asked for. */
export async function demo(world: World): Promise<number> {
  const mishap = readMishap(world.arguments.slice(1));
  const screen = new Screen(world.stdout);
  const startedAt = Date.now();
  screen.title(
    `Cutover demo: shop-blue is live, shop-green gets the new version${mishap === 'none' ? '' : `, and fails in ${mishap}`}.`,
  );
  await using platform = await startEmbeddedKubernetes({ behaviour: pod => behaviourOf(pod, mishap) });
  await platform.apply(CLUSTER);
  await platform.settled();
  const url = platform.serviceUrl(NAMESPACE, 'shop');
  screen.line(`An embedded Kubernetes serves on ${platform.url}; users reach the shop on ${url}.`);

  const load = startLoad({ url, ...LOAD });
  const unwatch = watch(platform, load, screen, mishap);
  const folder = resolve(world.workspace, OUTPUT);
  const step = await runWorkflow(platform, url, folder, world, screen);
  unwatch();
  const counts = await load.stop();

  const result = await writeOutput(folder, step, counts);
  screen.summary(step.summary);
  screen.load(counts);
  screen.line(
    `Files: ${OUTPUT}/summary.md, ${OUTPUT}/report.html, ${OUTPUT}/result.json (with result.schema.json), ${OUTPUT}/load.json. It took ${formatDuration(Date.now() - startedAt)}.`,
  );
  return verdict(screen, result, mishap, counts);
}

function readMishap(args: readonly string[]): Mishap {
  const { fail } = parseArgs({ args: [...args], options: { fail: { type: 'string' } }, strict: false }).values;
  if (fail === undefined) return 'none';
  if (fail === 'smoke' || fail === 'bake') return fail;
  throw failure('INVALID_CONFIGURATION', { problems: [`--fail must be smoke or bake; it is "${String(fail)}".`] });
}

const UNHEALTHY = { status: 500, json: { status: 'the basket service does not answer' } };

/** Green answers like blue, unless it is to fail its checks. */
function behaviourOf(pod: Pod, mishap: Mishap): PodBehaviour {
  const { labels } = pod.metadata;
  return mishap === 'smoke' && labels?.[SLOT_LABEL] === 'shop-green' ? { answers: { '/healthz': UNHEALTHY } } : {};
}

/** What happens each second: the load is shown, and in the bake demo green falls ill once users have met it. */
function watch(platform: EmbeddedKubernetes, load: Load, screen: Screen, mishap: Mishap): () => void {
  const ticker = setInterval(() => {
    const counts = load.counts();
    screen.load(counts);
    if (mishap !== 'bake' || (counts.bySlot['shop-green'] ?? 0) < ILL_AFTER_ANSWERS) return;
    for (const instance of platform.instances(NAMESPACE, { [SLOT_LABEL]: 'shop-green' }))
      instance.answer('/healthz', UNHEALTHY);
  }, 1_000);
  return () => clearInterval(ticker);
}

async function runWorkflow(
  platform: EmbeddedKubernetes,
  url: string,
  folder: string,
  world: World,
  screen: Screen,
): Promise<StepRun> {
  const workspace = await mkdtemp(join(tmpdir(), 'cutover-demo-'));
  try {
    await mkdir(join(workspace, 'k8s'));
    await writeFile(join(workspace, 'k8s/shop.yaml'), MANIFEST);
    return await runStep({
      bundle: world.program,
      inputs: { ...workflowInputs(platform.kubeconfig(), url), 'report-directory': folder },
      workspace,
      environment: world.environment,
      signal: world.signal,
      line: text => screen.step(text),
    });
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** The action's own result, with the requests of the demo's load in place of those of the action's probe. */
async function writeOutput(folder: string, step: StepRun, counts: LoadCounts): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'result.json');
  const report = JSON.parse(await readFile(path, 'utf8'));
  const { requests, failed } = counts;
  const evidence = { ...report.evidence, requests, failed };
  await writeFile(path, `${JSON.stringify({ ...report, evidence }, null, 2)}\n`);
  await writeFile(join(folder, 'result.schema.json'), `${JSON.stringify(resultJsonSchema(), null, 2)}\n`);
  await writeFile(join(folder, 'load.json'), `${JSON.stringify(counts, null, 2)}\n`);
  await writeFile(join(folder, 'summary.md'), step.summary);
  return String(report.result);
}

function verdict(screen: Screen, result: string, mishap: Mishap, counts: LoadCounts): number {
  const expected = EXPECTED_RESULT[mishap];
  const right = result === expected && counts.failed === 0;
  screen.title(
    `${result}: ${counts.requests} requests sent, ${counts.failed} failed${right ? '' : `; expected ${expected} and 0 failed`}.`,
  );
  for (const error of counts.errors) screen.line(`  ${error}`);
  return right ? 0 : 1;
}
