/** How an instance tells how much work it has not finished. */
export interface Gauge {
  readonly path: string;
  /** The metric's name; `pending_operations` unless told. */
  readonly name?: string;
}

/** One answer of a gauge. */
export interface GaugeReading {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pending: number;
}

/** The gauge in Prometheus' text format. */
export function gaugeText({ name = 'pending_operations' }: Gauge, pending: number): string {
  return `# HELP ${name} Work that has been accepted and is not finished.\n# TYPE ${name} gauge\n${name} ${pending}\n`;
}
