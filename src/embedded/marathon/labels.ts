import { MarathonError } from './errors.js';

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

/**
 * Reads a label selector: `k`, `k==v`, `k!=v`, `k in (a,b)`, `k notin (a,b)`; a comma means "and".
 *
 * @throws MarathonError 422 for what is none
 */
export function labelSelector(text: string): Requirement {
  const requirements = split(text).map(requirement);
  return labels => requirements.every(matches => matches(labels));
}

/** Commas inside parentheses separate values, all others requirements. */
function split(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map(part => part.trim());
}

function requirement(text: string): Requirement {
  const name = String.raw`[A-Za-z0-9](?:[\w.\-/]*[A-Za-z0-9])?`;
  const set = new RegExp(`^(${name})\\s+(in|notin)\\s*\\(([^()]*)\\)$`).exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map(value => value.trim()));
    return operator === 'in'
      ? labels => values.has(labels[key] ?? '\0')
      : labels => key in labels && !values.has(labels[key] ?? '');
  }
  const [, key = '', operator, value = ''] = new RegExp(`^(${name})(?:\\s*(==|!=)\\s*(\\S+))?$`).exec(text) ?? [];
  if (key === '')
    throw new MarathonError(422, `Can not parse label selector ${text}. Reason: string matching regex expected`);
  if (operator === '==') return labels => labels[key] === value;
  if (operator === '!=') return labels => key in labels && labels[key] !== value;
  return labels => key in labels;
}
