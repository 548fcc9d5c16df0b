import base from '../../jest.config.js';

/** The real cf CLI, which run.mjs brings. It looks every three seconds whether something is done. */
// biome-ignore lint/style/noDefaultExport: jest reads its configuration from the default export
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/cf-cli'],
  testPathIgnorePatterns: [],
  modulePathIgnorePatterns: ['<rootDir>/.cache/'],
  testTimeout: 120_000,
};
