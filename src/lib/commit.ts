/** The commit that is being released, as the CI system or the repository says. */
import type { World } from '../hosts/port.js';

export async function commitOf(world: World): Promise<string | undefined> {
  const named = world.environment.GITHUB_SHA ?? world.environment.CI_COMMIT_SHA;
  if (named) return named;
  const { commandOutput } = await import('./exec.js');
  return commandOutput('git', ['rev-parse', 'HEAD'], { directory: world.workspace, signal: world.signal });
}
