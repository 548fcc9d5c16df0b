/** Releases of the model in which people are asked, and what they say. */
import type { Question } from '../../src/release/ask.js';
import { readRecord } from '../../src/release/record.js';
import type { Wish } from './harness.js';
import { ModelPlatform } from './model-platform.js';
import type { VirtualClock } from './virtual-clock.js';

export const HOUR = 3_600_000;
export const live = () => new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
export const recordOf = (platform: ModelPlatform) => readRecord(platform.stored.get('shop')?.text ?? '', '');
export const asking = (approval: object, more: Partial<Wish> = {}): Wish => ({
  version: '2',
  ...more,
  settings: { approval: { by: 'issue', approvers: ['alice'], ...approval }, ...more.settings },
});
export const says =
  (decision: 'approved' | 'denied', clock?: VirtualClock, after = 0) =>
  async (_: Question, signal: AbortSignal) => {
    if (clock) await clock.sleep(after, signal);
    return { decision, by: ['alice'] };
  };
export const slots = (platform: ModelPlatform) => [...platform.slots.keys()];

export function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

export async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !isSo(); turn++) await new Promise(resolve => setImmediate(resolve));
}
