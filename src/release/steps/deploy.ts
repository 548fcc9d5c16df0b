/** Green, created or updated at blue's size. An existing route is first made unable to match it. */
import { count, formatDuration } from '../../lib/units.js';
import { heldBy } from '../fence.js';
import { baseline, everyLeg, type Leg, type Walk } from '../walk.js';

export async function deploy(walk: Walk, signal: AbortSignal): Promise<string> {
  const changes = await everyLeg(walk, leg => deployLeg(walk, leg, signal));
  const written = changes.flat();
  walk.ledger.changes.push(...written);
  return written.length === 0 ? 'everything was there already' : count(written.length, 'write');
}

async function deployLeg(walk: Walk, { config, plan }: Leg, signal: AbortSignal) {
  const { platform, log } = walk.ports;
  // On a rollback the slot to go to is there already: only its size may have to be brought up.
  if (walk.config.verb === 'rollback') return scaleUp(walk, { config, plan }, signal);
  if (plan.adopted) {
    log.info(
      `${plan.target}: the routes are adopted first: ${routingText(plan.previous)} -> ${routingText(plan.adopted)}.`,
    );
    walk.ledger.switches.push(...(await platform.route(config, plan.previous, baseline(plan), signal, heldBy(walk))));
  }
  log.info(
    `${plan.target}: deploying ${plan.green} with version ${plan.version ?? '(not known)'}, ${count(plan.size, 'instance')}.`,
  );
  const written = await platform.deploy(config, plan, signal, heldBy(walk));
  for (const change of written)
    log.info(`  ${change.verb} ${change.object}${change.detail ? `: ${change.detail}` : ''}`);
  return written;
}

/** Traffic waits for it, so that and for how long at the most is said. */
async function scaleUp({ ports, config: { deadlines } }: Walk, { config, plan }: Leg, signal: AbortSignal) {
  const written = await ports.platform.scale(config, plan.green, plan.size, signal);
  if (written.length > 0) {
    ports.log.info(
      `${plan.target}: ${plan.green} has to be scaled up to ${count(plan.size, 'instance')} first; traffic moves when they are ready, for which they have ${formatDuration(deadlines.ready)}.`,
    );
  }
  return written;
}

function routingText(routing: { readonly routes: readonly { route: string; text: string }[] }): string {
  return routing.routes.map(route => `${route.route} (${route.text})`).join(', ');
}
