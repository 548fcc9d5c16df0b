import type { ZodType } from 'zod';
import type { Input } from '../../src/inputs.js';

export function generatedFiles(sources: {
  readonly inputs: readonly Input[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly configuration: ZodType;
  readonly result: object;
  readonly readme: string;
}): Record<string, string>;
