/** The routes of a target, written one after the other. */
import { afterWrites } from '../failures.js';
import type { RouteState, Routing, SwitchEvidence } from '../release/model.js';

/**
 * Makes the routes what `to` says, in their order. On the way back it is in reverse (P15), and a route that cannot be put
 * back does not keep the others from it: the first failure is thrown at the end. What was written before a failure is
 * kept with it.
 *
 * @param write makes one route so; undefined: it was so already
 */
export async function writeRoutes(
  { from, to, isReturn }: { readonly from: Routing; readonly to: Routing; readonly isReturn: boolean },
  write: (before: RouteState, wanted: RouteState) => Promise<SwitchEvidence | undefined>,
  signal: AbortSignal,
): Promise<readonly SwitchEvidence[]> {
  const pairs = to.routes.flatMap((wanted, index) => {
    const before = from.routes[index];
    return before ? [{ before, wanted }] : [];
  });
  const written: SwitchEvidence[] = [];
  const failures: unknown[] = [];
  for (const { before, wanted } of isReturn ? pairs.reverse() : pairs) {
    try {
      const evidence = await write(before, wanted);
      if (evidence) written.push(evidence);
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isReturn) throw afterWrites(thrown, written);
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw afterWrites(failures[0], written);
  return written;
}
