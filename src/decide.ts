/** `approve DIGEST` and `deny DIGEST`: a person's answer at a gate whose question names the plan by its digest. */
import { configOf, openPlatform } from './command.js';
import { failure } from './failures.js';
import { writeAnswer } from './gates/answers.js';
import { pickHost } from './hosts/index.js';
import type { World } from './hosts/port.js';
import { systemClock } from './lib/poll.js';
import { releaseName } from './release/plan.js';

const DIGEST = /^[0-9a-f]{20}$/;

/** Writes the answer where the waiting run looks for it. @throws INVALID_CONFIGURATION, and failures of the platform. */
export async function decide(world: World): Promise<number> {
  const [word, digest = '', ...rest] = world.arguments;
  if (!DIGEST.test(digest)) {
    const problem = `"${digest}" is not the digest of a plan; the waiting run prints the whole command.`;
    throw failure('INVALID_CONFIGURATION', { problems: [problem] });
  }
  const decision = word === 'deny' ? 'deny' : 'approve';
  // It needs to know the release and its platform, and nothing of what a release would do.
  const reading = { ...world, arguments: ['status', ...rest] };
  const host = await pickHost(reading);
  const config = await configOf(host, reading);
  await using platform = await openPlatform(host, reading, config);
  const answer = { decision, by: host.run.actor, at: systemClock.now() } as const;
  await writeAnswer(platform.records, { release: releaseName(config), digest }, answer, world.signal);
  const past = decision === 'approve' ? 'approved' : 'denied';
  host.log.info(
    `Plan ${digest} of ${releaseName(config)} is ${past} by ${answer.by}. The waiting run sees it at its next look.`,
  );
  return 0;
}
