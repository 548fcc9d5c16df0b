/** What green is made from, in a word that an approval can be bound to. */
import type { TargetConfig } from '../config/schema.js';
import { fingerprint } from '../lib/fingerprint.js';

/**
 * The same for the same definition and images, on every runner; undefined where a target has no definition.
 *
 * @param definition as it was read, free of paths of this machine
 */
export function madeFrom(definition: unknown, { image, images }: TargetConfig): string | undefined {
  return definition === undefined ? undefined : fingerprint([definition, image, images], 32);
}
