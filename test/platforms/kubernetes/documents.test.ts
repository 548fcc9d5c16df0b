import { describe, expect, test } from '@jest/globals';
import type { TargetConfig } from '../../../src/config/schema.js';
import type { Json, Routing, TargetPlan } from '../../../src/release/model.js';
import { blueDeployment, houseWith, httpRoute, slotServices, targetOf } from './backends/support.js';
import { worker } from './slots.js';
import { failureLike, type House, planFor, service, shop, soon } from './support.js';

const BLUE_SERVICE = service({ app: 'shop', 'cutover/slot': 'shop-blue' });

/** What is there, the target, and how its switch goes: one for each kind of document. */
const CASES: readonly (readonly [kind: string, objects: readonly object[], target: TargetConfig])[] = [
  ['Service', [BLUE_SERVICE], shop({ routes: ['service/shop'] })],
  ['Backends', [httpRoute(), ...slotServices], targetOf('httproute/shop')],
  ['Workers', [], shop({ routes: 'none' })],
];

async function planned(objects: readonly object[], target: TargetConfig): Promise<{ house: House; plan: TargetPlan }> {
  const blue = target.routes.length === 0 ? [worker('shop-blue', 2)] : [blueDeployment];
  const house = await houseWith(objects, { blue });
  return { house, plan: await planFor(house.platform, target, 'v2') };
}

/** A routing as another run reads it, with what `edit` makes of its first document. */
function recorded(routing: Routing, edit: (document: Record<string, Json>) => void = () => undefined): Routing {
  const read = JSON.parse(JSON.stringify(routing));
  edit(read.routes[0].document);
  return read;
}

describe.each(CASES)('the document of a route: %s', (kind, objects, target) => {
  test('is understood by another run', async () => {
    const { house, plan } = await planned(objects, target);
    await using _ = house;
    const routings = [plan.previous, ...plan.stages.map(stage => stage.routing), plan.next];
    for (const routing of routings) {
      expect(routing.routes[0]?.document).toMatchObject({ kind });
      house.platform.understand(recorded(routing));
    }
  });

  test('that was edited is refused by every call, and nothing is written', async () => {
    const { house, plan } = await planned(objects, target);
    await using _ = house;
    const writes = house.kube.requests.all.filter(({ method }) => method !== 'GET').length;
    const broken = failureLike('ROUTE_UNREADABLE', /size is wrong \(expected number, received string\)/);
    const edited = recorded(plan.next, document => {
      document.size = 'two';
    });
    expect(() => house.platform.understand(edited)).toThrow(expect.objectContaining(broken));
    const written = async () => house.platform.route(target, recorded(plan.previous), edited, soon());
    await expect(written()).rejects.toMatchObject(broken);
    const confirmed = async () => house.platform.confirm(target, edited, 'shop-green', soon());
    await expect(confirmed()).rejects.toMatchObject(broken);
    expect(house.kube.requests.all.filter(({ method }) => method !== 'GET')).toHaveLength(writes);
  });
});
