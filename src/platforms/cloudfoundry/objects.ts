/** Resources of the v3 API, as far as a release reads them, and the marks that a release leaves on them. */

export type Texts = Readonly<Record<string, string>>;

/** A label of an app: the slot that it is, whatever it is called. */
export const SLOT_LABEL = 'cutover-slot';
/** A label of a route: the slot that it leads to for a while, and whose run may delete it. */
export const TEMPORARY_LABEL = 'cutover-temporary';
/** A label of an app that is no program: the release whose record it holds. */
export const RELEASE_LABEL = 'cutover-release';
/** An annotation of an app: the version that it runs, once everything of it is there. */
export const VERSION_ANNOTATION = 'cutover-version';
/** An annotation of an app that is still being made: the version that it is to have. */
export const MAKING_ANNOTATION = 'cutover-making';

export interface Metadata {
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
}

export interface Resource {
  readonly guid: string;
  readonly metadata?: Metadata;
}

export interface Link {
  readonly href: string;
}

export interface Named extends Resource {
  readonly name: string;
}

export interface Domain extends Named {
  readonly internal?: boolean;
  readonly router_group?: { readonly guid: string } | null;
  readonly supported_protocols?: readonly string[];
}

export interface App extends Named {
  readonly state: 'STARTED' | 'STOPPED';
  readonly lifecycle: { readonly type: string; readonly data: object };
}

export interface Process extends Resource {
  readonly type: string;
  readonly instances: number;
  readonly memory_in_mb: number;
  readonly disk_in_mb: number;
  readonly health_check?: { readonly type: string; readonly data?: { readonly endpoint?: string | null } };
  readonly readiness_health_check?: { readonly type: string };
}

/** One row of a process's statistics. */
export interface Instance {
  readonly type?: string;
  readonly index: number;
  readonly state: 'RUNNING' | 'STARTING' | 'STOPPING' | 'CRASHED' | 'DOWN';
  /** Null where Diego is too old to know, absent on Korifi. */
  readonly routable?: boolean | null;
  readonly instance_guid?: string | null;
  readonly uptime?: number;
  readonly details?: string | null;
}

export interface Destination {
  readonly guid: string;
  readonly app: { readonly guid: string; readonly process?: { readonly type?: string } };
  readonly port: number | null;
  readonly protocol: string | null;
}

export interface Route extends Resource {
  readonly host: string;
  readonly path: string;
  readonly port: number | null;
  readonly protocol?: string;
  /** Such as `shop.example.com/path`. */
  readonly url: string;
  readonly destinations: readonly Destination[];
  readonly options?: object | null;
  readonly relationships: {
    readonly domain: { readonly data: { readonly guid: string } };
    readonly space: { readonly data: { readonly guid: string } };
  };
}

export interface Droplet extends Resource {
  readonly state: 'AWAITING_UPLOAD' | 'PROCESSING_UPLOAD' | 'STAGED' | 'COPYING' | 'FAILED' | 'EXPIRED';
  readonly error?: string | null;
  readonly image?: string | null;
}

export interface Package extends Resource {
  readonly state: 'AWAITING_UPLOAD' | 'PROCESSING_UPLOAD' | 'READY' | 'FAILED' | 'COPYING' | 'EXPIRED';
  readonly data?: { readonly error?: string | null };
}

export interface Build extends Resource {
  readonly state: 'STAGING' | 'STAGED' | 'FAILED';
  readonly error?: string | null;
  readonly droplet?: { readonly guid: string } | null;
}

export interface Job extends Resource {
  readonly operation: string;
  readonly state: 'PROCESSING' | 'POLLING' | 'COMPLETE' | 'FAILED';
  readonly errors?: readonly { readonly detail?: string }[];
}

export interface Page<T> {
  readonly pagination: { readonly next: Link | null };
  readonly resources: readonly T[];
}

export interface Root {
  readonly links: Readonly<Record<string, Link | null | undefined>>;
  readonly cf_on_k8s?: boolean;
}

export function annotation({ metadata }: Resource, name: string): string | undefined {
  return metadata?.annotations?.[name] ?? undefined;
}

export function label({ metadata }: Resource, name: string): string | undefined {
  return metadata?.labels?.[name] ?? undefined;
}
