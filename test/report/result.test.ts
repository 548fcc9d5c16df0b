import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../src/failures.js';
import type { Result } from '../../src/release/model.js';
import { resultJson } from '../../src/report/result.js';
import { resultJsonSchema, resultSchema } from '../../src/report/result-schema.js';
import { invalid, rolledBack, START, shop, succeeded } from './outcomes.js';

const written = (outcome: Parameters<typeof resultJson>[0]) => JSON.parse(JSON.stringify(resultJson(outcome)));

describe('result.json', () => {
  test.each([
    ['a success', succeeded],
    ['a rollback', rolledBack],
    ['a run that never began', invalid],
  ])('of %s is what its schema says, as written to the file', (_name, outcome) => {
    expect(resultSchema.parse(written(outcome))).toEqual(resultJson(outcome));
  });

  test.each(Object.keys(EXIT_CODES) as Result[])('knows the result %s and its exit code', result => {
    const document = resultSchema.parse(written({ ...succeeded, result }));
    expect(document).toMatchObject({ result, exitCode: EXIT_CODES[result] });
  });

  test('has what a program asks first at its top', () => {
    expect(written(succeeded)).toMatchObject({
      format: 1,
      result: 'succeeded',
      exitCode: 0,
      live: 'shop-green',
      previous: 'shop-blue',
      version: 'v2',
      startedAt: START,
      durationMs: 80_000,
      switchedAt: START + 30_000,
      rollbackCommand: shop.rollbackCommand,
      evidence: { requests: 1_200, failed: 0, switches: [{ answeredInMs: 12 }] },
    });
  });

  test('sums up several targets and probes', () => {
    const [probe] = rolledBack.evidence.probes;
    const document = written({
      ...rolledBack,
      targets: [
        { ...shop, rollbackCommand: 'one' },
        { ...shop, target: 'cart', rollbackCommand: 'two', switchedAt: START + 40_000 },
      ],
      evidence: { switches: [], probes: [probe, probe] },
    } as typeof rolledBack);
    expect(document).toMatchObject({
      rollbackCommand: 'one && two',
      switchedAt: START + 40_000,
      evidence: { requests: 1_800, failed: 6 },
    });
  });

  test('says null where something is not known, and leaves nothing out', () => {
    const document = written(invalid);
    expect(document).toMatchObject({
      live: null,
      previous: null,
      switchedAt: null,
      rollbackCommand: null,
      targets: [],
    });
    const [target] = written({ ...succeeded, targets: [{ ...shop, live: undefined, liveVersion: undefined }] }).targets;
    expect(target).toMatchObject({ live: null, liveVersion: null });
  });
});

describe('its JSON schema', () => {
  test('is closed, and asks for every field', () => {
    const schema = resultJsonSchema() as { required: string[]; properties: object; additionalProperties: boolean };
    expect(schema.additionalProperties).toBe(false);
    expect([...schema.required].sort()).toEqual(Object.keys(schema.properties).sort());
    expect(resultSchema.safeParse({ ...written(succeeded), more: 1 }).success).toBe(false);
  });

  test('keeps every name that it ever had: programs look for them', async () => {
    const names = await readFile(new URL('golden/result-fields.txt', import.meta.url), 'utf8');
    const now = new Set(fieldsOf(resultJsonSchema() as Schema, ''));
    expect(now.size).toBeGreaterThan(80);
    const gone = names
      .trim()
      .split('\n')
      .filter(name => !now.has(name));
    expect(gone).toEqual([]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** Every field as a path, such as `targets[].live`. */
function fieldsOf({ properties = {}, items, anyOf = [] }: Schema, path: string): readonly string[] {
  const below = Object.entries(properties).flatMap(([name, field]) => {
    const own = path === '' ? name : `${path}.${name}`;
    return [own, ...fieldsOf(field, own)];
  });
  return [...below, ...(items ? fieldsOf(items, `${path}[]`) : []), ...anyOf.flatMap(part => fieldsOf(part, path))];
}
