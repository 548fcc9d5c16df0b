/** Our own Markdown as a person reads it in a plain log: tables in columns, no escapes. */

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&' };

/** Takes the Markdown that `report/` writes, not any other. Its charts stay out: a table beside each says the same. */
export function readable(markdown: string): string {
  const lines: string[] = [];
  let rows: string[][] = [];
  let isCode = false;
  let isChart = false;
  const endTable = () => {
    lines.push(...columns(rows));
    rows = [];
  };
  for (const line of markdown.split('\n')) {
    if (/^```/.test(line)) {
      isCode = !isCode;
      isChart = line === '```mermaid';
    } else if (isChart) continue;
    else if (isCode) lines.push(`    ${line}`);
    else if (/^\|/.test(line)) rows.push(cells(line));
    else {
      endTable();
      if (!/^<\/?details>$/.test(line)) lines.push(text(line.replace(/^#+ /, '')));
    }
  }
  endTable();
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** A separator row of a table has no text and becomes no line. */
function cells(line: string): string[] {
  return /^[|\s:-]+$/.test(line)
    ? []
    : line
        .split('|')
        .slice(1, -1)
        .map(cell => text(cell.trim()));
}

function columns(rows: readonly string[][]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows
    .filter(row => row.length > 0)
    .map(row => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}

function text(markdown: string): string {
  return markdown
    .replace(/<\/?(?:code|summary|strong)>/g, '')
    .replace(/\*\*(.+?)\*\*/g, '$1')
    .replace(/(?<!\\)`([^`]*)`/g, '$1')
    .replace(/\\([\\`*_[\]~$#+=>.)-])/g, '$1')
    .replace(/&#(\d+);/g, (_, code) => (code === '8203' ? '' : String.fromCharCode(Number(code))))
    .replace(/&(lt|gt|amp);/g, (_, name) => ENTITIES[name] ?? '');
}
