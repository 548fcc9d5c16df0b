/**
 * A person's answer as a record of its own beside the release's: the way to answer on a platform that has no annotations.
 * Whoever may write records there may decide.
 */
import type { DecisionPlace } from '../platforms/decision-place.js';
import type { RecordStore } from '../platforms/port.js';

export interface Answer {
  readonly decision: 'approve' | 'deny';
  readonly by: string;
  readonly at: number;
}

/** Answers about two plans are two records: none can be taken for the other. */
function nameOf(release: string, digest: string): string {
  return `${release}-${digest}`;
}

/** Writes an answer in the place of an earlier one about the same plan. */
export async function writeAnswer(
  store: RecordStore,
  about: { readonly release: string; readonly digest: string },
  answer: Answer,
  signal: AbortSignal,
): Promise<void> {
  const name = nameOf(about.release, about.digest);
  const text = `${JSON.stringify(answer, null, 2)}\n`;
  while (true) {
    const before = await store.read(name, signal);
    const written = before
      ? await store.update(name, text, before.revision, signal)
      : await store.create(name, text, signal);
    if (written) return;
  }
}

/** The record of the answer, as a place where people decide. It goes when the question is over. */
export function answerPlace(store: RecordStore, release: string, digest: string): DecisionPlace {
  const name = nameOf(release, digest);
  return {
    place: `the record ${name}`,
    command: decision => `node dist/index.js ${decision} ${digest} --config cutover.yml`,
    read: async signal => {
      const stored = await store.read(name, signal);
      const answer = stored && readAnswer(stored.text);
      return {
        approve: answer?.decision === 'approve' ? digest : undefined,
        deny: answer?.decision === 'deny' ? digest : undefined,
        by: answer?.by,
      };
    },
    clear: async signal => {
      const stored = await store.read(name, signal);
      if (stored) await store.remove(name, stored.revision, signal);
    },
  };
}

/** Anything else than an answer says nothing. */
function readAnswer(text: string): Partial<Answer> | undefined {
  try {
    return (JSON.parse(text) as Partial<Answer> | null) ?? undefined;
  } catch {
    return undefined;
  }
}
