/** Platforms by id. The only file that names them all; each is loaded when it is asked for. */
import { failure } from '../failures.js';
import type { PlatformModule } from './port.js';

const PLATFORMS: Readonly<Record<string, () => Promise<PlatformModule>>> = {
  kubernetes: () => import('./kubernetes/index.js'),
  marathon: () => import('./marathon/index.js'),
  bcs: () => import('./bcs/index.js'),
  'cloud-foundry': () => import('./cloudfoundry/index.js'),
};

/** Throws INVALID_CONFIGURATION for an id that nobody has. */
export async function loadPlatform(id: string): Promise<PlatformModule> {
  const load = PLATFORMS[id];
  if (load) return load();
  const known = Object.keys(PLATFORMS).join(', ');
  throw failure('INVALID_CONFIGURATION', { problems: [`platform is ${id}, and must be one of: ${known}.`] });
}
