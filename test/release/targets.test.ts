import { describe, expect, test } from '@jest/globals';
import { TERM_MS } from '../../src/release/record.js';
import { runOn } from './harness.js';
import { type Fate, ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const TARGETS = ['shop', 'cart', 'search'] as const;

function threeLive(): ModelPlatform {
  const platform = new ModelPlatform();
  for (const target of TARGETS) platform.has(`${target}-blue`, 3, '1').serves(target, `${target}-blue`);
  return platform;
}

/** Which colour each target serves from: one word when they agree. */
function colours({ routes }: ModelPlatform): string {
  const seen = TARGETS.map(target => routes.get(target)?.replace(`${target}-`, ''));
  return [...new Set(seen)].join(' and ');
}

async function writesOfAQuietRun(): Promise<readonly string[]> {
  const platform = threeLive();
  expect((await runOn(platform, { version: '2', targets: TARGETS }))?.result).toBe('succeeded');
  return platform.writes;
}

describe('of several targets all switch, or none stays switched (P15)', () => {
  test.each<Fate>(['fail', 'lost-answer'])('whichever write of whichever target ends with: %s', async fate => {
    const writes = await writesOfAQuietRun();
    for (const [at, name] of writes.entries()) {
      const platform = threeLive();
      platform.fates = new Map([[at, fate]]);
      const outcome = await runOn(platform, { version: '2', targets: TARGETS });
      const seen = { name, colours: colours(platform), broken: platform.broken };
      const switched = ['succeeded', 'degraded'].includes(outcome?.result ?? '');
      expect(seen).toEqual({ name, colours: switched ? 'green' : 'blue', broken: [] });
    }
  });

  test.each<Fate>(['crash-before', 'crash-after'])('and a run that goes on ends like a quiet one: %s', async fate => {
    const writes = await writesOfAQuietRun();
    for (const [at, name] of writes.entries()) {
      const platform = threeLive();
      const clock = new VirtualClock();
      platform.fates = new Map([[at, fate]]);
      await runOn(platform, { version: '2', targets: TARGETS, clock });
      platform.fates = new Map();
      await clock.sleep(TERM_MS + 1, new AbortController().signal);
      const again = await runOn(platform, { version: '2', targets: TARGETS, clock });
      const ended = ['succeeded', 'unchanged'].includes(again?.result ?? '');
      const seen = { name, ended, colours: colours(platform), slots: [...platform.slots.keys()].sort() };
      const slots = TARGETS.map(target => `${target}-green`).sort();
      expect(seen).toEqual({ name, ended: true, colours: 'green', slots });
      expect(platform.broken).toEqual([]);
    }
  });

  test.each(TARGETS)('when %s cannot be confirmed, all go back', async target => {
    const platform = threeLive();
    platform.unconfirmed.add(`${target}-green`);
    const outcome = await runOn(platform, { version: '2', targets: TARGETS });
    expect({ result: outcome?.result, colours: colours(platform) }).toEqual({ result: 'rolled-back', colours: 'blue' });
  });
});
