/** YAML as kubectl reads it: what kubectl and the API would disagree about must not be guessed here. */
import { boolYaml11Tag, CORE_SCHEMA, intCoreTag, loadAll, mergeTag, NOT_RESOLVED, YAMLException } from 'js-yaml';

/**
 * kubectl's reader is of YAML 1.1 in three things that manifests rely on: `0644` is octal (file modes), `yes` and `on`
 * are booleans, and `<<` merges. In YAML 1.2 the first would silently become another file mode.
 */
const KUBECTL_SCHEMA = CORE_SCHEMA.withTags(
  mergeTag,
  {
    ...boolYaml11Tag,
    resolve: (source, isExplicit, tagName) =>
      source.length === 1 ? NOT_RESOLVED : boolYaml11Tag.resolve(source, isExplicit, tagName),
  },
  {
    ...intCoreTag,
    resolve: (source, isExplicit, tagName) =>
      /^[-+]?0[0-7]+$/.test(source) ? Number.parseInt(source, 8) : intCoreTag.resolve(source, isExplicit, tagName),
  },
);

export interface YamlMistake {
  /** From 1; undefined when the reader could not say. */
  readonly line: number | undefined;
  readonly reason: string;
}

/** All documents of a text, empty ones left out; or what is wrong with it. */
export function readYaml(text: string): { readonly documents: readonly unknown[] } | { readonly mistake: YamlMistake } {
  try {
    return { documents: loadAll(text, { schema: KUBECTL_SCHEMA }).filter(one => one !== null && one !== undefined) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = typeof error.mark?.line === 'number' ? error.mark.line + 1 : undefined;
    return { mistake: { line, reason: error.reason } };
  }
}
