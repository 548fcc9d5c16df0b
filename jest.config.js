/** Suites that take minutes, and the rest of those that `npm test` has samples of; `npm run test:disasters` has them. */
const LONG =
  process.env.CUTOVER_DISASTERS === 'all'
    ? []
    : [
        '<rootDir>/test/contract/(marathon|bcs|cloudfoundry)/(tunnel|interruption|trouble|teardown|overlap)',
        '<rootDir>/test/contract/(marathon|cloudfoundry)/releases',
        '<rootDir>/test/contract/marathon-lb/',
        '\\.long\\.test\\.ts$',
      ];

/** TypeScript goes through swc, as ECMAScript modules; types are checked by `npm run typecheck`. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testPathIgnorePatterns: ['<rootDir>/test/cluster/', '<rootDir>/test/act/', '<rootDir>/test/cf-cli/', ...LONG],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } }],
  },
  testTimeout: 30_000,
  // All cores: the heavy tests wait for child processes.
  maxWorkers: '100%',
};
