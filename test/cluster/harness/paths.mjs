import path from 'node:path';

/** The root of the repository. */
export const repository = path.resolve(import.meta.dirname, '../../..');

/** The sources of the cluster's binaries: a Go module. */
export const sources = path.join(repository, 'test/cluster/kubernetes');

/** What is built, and the logs of the last run; git ignores it. */
export const cache = path.join(repository, '.cache/cluster');

/** One file for each part of the cluster, from the last run. */
export const logs = path.join(cache, 'logs');
