import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { applyPatch, call, configMap, configMaps, mergePatch, shopPath, startSeeded } from './support.js';

let platform: EmbeddedKubernetes;
beforeAll(async () => {
  platform = await startSeeded();
});
afterAll(() => platform.close());

describe('server-side apply', () => {
  const path = `${configMaps}/applied`;
  const apply = (manager: string, data: object, query = '') =>
    call(platform, 'PATCH', `${path}?fieldManager=${manager}${query}`, {
      type: applyPatch,
      body: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\ndata: ${JSON.stringify(data)}\n`,
    });

  test('creates, updates, and removes what the manager no longer applies', async () => {
    expect((await apply('a', { x: '1', y: '1' })).status).toBe(201);
    const again = await apply('a', { x: '2' });
    expect([again.status, again.body.data]).toEqual([200, { x: '2' }]);
    expect(again.body.metadata.managedFields).toMatchObject([
      { manager: 'a', operation: 'Apply', fieldsV1: { 'f:data': { 'f:x': {} } } },
    ]);
  });

  test('refuses to change what another manager owns, and takes it over by force', async () => {
    const refused = await apply('b', { x: '3' });
    expect([refused.status, refused.body.reason]).toEqual([409, 'Conflict']);
    expect(refused.body.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.data.x' },
    ]);
    expect((await apply('b', { x: '3' }, '&force=true')).body.data).toEqual({ x: '3' });
    // Now it is b's: a may let go of it without removing it.
    expect((await apply('a', { z: '1' })).body.data).toEqual({ x: '3', z: '1' });
  });

  test('shares a field that two managers set to the same value', async () => {
    await apply('c', { x: '3' });
    expect((await apply('b', { other: '1' })).body.data.x).toBe('3');
    expect((await apply('c', { own: '1' })).body.data.x).toBeUndefined();
  });

  test('wants to know who applies', async () => {
    const answer = await call(platform, 'PATCH', path, { type: applyPatch, body: configMap('applied') });
    expect([answer.status, answer.body.reason]).toEqual([422, 'Invalid']);
    expect(answer.body.message).toContain('fieldManager: Required value: is required for apply patch');
  });

  test('knows the fields that were written without apply, too', async () => {
    await call(platform, 'PATCH', `${shopPath}?fieldManager=hand`, {
      type: mergePatch,
      body: { spec: { selector: { color: 'blue', by: 'hand' } } },
    });
    const body = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop' },
      spec: { selector: { app: 'shop', color: 'green' } },
    };
    const refused = await call(platform, 'PATCH', `${shopPath}?fieldManager=ci`, { type: applyPatch, body });
    expect(refused.body.details.causes).toMatchObject([
      { message: 'conflict with "hand" using v1', field: '.spec.selector' },
    ]);
    const forced = await call(platform, 'PATCH', `${shopPath}?fieldManager=ci&force=true`, { type: applyPatch, body });
    // A selector is one value for the API: it is replaced, not merged.
    expect(forced.body.spec.selector).toEqual({ app: 'shop', color: 'green' });
  });
});
