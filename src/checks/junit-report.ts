/** What a command says of its own tests, in JUnit XML. */
import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { plain } from '../lib/inert.js';
import type { CheckCase } from '../release/model.js';

/** Tests, or why there are none to rely on, as a sentence's end. */
export type Tests = { readonly cases: readonly CheckCase[] } | { readonly problem: string };

/** A report that is longer says nothing that a person would read. */
const LONGEST_BYTES = 20 * 1024 * 1024;
/** A file system may tell the time of a write a little early. */
const EARLY_MS = 100;

/**
 * Reads every file that `pattern` names (a file or a glob, within the workspace) and that was written since `startedAt`:
 * what an earlier run left is no proof of this one. No file, no test, and XML that is not well-formed are problems (P14).
 */
export async function readTests(pattern: string, workspace: string, startedAt: number): Promise<Tests> {
  const { glob } = await import('tinyglobby');
  const found = (await glob(pattern, { cwd: workspace, absolute: true, expandDirectories: false })).sort();
  const stats = await Promise.all(found.map(async file => ({ file, ...(await writtenAt(file)) })));
  const fresh = stats.filter(({ mtimeMs }) => mtimeMs >= startedAt - EARLY_MS);
  if (fresh.length === 0) {
    const old = found.length > 0 ? '; what bears that name was there before it began' : '';
    return { problem: `it wrote no file ${plain(pattern, 100)}${old}` };
  }
  if (fresh.reduce((sum, { size }) => sum + size, 0) > LONGEST_BYTES) {
    return { problem: `its reports are longer than ${LONGEST_BYTES} bytes` };
  }
  const cases: CheckCase[] = [];
  for (const { file } of fresh) {
    const read = await parseTests(await readFile(file, 'utf8'));
    if ('problem' in read)
      return { problem: `${plain(relative(workspace, file), 100)} cannot be read: ${read.problem}` };
    cases.push(...read.cases);
  }
  return cases.length === 0 ? { problem: 'no test is named in what it reported' } : { cases };
}

async function writtenAt(file: string): Promise<{ readonly mtimeMs: number; readonly size: number }> {
  const { mtimeMs, size } = await stat(file);
  return { mtimeMs, size };
}

/** Characters that XML 1.0 cannot carry, bare and as references: reporters leave the colours of terminals in. */
const NOT_IN_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  /[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:x0*(?:[0-8bcef]|1[\da-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));/gi;

/** A test that is being read. */
type Draft = { -readonly [key in keyof CheckCase]: CheckCase[key] };

/** The test cases of one document, wherever its suites nest them. */
export async function parseTests(xml: string): Promise<Tests> {
  const { SaxesParser } = await import('saxes');
  const parser = new SaxesParser();
  const cases: Draft[] = [];
  let draft: Draft | undefined;
  let told: string | undefined;
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'testcase') draft = draftOf(attributes);
    if (!draft) return;
    if (name === 'skipped' && draft.outcome === 'passed') draft.outcome = 'skipped';
    if (name !== 'failure' && name !== 'error') return;
    draft.outcome = 'failed';
    draft.message ||= plain(attributes.message ?? '', 300);
    told = '';
  });
  const hear = (text: string) => {
    if (told !== undefined && told.length < 2_000) told += text;
  };
  parser.on('text', hear);
  parser.on('cdata', hear);
  parser.on('closetag', ({ name }) => {
    if (draft && told !== undefined && (name === 'failure' || name === 'error')) {
      draft.message ||= plain(told, 300);
      told = undefined;
    }
    if (name !== 'testcase' || !draft) return;
    cases.push(draft);
    draft = undefined;
  });
  try {
    parser.write(xml.replace(NOT_IN_XML, '')).close();
  } catch (thrown) {
    return { problem: plain(thrown instanceof Error ? thrown.message : String(thrown), 200).replace(/\.$/, '') };
  }
  return { cases };
}

function draftOf({ name = '', classname = '', time = '' }: Readonly<Record<string, string>>): Draft {
  const seconds = Number(time.replaceAll(',', '')); // some write 1,234.5
  const durationMs = Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1_000) : 0;
  return { name: plain(name, 200), group: plain(classname, 200), outcome: 'passed', message: '', durationMs };
}
