/** Lints every workflow: ours, those of the examples, and those in the documentation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { workflowProblems, workflowsOf } from './lib/workflows.mjs';

const root = join(fileURLToPath(import.meta.url), '../..');
const action = load(readFileSync(join(root, 'action.yml'), 'utf8'));
const workflows = workflowsOf(root);
const problems = await workflowProblems(workflows, action);

for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`${workflows.length} workflows have no faults.`);
// The linter is a program that waits for more work.
process.exit(problems.length === 0 ? 0 : 1);
