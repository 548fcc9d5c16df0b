/** The JSON schema of cutover.yml, for editors, from the schema that the program itself validates with. */
import { z } from 'zod';

/** What every duration says of itself when nothing better is said of it. */
const GENERIC = /^A duration in words/;

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

/**
 * @param configuration the zod schema of a configuration
 * @param inputs the table of inputs: its descriptions fill in for fields that have none
 */
export function schemaDocument(configuration, inputs) {
  const options = { io: 'input', target: 'draft-2020-12', override: inWords };
  const { $schema, ...body } = z.toJSONSchema(configuration, options);
  for (const { path, description } of inputs) describe(body, path, description);
  // A file need not say what inputs say, or what has a default that only the program knows (the commit).
  delete body.required;
  const target = body.properties.targets.items;
  target.required = target.required.filter(name => name !== 'name');
  return {
    $schema,
    $id: 'urn:cutover:configuration:0',
    title: 'cutover.yml',
    description: 'What a release by Cutover consists of. Inputs of the action win over this file.',
    ...body,
  };
}

/** Durations and shares are numbers inside the program and words in the file, so zod leaves their defaults out. */
function inWords({ zodSchema, jsonSchema }) {
  const { type, defaultValue } = zodSchema._zod.def;
  if (type === 'default' && typeof defaultValue === 'number' && jsonSchema.type === 'string') {
    jsonSchema.default = jsonSchema.pattern?.includes('%') ? `${defaultValue * 100}%` : words(defaultValue);
  }
  // The pattern beside it says the same, and editors know it.
  if (jsonSchema.format === 'starts_with') delete jsonSchema.format;
}

/** `90000` -> `1m30s`. */
export function words(milliseconds) {
  if (milliseconds === 0) return 'immediately';
  let left = milliseconds;
  return UNITS.map(([unit, size]) => {
    const amount = Math.floor(left / size);
    left -= amount * size;
    return amount > 0 ? `${amount}${unit}` : '';
  }).join('');
}

function describe(root, path, description) {
  let node = root;
  for (const part of path.split('.').filter(Boolean)) {
    node = /^\d+$/.test(part) ? node?.items : node?.properties?.[part];
  }
  if (!node || node === root) return;
  if (!node.description || GENERIC.test(node.description)) node.description = description;
}
