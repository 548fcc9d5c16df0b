/** The documents of a manifest: one file, or a folder of them, in JSON or YAML. Read without any contact. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadAll, YAMLException } from 'js-yaml';

const DOCUMENT_FILE = /\.(ya?ml|json)$/i;

export type Document = Readonly<Record<string, unknown>> & { readonly kind?: string };

export interface Documents {
  readonly documents: readonly Document[];
  /** One sentence each. */
  readonly mistakes: readonly string[];
  /** Commas behind a last entry of what is JSON without them, such as `test-blue.json, line 34`. */
  readonly strayCommas: readonly string[];
}

const NO_DOCUMENTS: Documents = { documents: [], mistakes: [], strayCommas: [] };

/** Everything that a manifest names, in the order of the files' names; what the file system throws is thrown. */
export async function readDocuments(manifest: string, workspace: string): Promise<Documents> {
  const files = await filesOf(manifest, workspace);
  if (files.length === 0) {
    const mistake = `${manifest} is not a file in the workspace, nor a folder with JSON or YAML files.`;
    return { ...NO_DOCUMENTS, mistakes: [mistake] };
  }
  const read = await Promise.all(
    files.map(async file => parse(file, await readFile(resolve(workspace, file), 'utf8'))),
  );
  return {
    documents: read.flatMap(({ documents }) => documents),
    mistakes: read.flatMap(({ mistakes }) => mistakes),
    strayCommas: read.flatMap(({ strayCommas }) => strayCommas),
  };
}

/** Paths that are relative to the workspace. */
async function filesOf(manifest: string, workspace: string): Promise<readonly string[]> {
  try {
    const path = resolve(workspace, manifest);
    if (!(await stat(path)).isDirectory()) return [manifest];
    const names = await readdir(path);
    return names
      .filter(name => DOCUMENT_FILE.test(name))
      .sort()
      .map(name => join(manifest, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return [];
  }
}

function parse(file: string, text: string): Documents {
  return (text.trimStart().startsWith('{') ? parseJson(file, text) : undefined) ?? parseYaml(file, text);
}

/** A string, or a comma with nothing but space between it and the bracket that closes. */
const STRING_OR_STRAY = /"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g;

/** Undefined: it is not JSON without its stray commas either. */
function parseJson(file: string, text: string): Documents | undefined {
  const lines: number[] = [];
  const repaired = text.replace(STRING_OR_STRAY, (found, at: number) => {
    if (found !== ',') return found;
    lines.push(text.slice(0, at).split('\n').length);
    return '';
  });
  try {
    const documents = [JSON.parse(repaired)];
    return { ...NO_DOCUMENTS, documents, strayCommas: lines.map(line => `${file}, line ${line}`) };
  } catch {
    return undefined; // it may be YAML that begins with a brace; if not, that is what is said
  }
}

function parseYaml(file: string, text: string): Documents {
  try {
    return { ...NO_DOCUMENTS, documents: loadAll(text, { filename: file }).filter(isObject) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = error.mark ? `, line ${error.mark.line + 1},` : '';
    return { ...NO_DOCUMENTS, mistakes: [`${file}${at} is neither JSON nor YAML: ${error.reason}.`] };
  }
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
