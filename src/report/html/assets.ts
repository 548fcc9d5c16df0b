/** The files that a page carries inside: its style, its script, and the library that draws the charts. */
import { readFile } from 'node:fs/promises';

/**
 * Paths that hold in src/ and in the compiled build/ alike, because both lie equally deep; the bundler finds them by
 * these words and puts the files beside the bundle.
 */
const FILES = {
  colours: new URL('../../../src/report/html/browser/colours.css', import.meta.url),
  page: new URL('../../../src/report/html/browser/page.css', import.meta.url),
  tables: new URL('../../../src/report/html/browser/tables.css', import.meta.url),
  script: new URL('../../../src/report/html/browser/page.js', import.meta.url),
  libraryLicense: new URL('../../../src/report/html/browser/uplot-license.txt', import.meta.url),
  library: new URL('../../../node_modules/uplot/dist/uPlot.iife.min.js', import.meta.url),
  libraryStyle: new URL('../../../node_modules/uplot/dist/uPlot.min.css', import.meta.url),
};

export interface Assets {
  readonly style: string;
  readonly script: string;
}

/** Throws when a file is not there. */
export async function readAssets(): Promise<Assets> {
  const read = (name: keyof typeof FILES) => readFile(FILES[name], 'utf8');
  const [license, library, script] = await Promise.all([read('libraryLicense'), read('library'), read('script')]);
  const styles = await Promise.all([read('libraryStyle'), read('colours'), read('page'), read('tables')]);
  const notice = `/*\nuPlot draws the charts. Its license:\n\n${license.trim()}\n*/`;
  return { style: styles.join('\n'), script: `${notice}\n${library}\n${script}` };
}
