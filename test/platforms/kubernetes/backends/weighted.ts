/** An HTTPRoute that shares traffic between the slots by weights. */
import type { House } from '../support.js';
import { httpRoute, slotServices, specOf, targetOf } from './support.js';

export const target = targetOf('httproute/shop');
export const objects = [...slotServices, httpRoute()];
export const steps = { way: 'steps', shares: [10, 50] } as const;
export const write = { method: 'PATCH', path: /httproutes\/shop/ };

export const statusOf = (code: number, reason: string) => ({
  kind: 'Status',
  status: 'Failure',
  code,
  reason,
  message: reason,
});
export const CONFLICT = statusOf(409, 'Conflict');
export const FORBIDDEN = statusOf(403, 'Forbidden');

export function weights(house: House): readonly (readonly [string, number])[] {
  const { rules } = specOf<{ rules: { backendRefs: { name: string; weight: number }[] }[] }>(house, 'httproute');
  return rules.flatMap(({ backendRefs }) => backendRefs.map(({ name, weight }) => [name, weight] as const));
}
