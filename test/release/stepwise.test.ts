import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BatchInstance } from '../../src/platforms/port.js';
import type { TargetPlan } from '../../src/release/model.js';
import { pick } from '../../src/release/steps/stepwise.js';

const instance = (id: string, since: number, isHealthy = true): BatchInstance => ({ id, since, isHealthy });

function picked(blue: readonly BatchInstance[], green: number, batch: number, size = 3): readonly string[] {
  const greens = Array.from({ length: green }, (_, index) => instance(`green-${index}`, 0));
  return pick(blue, greens, { plan: { size } as TargetPlan, batch });
}

const BLUE = [instance('young', 30), instance('old', 10), instance('middle', 20)];

describe('who of blue goes next', () => {
  test('is the oldest, whatever zone the clocks of the machines are in', () => {
    expect(picked(BLUE, 1, 1)).toEqual(['old']);
    expect(picked(BLUE, 2, 2)).toEqual(['old', 'middle']);
  });

  test('is a sick one before any other: it takes nothing away', () => {
    const sick = instance('sick', 40, false);
    expect(picked([...BLUE.slice(1), sick], 1, 1)).toEqual(['sick']);
  });

  test('is nobody while green does not make up for it', () => {
    expect(picked(BLUE, 0, 1)).toEqual([]);
    expect(picked(BLUE, 1, 2)).toEqual(['old']);
  });

  test('is one of those that the load balancers have taken out, where they decide it', () => {
    const plan = { size: 3 } as TargetPlan;
    expect(pick(BLUE, [instance('green', 0)], { plan, batch: 2 }, ['young'])).toEqual(['young']);
    expect(pick(BLUE, [instance('green', 0)], { plan, batch: 2 }, [])).toEqual([]);
  });

  test('never leaves fewer healthy ones than are wanted, and never takes more than a batch', () => {
    const instances = fc.array(fc.record({ id: fc.uuid(), since: fc.nat(), isHealthy: fc.boolean() }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        instances,
        instances,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        (blue, green, batch, size) => {
          const gone = pick(blue, green, { plan: { size } as TargetPlan, batch });
          const healthy = (all: readonly BatchInstance[]) => all.filter(one => one.isHealthy).length;
          const before = healthy(blue) + healthy(green);
          const after = healthy(blue.filter(({ id }) => !gone.includes(id))) + healthy(green);
          expect(gone.length).toBeLessThanOrEqual(batch);
          expect(after).toBeGreaterThanOrEqual(Math.min(before, size));
        },
      ),
    );
  });
});
