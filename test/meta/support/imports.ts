/** The import lines of a source file. */
import { dirname, join, normalize } from 'node:path';

/** One import line: from a file of src to a file of src (without its ending), or to a package. */
export interface Edge {
  /** Such as `src/release/plan.ts`. */
  readonly from: string;
  /** Such as `src/release/model`, `axios` or `node:fs`. */
  readonly to: string;
  /** `import type`, or nothing but types between the braces. */
  readonly typesOnly: boolean;
  /** `import()`. */
  readonly lazy: boolean;
  /** From 1. */
  readonly line: number;
}

/** `import ... from`, `export ... from` and `import '...'`; the names may go over several lines. */
const STATIC = /^(?:import|export)\s+(?:(type)\s+)?(?:([\w\s*,{}$]+?)\s+from\s+)?'([^']+)'/gm;
const LAZY = /\bimport\(\s*'([^']+)'\s*\)/g;
const ONLY_TYPES = /^\{(\s*type\s+\w+(\s+as\s+\w+)?\s*,?)+\s*\}$/;

export function importsOf(path: string, source: string): readonly Edge[] {
  const line = (index: number) => source.slice(0, index).split('\n').length;
  const statics = [...source.matchAll(STATIC)].map(({ 1: type, 2: names = '', 3: to = '', index }) => ({
    from: path,
    to: resolved(path, to),
    typesOnly: type !== undefined || ONLY_TYPES.test(names),
    lazy: false,
    line: line(index),
  }));
  const lazies = [...source.matchAll(LAZY)].map(({ 1: to = '', index }) => ({
    from: path,
    to: resolved(path, to),
    typesOnly: false,
    lazy: true,
    line: line(index),
  }));
  return [...statics, ...lazies];
}

function resolved(from: string, to: string): string {
  return to.startsWith('.') ? normalize(join(dirname(from), to)).replace(/\.js$/, '') : to;
}
