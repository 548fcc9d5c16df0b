/** Every file that is made from the tables in src, by path. */
import { actionYaml } from './action.mjs';
import { gitlabTemplate } from './gitlab.mjs';
import { schemaDocument } from './schema.mjs';
import { inputTable, outputTable, replaceBetween } from './tables.mjs';

/**
 * @param inputs the table of inputs
 * @param outputs name to description
 * @param configuration the zod schema of a configuration
 * @param result the JSON schema of result.json
 * @param readme the README as it is: only what stands between its markers is replaced
 */
export function generatedFiles({ inputs, outputs, configuration, result, readme }) {
  const withInputs = replaceBetween(readme, 'inputs', inputTable(inputs));
  return {
    'action.yml': actionYaml(inputs, outputs),
    'gitlab/templates/cutover/template.yml': gitlabTemplate(inputs),
    'README.md': replaceBetween(withInputs, 'outputs', outputTable(outputs)),
    'schemas/cutover.schema.json': json(schemaDocument(configuration, inputs)),
    'schemas/result.schema.json': json(result),
  };
}

/** Lists of plain values stand on one line where they fit, as the formatter of this repository writes them. */
function json(document) {
  const text = JSON.stringify(document, null, 2).replace(/^(.*)\[\n([^[\]{}]*)\n\s*\]/gm, (whole, before, items) => {
    const line = `${before}[${items.trim().replace(/\s*\n\s*/g, ' ')}]`;
    return line.length < 120 ? line : whole;
  });
  return `${text}\n`;
}
