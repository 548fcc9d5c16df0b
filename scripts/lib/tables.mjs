/** Inputs and outputs as people read them: sentences for action.yml, Markdown tables for the README. */

/** An input's description with its choices and its default. */
export function sentence({ description, options, default: shown }) {
  const parts = [description];
  if (options && options.length > 1) parts.push(`One of: ${options.join(', ')}.`);
  if (shown !== undefined) parts.push(`Default: ${shown}.`);
  return parts.join(' ');
}

export function inputTable(inputs) {
  const rows = inputs.map(({ name, description, options, default: shown }) => {
    const choices = options && options.length > 1 ? ` One of ${options.map(code).join(', ')}.` : '';
    return [code(name), `${cell(description)}${choices}`, shown === undefined ? '' : cell(shown)];
  });
  return table(['input', 'what it says', 'default'], rows);
}

export function outputTable(outputs) {
  return table(
    ['output', 'what it holds'],
    Object.entries(outputs).map(([name, description]) => [code(name), cell(description)]),
  );
}

/** The text with what stands between the markers `<!-- name -->` and `<!-- /name -->` replaced. */
export function replaceBetween(text, name, content) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The markers ${begin} and ${end} are missing, or in the wrong order.`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

function code(text) {
  return `\`${text}\``;
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
