/** Limits in words, such as `<= 250ms`, `< 0.1%`, `>= 100/s`, `< 3` or `<= 1.2x blue`. */
export type LimitUnit = 'number' | 'ms' | '%' | '/s' | 'x blue';

/** What a measured number is held against. Milliseconds, a fraction, a number a second, or a factor. */
export interface Limit {
  /** As it was written. */
  readonly text: string;
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly amount: number;
  readonly unit: LimitUnit;
}

const WORDS = /^(<=|<|>=|>)\s*(\d+(?:\.\d+)?)\s*(ms|s|%|\/s|x\s+blue)?$/;

export function readLimit(text: string): Limit | undefined {
  const [, operator, digits, unit = 'number'] = WORDS.exec(text.trim()) ?? [];
  if (operator === undefined || digits === undefined) return undefined;
  const written = Number(digits);
  const base = { text: text.trim(), operator: operator as Limit['operator'] };
  if (unit === 'ms' || unit === 'number') return { ...base, amount: written, unit };
  if (unit === 's') return { ...base, amount: written * 1_000, unit: 'ms' };
  if (unit === '%') return { ...base, amount: written / 100, unit };
  return { ...base, amount: written, unit: unit === '/s' ? unit : 'x blue' };
}

/** Whether a number keeps a limit. `blue` is the same number of blue, which a factor is of. */
export function keeps({ operator, amount, unit }: Limit, value: number, blue: number): boolean {
  const bound = unit === 'x blue' ? amount * blue : amount;
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
  }
}

/** What is measured of requests. */
export const MEASURES = ['errors', 'p50', 'p95', 'p99', 'throughput'] as const;
export type Measure = (typeof MEASURES)[number];

/** What a platform tells of an instance, of what it may use at most; of the processor, of one core. */
export const USAGES = ['cpu', 'memory', 'disk'] as const;
export type Usage = (typeof USAGES)[number];

/** Whether one of the limits is a factor of what blue does. */
export function comparesWithBlue(limits: Readonly<Partial<Record<Measure, Limit | undefined>>>): boolean {
  return MEASURES.some(measure => limits[measure]?.unit === 'x blue');
}
