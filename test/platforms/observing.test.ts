import { expect, test } from '@jest/globals';
import { type TargetConfig, targetSchema } from '../../src/config/schema.js';
import { Observing, type Planned } from '../../src/platforms/observing.js';
import type { Proposal, Roles } from '../../src/platforms/port.js';
import type { Finding, Routing, Snapshot, TargetPlan } from '../../src/release/model.js';

interface Observation {
  readonly number: number;
  readonly target: string;
}

/** Says of everything from which observation it is. */
class Numbered extends Observing<Observation> {
  readonly seen: string[] = [];
  readonly signals: AbortSignal[] = [];

  protected async observe({ name }: TargetConfig): Promise<Observation> {
    this.seen.push(name);
    return { number: this.seen.length, target: name };
  }

  protected snapshotOf({ target }: Observation): Snapshot {
    return { target, live: undefined, slots: [], routing: { routes: [] } } as unknown as Snapshot;
  }

  protected async proposalOf(observation: Observation, _target: TargetConfig, next: Routing, roles: Roles) {
    return { size: observation.number, next, green: roles.green } as unknown as Proposal;
  }

  protected async findingsOf(observation: Observation, { plan }: Planned, own: AbortSignal, shared: AbortSignal) {
    this.signals.push(own, shared);
    return [{ code: `${plan.green} from ${observation.target} ${observation.number}` }] as unknown as Finding[];
  }
}

const target = (name: string) =>
  targetSchema.parse({ name, slots: { blue: `${name}-blue`, green: `${name}-green` }, routes: ['service/x'] });
const roles = { green: 'green' } as Roles;
const planFrom = (previous: Routing) => ({ previous, green: 'green' }) as unknown as TargetPlan;
const { signal } = new AbortController();

test('what was inspected is not read again to propose and to check', async () => {
  const platform = new Numbered();
  const [shop, cart] = [target('shop'), target('cart')];
  const [first, second] = [await platform.inspect(shop, signal), await platform.inspect(cart, signal)];
  expect(await platform.propose(cart, second, roles, signal)).toMatchObject({ size: 2, next: second.routing });
  expect(await platform.propose(shop, first, roles, signal)).toMatchObject({ size: 1, green: 'green' });
  const findings = await platform.preflight(cart, planFrom(second.routing), signal);
  expect(findings).toEqual([{ code: 'green from cart 2' }]);
  expect(platform.seen).toEqual(['shop', 'cart']);
});

test('what a record says was inspected by another run, so it is read now', async () => {
  const platform = new Numbered();
  const shop = target('shop');
  const recorded = structuredClone(await platform.inspect(shop, signal));
  expect(await platform.propose(shop, recorded, roles, signal)).toMatchObject({ size: 2 });
  expect(await platform.preflight(shop, planFrom(recorded.routing), signal)).toEqual([{ code: 'green from shop 3' }]);
});

test('a second look is a fresh one', async () => {
  const platform = new Numbered();
  const shop = target('shop');
  await platform.inspect(shop, signal);
  const again = await platform.inspect(shop, signal);
  expect(await platform.propose(shop, again, roles, signal)).toMatchObject({ size: 2 });
});

test('nothing goes on after the findings, and targets that are looked at together are told by their signal', async () => {
  const platform = new Numbered();
  await platform.preflight(target('shop'), planFrom({ routes: [] }), signal);
  await platform.preflight(target('cart'), planFrom({ routes: [] }), signal);
  const [own, shared, , other] = platform.signals;
  expect(own?.aborted).toBe(true);
  expect([shared, other]).toEqual([signal, signal]);
  expect(shared).toBe(other);
});
