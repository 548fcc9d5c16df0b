/** The action's post step: ends what the main step left unfinished, and says why when there is nothing to end. */
import { KILLED } from './announce.js';
import { releaseOn } from './command.js';
import { pickHost } from './hosts/index.js';
import type { Host, World } from './hosts/port.js';

export async function post(world: World): Promise<number> {
  const host = await pickHost(world);
  if (host.state?.read('cutover-finished')) {
    host.log.info('The main step ran to its end, so there is nothing to abort.');
    await endAnnounced(host);
    return 0;
  }
  host.log.warning(
    'The main step did not run to its end. Its record is looked at, and an unconfirmed switch is put back.',
  );
  const inputs = { ...host.inputs, verb: 'abort-if-unfinished' };
  await releaseOn({ ...host, inputs }, world);
  await endAnnounced(host);
  // The step has failed already; a post step that fails too would only hide why.
  return 0;
}

/** What the main step showed elsewhere is made final there, unless it did so itself. */
async function endAnnounced(host: Host): Promise<void> {
  const token = host.inputs['github-token'];
  if (token === undefined) return;
  host.mask(token);
  await host.endAnnounced?.(token, KILLED);
}
