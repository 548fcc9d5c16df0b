import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../src/embedded/kubernetes/index.js';
import { CLUSTER, GREEN_VERSION, MANIFEST, NAMESPACE, workflowInputs } from '../../src/rehearse/demo-shop.js';
import { type LoadCounts, startLoad } from '../../src/rehearse/load.js';
import { runStep, type StepOptions, type StepRun } from '../../src/rehearse/runner.js';

export const BUNDLE = join(import.meta.dirname, '../../dist/index.js');

type Options = NonNullable<Parameters<typeof startEmbeddedKubernetes>[0]>;

/** What of a step is not its inputs. */
export type StepMore = Partial<Pick<StepOptions, 'variables' | 'signal' | 'stopBy' | 'survives' | 'runId' | 'line'>>;

export interface StageRun extends StepRun {
  readonly log: string;
}

/** A cluster with a live blue shop, a workspace with its manifest, and the bundle to run on them. */
export interface Stage extends AsyncDisposable {
  readonly platform: EmbeddedKubernetes;
  readonly url: string;
  readonly workspace: string;
  write(file: string, text: string): void;
  /** Runs the action with the shop's inputs, these ones over them; an empty one is not given. */
  run(inputs?: Readonly<Record<string, string>>, node?: string, more?: StepMore): Promise<StageRun>;
  /** The same under load on the live URL. */
  runUnderLoad(inputs?: Readonly<Record<string, string>>): Promise<{ run: StageRun; load: LoadCounts }>;
}

export async function openStage(options: Options = {}, cluster = CLUSTER): Promise<Stage> {
  const platform = await startEmbeddedKubernetes({ timing: { readyAfter: 200, propagation: 20 }, ...options });
  try {
    await platform.apply(cluster);
    await platform.settled();
  } catch (thrown) {
    await platform.close();
    throw thrown;
  }
  const workspace = mkdtempSync(join(tmpdir(), 'cutover-e2e-'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(workspace, file)), { recursive: true });
    writeFileSync(join(workspace, file), text);
  };
  write('k8s/shop.yaml', MANIFEST);
  const url = platform.serviceUrl(NAMESPACE, 'shop');
  const run = async (
    inputs: Readonly<Record<string, string>> = {},
    node?: string,
    more: StepMore = {},
  ): Promise<StageRun> => {
    const lines: string[] = [];
    const quick = { settle: '200ms', bake: '300ms', 'report-directory': 'reports' };
    const given = { ...workflowInputs(platform.kubeconfig(), url), ...quick, ...inputs };
    const step = await runStep({
      bundle: BUNDLE,
      inputs: given,
      workspace,
      environment: process.env,
      signal: new AbortController().signal,
      ...more,
      line: text => {
        lines.push(text);
        more.line?.(text);
      },
      ...(node ? { node } : {}),
    });
    return { ...step, log: lines.join('\n') };
  };
  return {
    platform,
    url,
    workspace,
    write,
    run,
    runUnderLoad: async inputs => {
      const load = startLoad({ url, connections: 10, pauseMs: 20, slotHeader: 'x-app-slot', atMostMs: 60_000 });
      const done = await run(inputs);
      return { run: done, load: await load.stop() };
    },
    [Symbol.asyncDispose]: async () => {
      rmSync(workspace, { recursive: true, force: true });
      await platform.close();
    },
  };
}

export { GREEN_VERSION, NAMESPACE };
