/** The JSON schema of cutover.yml, for editors, from the schema that the program itself validates with. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

/**
 * @param json what zod makes of the schema (input side)
 * @param inputs the table of inputs: its descriptions fill in for fields that have none
 */
export function schemaDocument(json, inputs) {
  const { $schema, ...rest } = structuredClone(json);
  const body = walk(rest);
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

/** Defaults of durations are milliseconds inside the program and words in the file. */
function walk(node) {
  if (Array.isArray(node)) return node.map(walk);
  if (typeof node !== 'object' || node === null) return node;
  const made = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
  if (made.type === 'string' && typeof made.default === 'number') made.default = words(made.default);
  if (made.format === 'starts_with') delete made.format; // the pattern beside it says the same, and editors know it
  return made;
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
  if (node && node !== root) node.description ??= description;
}
