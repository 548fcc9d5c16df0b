/** Whether the user may do in the space what a release does. */
import { plain } from '../../lib/inert.js';
import { hasCode } from './failures.js';
import type { Foundation } from './foundation.js';
import type { Resource } from './objects.js';
import { type Said, tell } from './preflight.js';

interface Role extends Resource {
  readonly type: string;
}

/** The one role that may create, start and delete apps and lead routes to them. */
const NEEDED = 'space_developer';

export async function roleFindings(foundation: Foundation, signal: AbortSignal): Promise<readonly Said[]> {
  const { client, place } = foundation;
  const identity = await client.identity(signal);
  if (!identity) return [notKnown('the token does not say whose it is')];
  if (identity.isAdmin) return [];
  const space = await foundation.space(signal);
  const query = `space_guids=${space}&user_guids=${encodeURIComponent(identity.guid)}`;
  let roles: readonly Role[];
  try {
    roles = await client.list<Role>(`/v3/roles?${query}`, `read the roles in the space ${place.space}`, signal);
  } catch (error) {
    if (!hasCode(error, 'GONE', 'FORBIDDEN', 'REJECTED', 'NOT_JSON')) throw error;
    return [notKnown(error.message.replace(/\.$/, ''))];
  }
  const types = roles.map(({ type }) => type);
  if (types.includes(NEEDED)) return [];
  const name = plain(identity.name, 100);
  const has = types.length === 0 ? 'none that is known' : types.map(type => type.replaceAll('_', ' ')).join(', ');
  const message = `${name} is no Space Developer in the space ${place.space} of ${place.org}; its roles there: ${has}.`;
  const flag = identity.isClient ? ' --client' : '';
  const remedy = `Ask a manager of the space for it: cf set-space-role ${name} ${place.org} ${place.space} SpaceDeveloper${flag}.`;
  return [tell('error', 'ROLE_MISSING', message, remedy)];
}

function notKnown(reason: string): Said {
  const message = `Whether the user is a Space Developer is not known: ${reason}.`;
  return tell('info', 'ROLE_NOT_KNOWN', message, 'If a write is refused, ask for this role.');
}
