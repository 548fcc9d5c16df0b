import type { Role, Space } from '../model.js';
import { type Exchange, type Handler, listed } from './exchange.js';
import { common, data, linksOf } from './present.js';

/** Who may do what in a space. Everybody who can log in has the roles of `rolesOf` in every space. */
export const roles: Readonly<Record<string, Handler>> = {
  'GET /v3/roles': exchange =>
    listed(
      exchange,
      [...exchange.database.spaces.values()].flatMap(space => rolesIn(exchange, space)),
      {
        types: ({ type }) => type,
        user_guids: ({ user }) => user,
        space_guids: ({ space }) => space,
        organization_guids: () => '',
      },
      role => shown(exchange, role),
    ),
};

function rolesIn({ context }: Exchange, space: Space): readonly Role[] {
  return context.users().flatMap(user =>
    context.rolesOf(user).map((type, index) => ({
      guid: `${space.guid}-${user}-${index}`,
      createdAt: space.createdAt,
      updatedAt: space.updatedAt,
      labels: {},
      annotations: {},
      type,
      user,
      space: space.guid,
    })),
  );
}

function shown({ base }: Exchange, role: Role) {
  const { metadata: _none, ...rest } = common(role);
  return {
    ...rest,
    type: role.type,
    relationships: { user: data(role.user), organization: { data: null }, space: data(role.space) },
    links: { ...linksOf(base, `roles/${role.guid}`), space: { href: `${base}/v3/spaces/${role.space}` } },
  };
}
