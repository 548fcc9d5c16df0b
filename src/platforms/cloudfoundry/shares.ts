/**
 * Shares of traffic by numbers of instances, for routers give each instance as much as any other. One of the slots keeps
 * all of its instances, so that it could serve alone at any moment: that is what limits which shares can be made. Pure.
 */
import type { Slot, StageSizes } from '../../release/model.js';

/** Further from the share that was asked for, and it is not worth its name. */
const TOLERATED_POINTS = 5;

/** A share that was asked for, and the one that is made in its place; percent. */
export interface MadeShare {
  readonly asked: number;
  readonly share: number;
  readonly sizes: StageSizes;
}

/** What is made of each share, rising; or why it cannot be. `size` is that of a full slot. */
export function madeShares(
  asked: readonly number[],
  size: number,
): { readonly made: readonly MadeShare[] } | { readonly problem: string } {
  const possible = possibleSizes(size);
  const made = asked.map(share => ({ asked: share, ...nearest(share, possible) }));
  const far = made.find(one => Math.abs(one.share - one.asked) > TOLERATED_POINTS);
  const twice = made.find((one, index) => one.share === made[index - 1]?.share);
  if (!far && !twice) return { made };
  const shares = possible.map(sizes => `${shareOf(sizes)} %`);
  const what = far
    ? `${far.asked} % is none that they can make`
    : `${twice?.share} % would be made of two of the steps`;
  return {
    problem: `with ${size} instances of each slot, each of which gets as much as any other, ${what}; they can make ${shares.join(', ')}`,
  };
}

/** Green grows beside all of blue up to one half; beyond it blue shrinks beside all of green. */
function possibleSizes(size: number): readonly StageSizes[] {
  const growing = Array.from({ length: size }, (_, index) => ({ blue: size, green: index + 1 }));
  const shrinking = Array.from({ length: size - 1 }, (_, index) => ({ blue: size - 1 - index, green: size }));
  return [...growing, ...shrinking];
}

/** Of two that are as near, the smaller one: fewer users meet green. */
function nearest(asked: number, possible: readonly StageSizes[]): Omit<MadeShare, 'asked'> {
  const shares = possible.map(sizes => ({ sizes, share: shareOf(sizes) }));
  return shares.reduce((best, one) => (Math.abs(one.share - asked) < Math.abs(best.share - asked) ? one : best));
}

/** Percent, to one decimal. */
function shareOf({ blue, green }: StageSizes): number {
  return Math.round((1_000 * green) / (blue + green)) / 10;
}

/** Such as `90.9 % shop-blue + 9.1 % shop-green (10 + 1 instances)`. */
export function sharesText(sizes: Readonly<Record<Slot, number>>): string {
  const all = Object.entries(sizes);
  const total = all.reduce((sum, [, instances]) => sum + instances, 0);
  const parts = all.map(([slot, instances]) => `${Math.round((1_000 * instances) / total) / 10} % ${slot}`);
  return `${parts.join(' + ')} (${all.map(([, instances]) => instances).join(' + ')} instances)`;
}
