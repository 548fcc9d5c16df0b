/** Approval on the platform itself: an annotation on what is released, or a record, by whoever may write there. */
import { asFailure } from '../failures.js';
import { plain } from '../lib/inert.js';
import type { DecisionPlace } from '../platforms/decision-place.js';
import type { Decision, OpenQuestion, Question } from '../release/ask.js';
import { answerPlace } from './answers.js';
import type { Tools } from './port.js';

/** Reads the annotations of the first target, or the record of an answer, until one names this plan's digest. */
export async function askOnPlatform(question: Question, tools: Tools, signal: AbortSignal): Promise<OpenQuestion> {
  const { gate, digest } = question;
  const where = await placeOf(question, tools, signal);
  const waits = `waiting for a decision about plan ${digest} in ${where.place}`;
  const look = async (own: AbortSignal): Promise<Decision | string> => {
    try {
      return decisionIn(await where.read(own), digest) ?? `${waits}: nothing about it yet`;
    } catch (thrown) {
      own.throwIfAborted();
      return `${waits}: ${asFailure(thrown).message}`;
    }
  };
  return {
    reference: where.place,
    how: where.place,
    link: undefined,
    invitation: [
      `Plan ${digest} waits for an approval before the ${gate}. To approve it, or to deny it, type:`,
      `  ${where.command('approve', digest)}`,
      `  ${where.command('deny', digest)}`,
    ].join('\n'),
    look,
    // An annotation stays: it is about this plan of this release, and says nothing about any other.
    close: async (_, own) => where.clear?.(own),
  };
}

async function placeOf(
  { digest, plan }: Question,
  { platform, targets }: Tools,
  signal: AbortSignal,
): Promise<DecisionPlace> {
  const first = targets.find(({ name }) => name === plan.targets[0]?.target);
  if (first && platform.decisions) return platform.decisions(first, signal);
  return answerPlace(platform.records, plan.release, digest);
}

/** A no weighs more than a yes. What names another plan is about that one. */
function decisionIn(
  { approve, deny, by }: Awaited<ReturnType<DecisionPlace['read']>>,
  digest: string,
): Decision | undefined {
  const who = [plain(by ?? 'somebody', 100)];
  if (deny === digest) return { decision: 'denied', by: who };
  return approve === digest ? { decision: 'approved', by: who } : undefined;
}
