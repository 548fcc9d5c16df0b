/** Where a person decides with the platform's own client, or with the commands `approve` and `deny`. */

/** A place on the platform for a person's decision at a gate, such as annotations of a Service. */
export interface DecisionPlace {
  /** Such as `annotations of service/shop in namespace shop`. */
  readonly place: string;
  /** What a person types to decide about the plan with this digest. */
  command(decision: 'approve' | 'deny', digest: string): string;
  /** The digests that were last approved and denied there, and who says to have done so. */
  read(signal: AbortSignal): Promise<{
    readonly approve: string | undefined;
    readonly deny: string | undefined;
    readonly by: string | undefined;
  }>;
  /** Takes away what was written there, where it would be litter. */
  clear?(signal: AbortSignal): Promise<void>;
}
