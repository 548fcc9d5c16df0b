/** One number out of what an instance answers: Prometheus text or a JSON value. */
import type { GaugeConfig } from '../config/schema.js';
import { plain } from '../lib/inert.js';
import { formatDuration } from '../lib/units.js';
import { atPath } from './json-path.js';

/** A sample that carries a time of its own says nothing any more once it is older than that. */
const STALE_MS = 30_000;

export type GaugeReading = { readonly value: number } | { readonly problem: string };

/** The sum of the gauge's samples. Missing, no number, negative or stale: a problem, never a zero (P14). */
export async function readGauge(gauge: GaugeConfig, text: string, now: number): Promise<GaugeReading> {
  return gauge.json === undefined ? readPrometheus(gauge, text, now) : readJson(gauge.json, text);
}

async function readPrometheus({ name = '', labels }: GaugeConfig, text: string, now: number): Promise<GaugeReading> {
  const { default: parse } = await import('parse-prometheus-text-format');
  const wanted = Object.entries(labels);
  const samples = parse(`${text}\n`) // it drops a last line that does not end
    .filter(family => family.name === name)
    .flatMap(family => family.metrics)
    .filter(sample => wanted.every(([label, value]) => sample.labels?.[label] === value));
  if (samples.length === 0) return { problem: `${titleOf(name, wanted)} is not among its metrics` };
  let sum = 0;
  for (const { value, timestamp_ms: time } of samples) {
    const number = amount(value);
    if (number === undefined) return { problem: `${titleOf(name, wanted)} is ${shown(value)}` };
    const age = time === undefined ? 0 : now - Number(time);
    if (!(age <= STALE_MS)) return { problem: `${titleOf(name, wanted)} is ${formatDuration(age)} old` };
    sum += number;
  }
  return { value: sum };
}

function readJson(path: string, text: string): GaugeReading {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { problem: `its answer is no JSON: ${plain(text, 80)}` };
  }
  const found = atPath(document, path);
  const number = typeof found === 'number' || typeof found === 'string' ? amount(String(found)) : undefined;
  return number === undefined ? { problem: `${path} is ${shown(found)}` } : { value: number };
}

/** A count of work: a finite number that is not negative. */
function amount(text: string | undefined): number | undefined {
  const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

function titleOf(name: string, labels: readonly (readonly [string, string])[]): string {
  const listed = labels.map(([label, value]) => `${label}="${plain(value, 60)}"`).join(',');
  return listed === '' ? name : `${name}{${listed}}`;
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : plain(JSON.stringify(value), 80);
}
