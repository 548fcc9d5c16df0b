/** What is different in a configuration for Cloud Foundry: its defaults, and what does not go together there. */
import { at, type Data, put } from './paths.js';
import type { Config } from './schema.js';

/** Staging takes as long as a build, which the cf CLI gives fifteen minutes. */
const DEPLOY_DEADLINE = '15m';

/** Users are led to both slots for a while, for nothing else is safe there; unless the file or an input says otherwise. */
export function fillCloudFoundryDefaults(data: Data): void {
  if (at(data, ['platform']) !== 'cloud-foundry') return;
  if (at(data, ['switch', 'mode']) === undefined) put(data, 'switch.mode', 'overlap');
  if (at(data, ['deadlines', 'deploy']) === undefined) put(data, 'deadlines.deploy', DEPLOY_DEADLINE);
}

/** A lone target is called like the host of its route, up to the first dot. */
export function hostOf(route: string): string | undefined {
  return /^route\/([^./]+)/.exec(route)?.[1]?.toLowerCase();
}

/** Places in the configuration, and what is wrong there. */
export function cloudFoundryProblems(config: Config): readonly (readonly [readonly PropertyKey[], string])[] {
  const isHere = config.platform === 'cloud-foundry';
  const found: (readonly [readonly PropertyKey[], string])[] = [];
  if (isHere && config.switch.mode === 'atomic') {
    const reason = 'no write takes blue from all routers at the moment at which it adds green';
    found.push([
      ['switch', 'mode'],
      `is atomic, which Cloud Foundry cannot do: ${reason}; leave it out, or say overlap or steps`,
    ]);
  }
  if (!isHere) found.push(...checkProblems(config));
  config.targets.forEach((target, index) => {
    if (isHere || !target['cloud-foundry']) return;
    found.push([['targets', index, 'cloud-foundry'], `has no effect on platform ${config.platform}`]);
  });
  return found;
}

/** The first check of each place that asks a part which no other platform has. */
function checkProblems(config: Config): readonly (readonly [readonly PropertyKey[], string])[] {
  const places = [
    [['verify'], config.verify],
    [['switch', 'checks'], config.switch.checks],
    [['bake', 'checks'], config.bake.checks],
  ] as const;
  return places.flatMap(([path, checks]) => {
    const index = checks.findIndex(check => 'log-cache' in check);
    const sentence = `asks log-cache, which platform ${config.platform} does not have`;
    return index < 0 ? [] : [[[...path, index], sentence] as const];
  });
}

/** Whether a target says where green comes from without a manifest. */
export function hasProgram({ platform }: Config, target: Config['targets'][number]): boolean {
  const { bits, 'droplet-of': droplet } = target['cloud-foundry'] ?? {};
  return platform === 'cloud-foundry' && [target.image, bits, droplet].some(given => given !== undefined);
}
