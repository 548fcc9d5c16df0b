import type { EmbeddedKubernetes } from '../../src/embedded/kubernetes/index.js';
import { GREEN_VERSION, MANIFEST } from '../../src/rehearse/demo-shop.js';
import type { Stage } from '../e2e/stage.js';
import { type Inputs, Pipeline, PROGRAM } from './pipeline.js';

export interface ShopOptions {
  readonly inputs?: Inputs;
  /** The rest of the project's .gitlab-ci.yml. */
  readonly beside?: object;
  readonly files?: Readonly<Record<string, string>>;
}

/** The shop's project, which releases to the stage's cluster by the component. */
export function shopPipeline(
  { platform, url }: Stage,
  { inputs = {}, beside = {}, files = {} }: ShopOptions = {},
): Pipeline {
  const shop = {
    blue: 'shop-blue',
    green: 'shop-green',
    service: 'shop',
    namespace: 'shop',
    manifest: 'k8s/shop.yaml',
    version: GREEN_VERSION,
    kubeconfig: 'kubeconfig',
    'live-url': url,
    settle: '200ms',
    bake: '300ms',
    program: PROGRAM,
  };
  const own = { kubeconfig: platform.kubeconfig(), 'k8s/shop.yaml': MANIFEST };
  return new Pipeline({ inputs: { ...shop, ...inputs }, beside, files: { ...own, ...files } });
}

/** The slot that users are sent to, and the slots that are there. */
export function whatServes(platform: EmbeddedKubernetes) {
  const service = platform.objects('services', 'shop').find(({ metadata }) => metadata.name === 'shop');
  const { selector = {} } = (service?.spec ?? {}) as { selector?: Record<string, string> };
  const slots = platform.objects('deployments', 'shop').map(({ metadata }) => metadata.name);
  return { live: selector['cutover/slot'], slots: slots.sort() };
}
