/** Applications that a selector matches, and that are not of the slots it is for. Pure. */
import type { Slot } from '../../release/model.js';
import { type Application, type Labels, selects } from './objects.js';

/** Their names. An application has its deployment's name, or one with a time behind it after an update. */
export function strangersAmong(
  applications: readonly Application[],
  selector: Labels | null | undefined,
  slots: readonly Slot[],
): readonly string[] {
  const isOf = (slot: Slot, name: string) => name === slot || /^-v\d+$/.test(name.slice(slot.length));
  return applications
    .map(({ metadata }) => metadata)
    .filter(({ name }) => !slots.some(slot => name.startsWith(slot) && isOf(slot, name)))
    .filter(({ labels }) => selects(selector, labels ?? {}))
    .map(({ name }) => name);
}
