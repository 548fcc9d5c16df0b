import { access } from 'node:fs/promises';

/** A file that cannot be seeded, as a sentence for whoever named it. */
export class SeedProblem extends Error {}

/** @throws SeedProblem for the first one that cannot be read */
export async function requireReadable(files: readonly string[]): Promise<void> {
  for (const file of files) {
    await access(file).catch((cause: unknown) => {
      throw new SeedProblem(`--seed ${file} cannot be read.`, { cause });
    });
  }
}
