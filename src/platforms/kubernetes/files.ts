/** Finds the files that a manifest input names: a file, a folder, or a glob. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

const YAML_FILE = /\.(ya?ml|json)$/i;

/**
 * Absolute paths, sorted. A folder gives its own YAML and JSON files, as `kubectl apply -f` does. Empty when there is
 * nothing; throws what the file system throws for anything but that.
 */
export async function findFiles(pattern: string, workspace: string): Promise<readonly string[]> {
  const path = resolve(workspace, pattern);
  const found = await kindOf(path);
  if (found === 'file') return [path];
  if (found === 'folder') {
    const names = await readdir(path);
    return names
      .filter(name => YAML_FILE.test(name))
      .sort()
      .map(name => join(path, name));
  }
  return /[*?[{]/.test(pattern) ? globFiles(path) : [];
}

async function globFiles(pattern: string): Promise<readonly string[]> {
  const parts = pattern.split(sep);
  const wild = parts.findIndex(part => /[*?[{]/.test(part));
  const root = parts.slice(0, wild).join(sep) || sep;
  if ((await kindOf(root)) !== 'folder') return [];
  const expression = globExpression(parts.slice(wild).join('/'));
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => expression.test(path.slice(root.length).split(sep).join('/').replace(/^\//, '')))
    .sort();
}

/** `*` and `?` stay within a folder, `**` crosses folders, `{a,b}` and `[abc]` choose. */
export function globExpression(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|\{[^}]*\}|\[[^\]]*\]|[^*?{[]/g, token => {
    if (token === '**/') return '(?:[^/]+/)*';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1 && token.startsWith('{'))
      return `(?:${token.slice(1, -1).split(',').map(escapeRegExp).join('|')})`;
    if (token.length > 1 && token.startsWith('[')) return `[${token.slice(1, -1).replace(/^!/, '^')}]`;
    return escapeRegExp(token);
  });
  return new RegExp(`^${source}$`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    const entry = await stat(path);
    return entry.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
