/** Copyable snippets in Markdown: fenced blocks of YAML, whose first line is a comment that says which file they are. */

const FENCE = /^```ya?ml\n([\s\S]*?)^```/gm;

/** @returns place (`README.md:40`), the file's name (undefined when the first line names none) and the text, in order */
export function snippetsOf(path, markdown) {
  return [...markdown.matchAll(FENCE)].map(({ 1: text, index }) => {
    const line = markdown.slice(0, index).split('\n').length + 1;
    return { place: `${path}:${line}`, file: /^# (\S+\.ya?ml)$/m.exec(text.split('\n')[0])?.[1], text };
  });
}

export function isWorkflow(file) {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/.test(file ?? '');
}
