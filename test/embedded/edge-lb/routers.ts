import { spawnSync } from 'node:child_process';

/** What can carry the traffic of pools here. */
export type RouterName = 'built-in' | 'haproxy';

const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0;

/** The built-in router, and HAProxy where it is installed; where it isn't, the tests' names say so. */
export const routers: readonly RouterName[] = hasHaproxy ? ['built-in', 'haproxy'] : ['built-in'];

/** For names of tests: which routers they ran on. */
export const routersAsText = hasHaproxy
  ? 'the built-in router and a real HAProxy'
  : 'the built-in router (HAProxy is not installed)';
