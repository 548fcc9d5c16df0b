import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { CheckReport, Outcome } from '../../src/release/model.js';
import { SUMMARY_BYTES, summary } from '../../src/report/summary.js';
import { invalid, rolledBack, shop, step, succeeded } from './outcomes.js';

const golden = (name: string) => readFile(new URL(`golden/${name}.md`, import.meta.url), 'utf8');

describe('a summary', () => {
  test.each([
    ['succeeded', succeeded],
    ['rolled-back', rolledBack],
    ['invalid', invalid],
  ])('of a run that is %s reads as its file in golden/', async (name, outcome) => {
    expect(summary(outcome)).toBe(await golden(name));
  });

  test('begins with the verdict, then what failed, then what to do', () => {
    const text = summary(rolledBack);
    expect(text.startsWith('## ↩️ The release of shop')).toBe(true);
    const places = [
      '### What failed',
      '**What to do:**',
      '### What is live',
      '### Steps',
      '### Checks',
      '### Evidence',
    ];
    const found = places.map(place => text.indexOf(place));
    expect(found).not.toContain(-1);
    expect(found).toEqual([...found].sort((one, other) => one - other));
  });

  test('shows the checks that did not pass before those that did', () => {
    const text = summary(rolledBack);
    expect(text.indexOf('❌ fail')).toBeGreaterThan(0);
    expect(text.indexOf('❌ fail')).toBeLessThan(text.indexOf('✅ pass'));
  });

  test('has the commands to go back by hand in a block that can be copied', () => {
    expect(summary(succeeded)).toContain(`\`\`\`sh\n${shop.rollbackCommand}\n\`\`\``);
    expect(summary({ ...succeeded, targets: [{ ...shop, rollbackCommand: undefined }] })).not.toContain('by hand');
  });
});

/** Says the same dangerous text wherever an outcome can hold one. */
function poisoned(text: string): Outcome {
  const poison = (value: unknown): unknown => {
    if (typeof value === 'string') return text;
    if (Array.isArray(value)) return value.map(poison);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, poison(each)]));
  };
  const fixed = { result: rolledBack.result, verb: rolledBack.verb };
  const { steps, checks, findings, changes } = rolledBack;
  return {
    ...(poison({ ...rolledBack, targets: [shop] }) as Outcome),
    ...fixed,
    steps: steps.map(each => ({ ...each, detail: text })),
    checks: checks.map(each => ({ ...(poison(each) as CheckReport), verdict: each.verdict, step: each.step })),
    findings: findings.map(each => ({ ...(poison(each) as typeof each), severity: each.severity })),
    changes: changes.map(each => ({ ...each, object: text, detail: text })),
    failures: [{ code: text, step: 'bake', message: text, hint: text, details: [text, text] }],
  };
}

describe('no text from outside takes effect in a summary', () => {
  const dangers: [string, string, RegExp][] = [
    ['HTML', '<script>alert(1)</script>', /<script/],
    ['a table cell', 'a | b |', /a \| b/],
    ['a mention', 'ask @octocat', /@octocat/],
    ['a link', 'see https://evil.example/x', /https:\/\/evil/],
    ['an image', '![x](y)', /!\[x\]\(/],
    ['a heading', 'x\n# Approved\n', /^# Approved/m],
    ['a closed fence', 'x\n```\n\n# Approved', /^```$[\s\S]*^# Approved/m],
    ['the end of a fold', '</details>', /<\/details>\S|\| <\/details>/],
    ['a workflow command', '\n::error::x', /^::error/m],
  ];
  test.each(dangers)('%s', (_name, text, effect) => {
    const rendered = summary(poisoned(text));
    expect(rendered).toContain('### What failed');
    expect(outsideOfCode(rendered)).not.toMatch(effect);
  });

  test('and a block of the platform’s words ends where we end it', () => {
    const lines = summary(poisoned('x\n```\ny')).split('\n');
    const open = lines.findIndex(line => /^`{4,}text$/.test(line));
    const fence = lines[open]?.replace('text', '');
    expect(open).toBeGreaterThan(0);
    expect(lines.slice(open + 1).find(line => line.startsWith(fence ?? '?'))).toBe(fence);
  });
});

/** The Markdown without its blocks and its code type, where text stands for itself. */
function outsideOfCode(markdown: string): string {
  return markdown.replace(/^(`{3,}).*\n[\s\S]*?\n\1$/gm, '').replace(/`[^`\n]*`/g, '');
}

describe('a summary stays below its limit', () => {
  test('by counting the rows that it leaves out', () => {
    const many = { ...succeeded, steps: Array.from({ length: 1_000 }, () => step('deploy')) };
    expect(summary(many)).toContain('and 800 more');
    expect(summary(many).match(/deploy is done/g)).toHaveLength(200);
  });

  test('whatever the input', () => {
    const long = '@<|🟢'.repeat(10_000);
    const huge = poisoned(long);
    const many = <T>(items: readonly T[]): T[] => Array.from({ length: 500 }, () => items).flat();
    const outcome: Outcome = {
      ...huge,
      targets: many(huge.targets),
      steps: many(huge.steps),
      checks: many(huge.checks),
      findings: many(huge.findings),
      changes: many(huge.changes),
      failures: many(huge.failures),
      notes: many(huge.notes),
      evidence: { switches: many(huge.evidence.switches), probes: many(huge.evidence.probes) },
    };
    const text = summary(outcome);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(SUMMARY_BYTES);
    expect(text).toContain('### What failed');
    expect(text).toContain('### Writes made');
  });
});
