import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { workflowProblems, workflowsOf } from '../../scripts/lib/workflows.mjs';
import { ROOT, read } from './support/repository.js';

const ACTION = load(read('action.yml')) as { inputs: object; outputs: object };
const STEP = 'name: A\non: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n';

function problemsOf(steps: string, isOurs = false): Promise<string[]> {
  return workflowProblems([{ place: 'a.yml', text: STEP + steps, isOurs }], ACTION);
}

describe('workflows', () => {
  test('ours, those of the examples and those of the documentation have no faults', async () => {
    const workflows = workflowsOf(ROOT);
    const places = workflows.map(({ place }) => place.replace(/:\d+$/, ''));
    expect(places).toEqual(expect.arrayContaining(['README.md', '.github/workflows/ci.yml', 'docs/kubernetes.md']));
    expect(places.filter(place => place.startsWith('examples/')).length).toBeGreaterThanOrEqual(4);
    expect(await workflowProblems(workflows, ACTION)).toEqual([]);
  });

  test('ours may read the repository and no more, unless a job says why it needs to', () => {
    for (const { text } of workflowsOf(ROOT).filter(({ isOurs }) => isOurs)) {
      expect((load(text) as { permissions?: unknown }).permissions).toEqual({ contents: 'read' });
    }
  });

  test('the gate of CI waits for every other job', () => {
    const { jobs } = load(read('.github/workflows/ci.yml')) as { jobs: Record<string, { needs?: string[] }> };
    expect([...(jobs['ci-ok']?.needs ?? []), 'ci-ok'].sort()).toEqual(Object.keys(jobs).sort());
  });

  test.each([
    ['an input that does not exist', '      - uses: your-org/cutover@v0\n        with: { blu: a }\n', 'no input blu'],
    [
      'an output that does not exist',
      '      - { id: c, uses: your-org/cutover@v0 }\n      - { run: "echo ${{ steps.c.outputs.lives }}" }\n',
      'no output lives',
    ],
    ['a step that does not exist', '      - { run: "echo ${{ steps.x.outputs.y }}" }\n', 'x'],
    ['text of strangers in a script', '      - { run: "echo ${{ github.event.issue.title }}" }\n', 'untrusted'],
  ])('%s is found', async (_name, steps, words) => {
    expect((await problemsOf(steps)).join('\n')).toContain(words);
  });

  test.each(['actions/checkout@v6', 'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd'])(
    'in ours, %s is not pinned well enough',
    async use => {
      const steps = `      - uses: ${use}\n`;
      expect(await problemsOf(steps, true)).toEqual([expect.stringContaining('is not pinned')]);
      expect(await problemsOf(steps)).toEqual([]);
    },
  );
});
