import { describe, expect, test } from '@jest/globals';
import type { Plan } from '../../src/release/model.js';
import { planMarkdown, planText } from '../../src/report/plan.js';
import { succeeded } from './outcomes.js';

const route = (slot: string) => ({ route: 'service/shop', slot, text: `cutover/slot=${slot}`, document: null });
const plan: Plan = {
  release: 'shop',
  version: 'v2',
  steps: ['inspect', 'deploy', 'switch'],
  targets: [
    {
      target: 'shop',
      blue: 'shop-blue',
      blueVersion: 'v1',
      green: 'shop-green',
      version: 'v2',
      size: 3,
      previous: { routes: [route('shop-blue')] },
      adopted: undefined,
      stages: [],
      next: { routes: [route('shop-green')] },
      changes: [
        { verb: 'create', object: 'Deployment shop/shop-green', detail: 'replicas 0 -> 3' },
        { verb: 'route', object: 'Service shop/shop', detail: 'slot shop-blue -> shop-green' },
        { verb: 'delete', object: 'Deployment shop/shop-blue', detail: '' },
      ],
      rollbackCommand: 'kubectl patch service shop',
    },
  ],
};

describe('a plan', () => {
  test('is printed with every write, old -> new', () => {
    expect(planText(plan, succeeded.findings).split('\n')).toEqual([
      'Plan for shop, version v2: inspect -> deploy -> switch',
      '  shop: blue is shop-blue (v1), green is shop-green (v2), 3 instances',
      '    create Deployment shop/shop-green: replicas 0 -> 3',
      '    route Service shop/shop: slot shop-blue -> shop-green',
      '    delete Deployment shop/shop-blue',
      '    to go back by hand: kubectl patch service shop',
      'Findings:',
      '  info NOTE: It is so. Nothing is to do.',
      '  warning SMALL: There is one pod. Run two.',
    ]);
  });

  test('of a first release says that there is nothing to go back to', () => {
    const [target] = plan.targets;
    const first = {
      ...plan,
      targets: [{ ...target, blue: undefined, rollbackCommand: undefined } as (typeof plan.targets)[0]],
    };
    expect(planText(first)).toContain('shop: blue is nothing yet, green is shop-green (v2)');
    expect(planText(first)).toContain('    nothing to go back to: this is the first release');
  });

  test('tells the routes itself when no write names them', () => {
    const [target] = plan.targets;
    const silent = { ...plan, targets: [{ ...target, changes: [] } as unknown as (typeof plan.targets)[0]] };
    expect(planText(silent)).toContain('    service/shop: cutover/slot=shop-blue -> cutover/slot=shop-green');
    expect(planMarkdown(silent)).toContain(
      '| route | `service/shop` | `cutover/slot=shop-blue` → `cutover/slot=shop-green` |',
    );
  });

  test('is a table in Markdown, with nothing of others in effect', () => {
    const [target] = plan.targets;
    const changes = [{ verb: 'create', object: 'Deployment `a|b`', detail: '<b> | @all' }];
    const markdown = planMarkdown({ ...plan, targets: [{ ...target, changes } as (typeof plan.targets)[0]] });
    expect(markdown).toContain('| create | <code>Deployment &#96;a&#124;b&#96;</code> | &lt;b> &#124; @&#8203;all |');
    expect(markdown).toContain('Blue: `shop-blue` (`v1`). Green: `shop-green` (`v2`), 3 instances.');
  });
});
