/**
 * The record of a release as apps without a program, one for each revision: the name of an app is unique in its space, so
 * that of two runs only one can create it. Annotations hold the text in pieces, for one has 5000 characters at most.
 */
import { type Revision, type RevisionShelf, Revisions } from '../../lib/revisions.js';
import type { RecordStore } from '../port.js';
import { createApp, deleteApp } from './apps.js';
import { cfFailure, hasCode } from './failures.js';
import type { Foundation } from './foundation.js';
import { type App, annotation, RELEASE_LABEL } from './objects.js';

const PIECE_CHARACTERS = 4_500;
/** A foundation allows 200 annotations of a resource unless its operators say otherwise. */
const MOST_PIECES = 190;
const PIECE = 'cutover-record-';

export function recordsOf(foundation: () => Promise<Foundation>): RecordStore {
  return new Revisions(new Shelf(foundation));
}

class Shelf implements RevisionShelf {
  private readonly foundation: () => Promise<Foundation>;
  private opened: Foundation | undefined;

  constructor(foundation: () => Promise<Foundation>) {
    this.foundation = foundation;
  }

  async list(release: string, signal: AbortSignal): Promise<readonly Revision[]> {
    const apps = await this.apps(release, signal);
    return apps.flatMap(app => {
      const text = textOf(app);
      return text === undefined ? [] : [{ number: numberOf(release, app), text }];
    });
  }

  async add(release: string, { number, text }: Revision, signal: AbortSignal): Promise<boolean> {
    const annotations = piecesOf(text);
    const body = { metadata: { labels: { [RELEASE_LABEL]: release }, annotations } };
    try {
      await createApp(await this.open(), `${prefixOf(release)}${number}`, body, app => textOf(app) === text, signal);
      return true;
    } catch (error) {
      if (!hasCode(error, 'CONFLICT')) throw error;
      return false;
    }
  }

  async remove(release: string, number: number, signal: AbortSignal): Promise<void> {
    const app = (await this.apps(release, signal)).find(one => numberOf(release, one) === number);
    if (app) await deleteApp(await this.open(), app, signal);
  }

  command(release: string): string {
    return `cf curl '/v3/apps?label_selector=${RELEASE_LABEL}=${release}' | jq '.resources[].metadata.annotations'`;
  }

  debug(text: string): void {
    this.opened?.client.debug(text);
  }

  private async apps(release: string, signal: AbortSignal): Promise<readonly App[]> {
    const foundation = await this.open();
    const space = await foundation.space(signal);
    const selector = encodeURIComponent(`${RELEASE_LABEL}=${release}`);
    const path = `/v3/apps?space_guids=${space}&label_selector=${selector}`;
    const found = await foundation.client.list<App>(path, `list the records of ${release}`, signal);
    return found.filter(app => Number.isInteger(numberOf(release, app)));
  }

  private async open(): Promise<Foundation> {
    this.opened ??= await this.foundation();
    return this.opened;
  }
}

function prefixOf(release: string): string {
  return `cutover-${release}-r`;
}

/** Not a number for an app that is no record of this release. */
function numberOf(release: string, { name }: App): number {
  const rest = name.startsWith(prefixOf(release)) ? name.slice(prefixOf(release).length) : '';
  return /^\d+$/.test(rest) ? Number(rest) : Number.NaN;
}

/** How many pieces there are comes first: a text of which one is missing is none. */
function piecesOf(text: string): Readonly<Record<string, string>> {
  const characters = Array.from(text);
  const count = Math.max(1, Math.ceil(characters.length / PIECE_CHARACTERS));
  if (count > MOST_PIECES) {
    throw cfFailure('RECORD_TOO_LONG', { length: characters.length, limit: MOST_PIECES * PIECE_CHARACTERS });
  }
  const pieces = Array.from({ length: count }, (_, index) => [
    `${PIECE}${index}`,
    characters.slice(index * PIECE_CHARACTERS, (index + 1) * PIECE_CHARACTERS).join(''),
  ]);
  return Object.fromEntries([[`${PIECE}pieces`, String(count)], ...pieces]);
}

function textOf(app: App): string | undefined {
  const count = Number(annotation(app, `${PIECE}pieces`));
  const pieces = Array.from({ length: count || 0 }, (_, index) => annotation(app, `${PIECE}${index}`));
  return pieces.length > 0 && pieces.every(piece => piece !== undefined) ? pieces.join('') : undefined;
}
