/** action.yml, from the tables of inputs and outputs. */
import { dump } from 'js-yaml';
import { sentence } from './tables.mjs';

const HEADER = '# Made by `npm run generate` from src/inputs.ts: edit that file, not this one.\n';

/**
 * Inputs have no `default:` but where only the runner knows it. An empty input counts as not given, and the configuration's schema holds the defaults, so
 * that a value in cutover.yml is never overruled by a default that nobody wrote.
 */
export function actionYaml(inputs, outputs) {
  const document = {
    name: 'Cutover',
    description:
      'Releases a new version by blue-green cutover, proves it before and after the switch, and goes back by itself.',
    author: 'The Cutover maintainers',
    branding: { icon: 'toggle-right', color: 'green' },
    inputs: Object.fromEntries(inputs.map(input => [input.name, actionInput(input)])),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, description]) => [name, { description }])),
    runs: { using: 'node24', main: 'dist/index.js', post: 'dist/index.js', 'post-if': 'always()' },
  };
  return HEADER + dump(document, { lineWidth: 120, quoteStyle: 'single' });
}

function actionInput(input) {
  const description = sentence(input);
  return input.inAction === undefined ? { description } : { description, default: input.inAction };
}
