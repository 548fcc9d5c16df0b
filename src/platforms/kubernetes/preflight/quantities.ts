/** Kubernetes quantities as numbers, and what a pod asks for. */
import { isSidecar, type PodSpec, type Resources, runningContainers } from '../objects.js';

const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** `500m` is 0.5, `64Mi` is 67108864, `1e3` is 1000; undefined for what is no quantity. */
export function parseQuantity(text: string | number | undefined): number | undefined {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]*)$/.exec(String(text ?? ''));
  const factor = FACTORS[match?.[2] ?? ''];
  const amount = Number(match?.[1] ?? Number.NaN);
  return factor === undefined || Number.isNaN(amount) ? undefined : amount * factor;
}

/** For people: thousandths of a core and whole mebibytes where they are exact enough. */
export function quantityText(name: string, amount: number): string {
  const rounded = Math.round(amount * 1_000) / 1_000;
  if (/memory|storage/.test(name) && amount >= 2 ** 20) return `${Math.round(amount / 2 ** 20)}Mi`;
  return Number.isInteger(rounded) ? String(rounded) : `${Math.round(amount * 1_000)}m`;
}

export type Part = 'requests' | 'limits';

/**
 * What one pod counts for: the sum of its containers and sidecars, or its greediest moment before that, which is an init
 * container beside the sidecars that were started before it. A container that only has a limit requests as much.
 * Undefined when a container names neither: then the namespace's defaults decide.
 */
export function podAmount(pod: PodSpec, part: Part, name: string): number | undefined {
  const amounts = runningContainers(pod).map(({ resources }) => containerAmount(resources, part, name));
  if (amounts.some(amount => amount === undefined)) return undefined;
  const sum = amounts.reduce<number>((total, amount) => total + (amount ?? 0), 0);
  const moments: number[] = [];
  let beside = 0;
  for (const container of pod.initContainers ?? []) {
    const amount = containerAmount(container.resources, part, name) ?? 0;
    moments.push(beside + amount);
    if (isSidecar(container)) beside += amount;
  }
  return Math.max(sum, ...moments);
}

function containerAmount(resources: Resources | undefined, part: Part, name: string): number | undefined {
  return parseQuantity(resources?.[part]?.[name] ?? resources?.limits?.[name]);
}
