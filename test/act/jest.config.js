import base from '../../jest.config.js';

/** The example workflows on a real runner; run.mjs brings one. Each test starts runners of its own. */
// biome-ignore lint/style/noDefaultExport: jest reads its configuration from the default export
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/act'],
  testPathIgnorePatterns: [],
  modulePathIgnorePatterns: ['<rootDir>/.cache/'],
  testTimeout: 60_000,
};
