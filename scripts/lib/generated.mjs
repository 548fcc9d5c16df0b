/** Every file that is made from the tables in src, by path. */
import { actionYaml } from './action.mjs';
import { schemaDocument } from './schema.mjs';
import { inputTable, outputTable, replaceBetween } from './tables.mjs';

/**
 * @param inputs the table of inputs
 * @param outputs name to description
 * @param configuration the JSON schema of a configuration, as zod makes it
 * @param readme the README as it is: only what stands between its markers is replaced
 */
export function generatedFiles({ inputs, outputs, configuration, readme }) {
  const withInputs = replaceBetween(readme, 'inputs', inputTable(inputs));
  return {
    'action.yml': actionYaml(inputs, outputs),
    'README.md': replaceBetween(withInputs, 'outputs', outputTable(outputs)),
    'schemas/cutover.schema.json': `${JSON.stringify(schemaDocument(configuration, inputs), null, 2)}\n`,
  };
}
