/** Who is blue and who is green in each target, by what is live. Pure. */
import type { Config } from '../config/schema.js';
import type { Roles } from '../platforms/port.js';
import type { Snapshot } from './model.js';
import { liveVersion, slotState } from './snapshot.js';

/**
 * Blue is the live slot and green the other one; before the first release green is the slot that the input calls green.
 * A target that serves the version already is left out: there is nothing to do for it.
 */
export function rolesOfAll(config: Config, snapshots: readonly Snapshot[]): Map<string, Roles> {
  const roles = new Map<string, Roles>();
  config.targets.forEach((target, index) => {
    const snapshot = snapshots[index];
    if (!snapshot || liveVersion(snapshot) === config.version) return;
    const blue = snapshot.live;
    const green = blue === target.slots.green ? target.slots.blue : target.slots.green;
    const size = slotState(snapshot, blue)?.size || undefined;
    const { version, teardown } = config;
    const way = { ...wayOf(config), ...batchOf(config, size) };
    roles.set(target.name, { blue, green, version, size, teardown: teardown.how, ...way });
  });
  return roles;
}

/** The last step is all of the traffic, and that is what the switch ends with: it is no stage on the way. */
function wayOf({ switch: { mode, steps } }: Config): Pick<Roles, 'way' | 'shares'> {
  return { way: mode, shares: mode === 'steps' ? steps.filter(share => share < 100) : [] };
}

/** Without a blue there is nothing to exchange. */
function batchOf({ strategy, stepwise }: Config, size: number | undefined): Pick<Roles, 'batch'> {
  return strategy === 'stepwise' && size !== undefined ? { batch: Math.min(stepwise.batch, size) } : {};
}

/** After a finished switch: green is the live slot, blue the one to take away. */
export function teardownRoles(config: Config, snapshots: readonly Snapshot[]): Map<string, Roles> {
  return new Map(
    config.targets.map((target, index) => {
      const live = snapshots[index]?.live ?? target.slots.green;
      const blue = live === target.slots.green ? target.slots.blue : target.slots.green;
      return [
        target.name,
        {
          blue,
          green: live,
          version: config.version,
          size: undefined,
          teardown: config.teardown.how,
          way: 'atomic',
          shares: [],
        },
      ];
    }),
  );
}
