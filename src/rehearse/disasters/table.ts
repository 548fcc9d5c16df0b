/** What came of rehearsed disasters, as lines for a person. */
import { EXIT_CODES } from '../../failures.js';
import type { Result } from '../../release/model.js';
import { type FaultAt, faultText } from './fault.js';
import { AT_MOST_MS, type End, type Scene } from './scene.js';

/** One rehearsed disaster. */
export interface Row {
  readonly fault: FaultAt;
  readonly scene: Scene;
  /** Whether the release made the request that the fault was waiting for. */
  readonly struck: boolean;
  /** Requests that failed because the fault itself ended them, such as those that a dead instance had in hand. */
  readonly excused: number;
}

/** Whether no request failed that the release could have saved, and the release came to its end, at the latest when run again. */
export function isClean({ scene: { first, again, load }, excused }: Row): boolean {
  return load.failed <= excused && (first === 0 || again === 0);
}

/** Such as `rolled-back, and succeeded when it was run again; 0 of 300 requests failed`. */
export function ending({ struck, scene: { first, again, load } }: Row): string {
  const rerun = again === undefined ? '' : `, and ${endText(again)} when it was run again`;
  const fate = struck ? '' : ' (the step makes no such request, so nothing befell it)';
  return `${endText(first)}${fate}${rerun}; ${load.failed} of ${load.requests} requests failed`;
}

/** Lines of equal columns: what befell, how it ended, what served, requests failed. */
export function table(rows: readonly Row[]): readonly string[] {
  const cells = [
    ['what befell', 'how it ended', 'run again', 'what served', 'requests', 'failed', ''],
    ...rows.map(row => cellsOf(row)),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map(line => (line[column] ?? '').length)));
  return cells.map(line =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function cellsOf(row: Row): readonly string[] {
  const { fault, scene, struck, excused } = row;
  const { first, again, load } = scene;
  const inHand = load.failed > 0 && load.failed <= excused ? '(in the hands of the instance that died)' : '';
  return [
    faultText(fault),
    struck ? endText(first) : `${endText(first)} (nothing befell it)`,
    again === undefined ? '-' : endText(again),
    Object.keys(load.bySlot).join(', then '),
    String(load.requests),
    String(load.failed),
    isClean(row) ? inHand : '<- look at this',
  ];
}

/** The result that an exit code stands for. */
export function endText(end: End): string {
  if (end === 'never') return `no end within ${AT_MOST_MS / 1_000} s`;
  if (end === 'killed') return end;
  const known = Object.entries(EXIT_CODES) as [Result, number][];
  return known.find(([, exit]) => exit === end)?.[0] ?? `exit code ${end}`;
}
