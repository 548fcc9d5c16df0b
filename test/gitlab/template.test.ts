import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { INPUTS } from '../../src/inputs.js';
import { TEMPLATE } from './pipeline.js';

interface Spec {
  readonly component: readonly string[];
  readonly inputs: Readonly<
    Record<string, { description: string; type: string; default: unknown; options?: string[] }>
  >;
}

type Jobs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const [{ spec }, jobs] = loadAll(readFileSync(TEMPLATE, 'utf8')) as [{ spec: Spec }, Jobs];
/** There is no token for GitHub here, and nobody who answers on an issue. */
const NOT_HERE = ['verb', 'github-token', 'approvers', 'approvals'];
const shared = INPUTS.filter(({ name }) => !NOT_HERE.includes(name));

describe('the component', () => {
  test.each(shared)('has the input $name of the action, with its choices', ({ name, kind, options }) => {
    const input = spec.inputs[name];
    expect(input?.type).toBe(kind === 'boolean' ? 'boolean' : 'string');
    const choices = options?.filter(option => name !== 'approval' || option !== 'issue');
    if (choices && kind === 'choice') expect(input?.options).toEqual(['', ...choices]);
    expect(input).toHaveProperty('default');
  });

  test('offers no way of approval that cannot work here', () => {
    expect(spec.inputs.approval?.options).toEqual(['', 'environment', 'annotation', 'url', 'none']);
    expect(spec.inputs.approval?.description).not.toMatch(/issue/);
  });

  test('removes blue only after every stage in which something may fail', () => {
    const teardown = jobs['$[[ inputs.job-prefix ]]teardown'];
    expect(teardown?.stage).toBe('$[[ inputs.teardown-stage ]]');
    expect(teardown).not.toHaveProperty('needs');
    expect(spec.inputs['teardown-stage']?.default).toBe('.post');
  });

  test('describes every input in whole sentences', () => {
    for (const { description } of Object.values(spec.inputs)) expect(description).toMatch(/^[A-Z].*\.$/s);
  });

  test('passes every input on under the name that the program reads, and knows of no others', () => {
    const base = Object.entries(jobs).find(([name]) => name.startsWith('.'))?.[1].variables as Record<string, string>;
    const passed = Object.keys(base).filter(name => name.startsWith('CUTOVER_'));
    expect(passed.sort()).toEqual(shared.map(({ name }) => variable(name)).sort());
    for (const { name } of shared) expect(base[variable(name)]).toBe(`$[[ inputs.${name} ]]`);
  });

  test('asks for no more than it declares, and uses all that it declares', () => {
    const text = readFileSync(TEMPLATE, 'utf8');
    const used = new Set([...text.matchAll(/\$\[\[ inputs\.([-a-z]+) \]\]/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(spec.inputs).sort());
    const context = new Set([...text.matchAll(/\$\[\[ component\.([a-z]+) \]\]/g)].map(([, name]) => name));
    expect(spec.component).toEqual(expect.arrayContaining([...context]));
  });

  test('sets nothing for the whole pipeline of its user, and names every job by its prefix', () => {
    for (const name of Object.keys(jobs)) expect(name).toMatch(/^\.?\$\[\[ inputs\.job-prefix \]\]/);
  });

  test('makes one job a deployment of the environment: the one that switches', () => {
    const starting = Object.entries(jobs).filter(([, { environment }]) => {
      const { action } = (environment ?? {}) as { action?: string };
      return action === 'start';
    });
    expect(starting.map(([name]) => name)).toEqual(['$[[ inputs.job-prefix ]]switch']);
  });
});

function variable(name: string): string {
  return `CUTOVER_${name.toUpperCase().replaceAll('-', '_')}`;
}
