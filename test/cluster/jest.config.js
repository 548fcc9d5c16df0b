import base from '../../jest.config.js';

/** The tests that need a real Kubernetes; run.mjs starts one for them. One file at a time, for they measure time. */
// biome-ignore lint/style/noDefaultExport: jest reads its configuration from the default export
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/cluster'],
  testPathIgnorePatterns: [],
  modulePathIgnorePatterns: ['<rootDir>/.cache/'],
  maxWorkers: 1,
  testTimeout: 120_000,
};
