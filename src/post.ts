/** The post step of the action, or the after_script of a job: ends what the run left unfinished, and says what it found. */
import { KILLED } from './announce.js';
import { releaseOn } from './command.js';
import { pickHost } from './hosts/index.js';
import type { Host, World } from './hosts/port.js';

export async function post(world: World): Promise<number> {
  return cleanUp(await pickHost(world), world);
}

/** @param host of a job whose run has begun, and knows from its state whether it ended */
export async function cleanUp(host: Host, world: World): Promise<number> {
  if (host.state?.read('cutover-finished')) {
    host.log.info('The run itself came to its end, so there is nothing to abort.');
    await endAnnounced(host);
    return 0;
  }
  host.log.warning('The run did not come to its end. Its record is looked at, and an unconfirmed switch is put back.');
  const inputs = { ...host.inputs, verb: 'abort-if-unfinished' };
  await releaseOn({ ...host, inputs }, world);
  await endAnnounced(host);
  // The step has failed already; a post step that fails too would only hide why.
  return 0;
}

/** What the run showed elsewhere is made final there, unless it did so itself. */
async function endAnnounced(host: Host): Promise<void> {
  const token = host.inputs[`${host.id}-token`];
  if (token === undefined) return;
  host.mask(token);
  await host.endAnnounced?.(token, KILLED);
}
