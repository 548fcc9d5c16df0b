import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tell } from '../../evidence.js';
import { expectEnd } from '../../stage.js';
import type { KubernetesGround, OpenKubernetes } from '../ground.js';
import { liveBlue } from '../shop.js';
import { KubernetesStage } from '../stage.js';

/** A release of its whole length, without the checks that a user configures. */
const BARE = { smoke: '', 'live-url': '', identity: '', bake: '0s' };

/** What a full cutover may ask for: 43 to 45 were counted (a platform that lags costs a watch). The aim is 30. */
const MOST = 45;

/** What a release costs the API. */
export function requests(open: OpenKubernetes): void {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe('a full cutover of three replicas', () => {
    test(`asks the API for at most ${MOST} things`, async () => {
      await using stage = await KubernetesStage.open(ground, { objects: liveBlue(ground.image) });
      const run = await stage.run(BARE);
      expectEnd({ run }, { result: 'succeeded', live: 'shop-green' });
      const lines = run.requests.map(({ method, path, status }, index) => {
        const short = path.replaceAll(stage.namespace, 'NAMESPACE').replace(/resourceVersion=\d+/, 'resourceVersion=N');
        return `${String(index + 1).padStart(3)} ${method} ${short} ${status}`;
      });
      tell(`${run.requests.length} requests of a full cutover:\n  ${lines.join('\n  ')}`);
      expect(run.requests.length).toBeLessThanOrEqual(MOST);
    });
  });
}
