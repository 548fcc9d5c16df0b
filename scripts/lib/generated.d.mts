import type { Input } from '../../src/inputs.js';

export function generatedFiles(sources: {
  readonly inputs: readonly Input[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly configuration: object;
  readonly readme: string;
}): Record<string, string>;
