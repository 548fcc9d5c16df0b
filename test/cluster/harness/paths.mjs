import path from 'node:path';

/** The root of the repository. */
export const repository = path.resolve(import.meta.dirname, '../../..');

/** The sources of the cluster's binaries: a Go module. */
export const sources = path.join(repository, 'test/cluster/kubernetes');

/** What is built, and the logs of the last runs; git ignores it. */
export const cache = path.join(repository, '.cache/cluster');

/** One directory for each run, with one file for each part of the cluster. */
export const logs = path.join(cache, 'logs');
