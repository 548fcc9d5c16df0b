/** Marathon's launch queue: why an instance is not started. */
import type { Client } from './client.js';

interface QueueItem {
  readonly app?: { readonly id?: string };
  readonly count?: number;
  readonly delay?: { readonly timeLeftSeconds?: number; readonly overdue?: boolean };
  readonly processedOffersSummary?: {
    readonly processedOffersCount?: number;
    readonly rejectSummaryLastOffers?: readonly { readonly reason?: string; readonly declined?: number }[];
  };
}

export interface Waiting {
  /** Instances that wait to be started. */
  readonly count: number;
  /** Of a back-off after failures; 0 when nothing is waited out. */
  readonly delayedSeconds: number;
  /** Such as `InsufficientMemory (4 offers)`, the most frequent first. */
  readonly reasons: readonly string[];
}

/** What the queue says of an app; undefined when nothing of it waits. */
export async function readWaiting(client: Client, app: string, signal: AbortSignal): Promise<Waiting | undefined> {
  const answer = await client.get<{ readonly queue?: readonly QueueItem[] }>(
    'marathon',
    '/v2/queue',
    'read the launch queue',
    signal,
  );
  const item = answer?.queue?.find(one => one.app?.id === app);
  if (!item) return undefined;
  const declined = (item.processedOffersSummary?.rejectSummaryLastOffers ?? [])
    .filter(({ declined: offers = 0 }) => offers > 0)
    .sort((one, other) => (other.declined ?? 0) - (one.declined ?? 0));
  return {
    count: item.count ?? 0,
    delayedSeconds: item.delay?.overdue === false ? (item.delay.timeLeftSeconds ?? 0) : 0,
    reasons: declined.map(({ reason = 'unknown', declined: offers = 0 }) => `${reason} (${offers} offers)`),
  };
}

/** Such as `2 wait to be started, no offer fits: InsufficientMemory (4 offers)`. */
export function waitingText({ count, delayedSeconds, reasons }: Waiting): string {
  const parts = [
    `${count} wait to be started`,
    ...(delayedSeconds > 0 ? [`Marathon holds back for ${delayedSeconds} s after failures`] : []),
    ...(reasons.length > 0 ? [`no offer fits: ${reasons.join(', ')}`] : []),
  ];
  return parts.join(', ');
}
