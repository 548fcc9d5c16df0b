import type { Stage } from './stage.js';

/** Where the API of a platform is, and how its administrator is known to it. */
export interface ServerAddress {
  readonly url: string;
  /** Sent as `Authorization: Bearer` with requests that bring no credentials of their own. */
  readonly token?: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** What is there before a release. */
export interface Before {
  /** The version that blue serves; `v1` unless told. Its ending may name a behaviour, see `Ground`. */
  readonly version?: string;
  /** Only the route, and nothing that serves: the next release is the first one. */
  readonly isEmpty?: boolean;
  /** Whether users get answers before the release; true unless told, or empty. */
  readonly isServing?: boolean;
}

/**
 * What the scenarios stand on: a platform with nothing of theirs in it, and a program that behaves as the ending of its
 * version says: `-crash` ends at once, `-unready` never gets ready, `-abrupt` drops its connections when it is told to
 * go, `-failing` gets ready and answers users with 500.
 */
export interface Ground extends AsyncDisposable {
  /** Opens a stage of its own, with a shop of three instances live in its blue slot. */
  stage(before?: Before): Promise<Stage>;
}

export type OpenGround<G extends Ground = Ground> = () => Promise<G>;
