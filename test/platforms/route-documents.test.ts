import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DEMAND, LABELS, objectLike, RouteDocuments, SIZE } from '../../src/platforms/route-documents.js';
import type { Json, RouteState } from '../../src/release/model.js';

interface Red {
  readonly kind: 'red';
  readonly selector: Readonly<Record<string, string>>;
  readonly size: number;
  readonly demand: 'full' | 'restore';
  readonly overlap?: Readonly<Record<string, string>>;
}
interface Black {
  readonly kind: 'black';
  readonly pool: { readonly name: string };
}

const RED: Red = { kind: 'red', selector: { app: 'shop' }, size: 3, demand: 'full' };

const documents = () =>
  new RouteDocuments<Red | Black>(
    z.discriminatedUnion('kind', [
      z.looseObject({
        kind: z.literal('red'),
        selector: LABELS,
        size: SIZE,
        demand: DEMAND,
        overlap: LABELS.exactOptional(),
      }),
      z.looseObject({
        kind: z.literal('black'),
        pool: objectLike<{ name: string }>('a pool', ({ name }) => typeof name === 'string'),
      }),
    ]),
  );

const state = (document: unknown): RouteState => ({
  route: 'service/shop',
  slot: undefined,
  text: '',
  document: document as Json,
});
const recorded = (document: unknown) => state(JSON.parse(JSON.stringify(document)));

describe('a document', () => {
  test('comes back from a record as it was written, with fields that this version does not know', () => {
    const written = documents().write({ ...RED, added: 'later' } as Red);
    const read = documents().read(recorded(written));
    expect(read).toEqual({ ...RED, added: 'later' });
  });

  test('that is read twice is one and the same', () => {
    const [kept, route] = [documents(), recorded(RED)];
    expect(kept.read(route)).toBe(kept.read(route));
  });

  test('of another kind than is needed is refused', () => {
    const read = () => documents().readKind(recorded(RED), 'black');
    expect(read).toThrow(expect.objectContaining({ code: 'ROUTE_UNREADABLE', message: expect.stringMatching(/kind/) }));
  });
});

describe('a document that was edited is refused, and the sentence names the route and the place', () => {
  test.each([
    ['nothing', null, 'the whole is wrong (expected object, received null)'],
    ['a text', 'shop-blue', 'the whole is wrong (expected object, received string)'],
    ['a list', [RED], 'the whole is wrong (expected object, received array)'],
    ['an unknown kind', { ...RED, kind: 'green' }, 'kind is wrong'],
    ['a lost field', { ...RED, selector: undefined }, 'selector is wrong (expected record, received undefined)'],
    [
      'a number for a label',
      { ...RED, selector: { app: 1 } },
      'selector.app is wrong (expected string, received number)',
    ],
    ['a negative size', { ...RED, size: -1 }, 'size is wrong (Too small: expected number to be >=0)'],
    ['an unknown demand', { ...RED, demand: 'most' }, 'demand is wrong (expected one of "full"|"restore")'],
    ['something else for an object', { kind: 'black', pool: ['shop'] }, 'pool is wrong (expected a pool)'],
    ['another object', { kind: 'black', pool: {} }, 'pool is wrong (expected a pool)'],
  ])('%s', (_, document, words) => {
    expect(() => documents().read(recorded(document))).toThrow(
      expect.objectContaining({
        code: 'ROUTE_UNREADABLE',
        result: 'refused',
        message: expect.stringContaining(`says of service/shop cannot be used: ${words}`),
      }),
    );
  });

  test('with all of a routing: the first that is wrong', () => {
    const routing = { routes: [recorded(RED), recorded({ ...RED, size: 'three' })] };
    expect(() => documents().readAll(routing)).toThrow(/size is wrong \(expected number, received string\)/);
  });

  test('a key that is text of somebody else is told inert (P16)', () => {
    const read = () => documents().read(recorded({ ...RED, selector: { 'x\n::error::y': 1 } }));
    expect(read).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/\n/) }));
  });
});
