import { describe, expect, test } from '@jest/globals';
import { Redactor } from '../../src/lib/redact.js';
import type { Outcome } from '../../src/release/model.js';
import { reportHtml } from '../../src/report/html/index.js';
import { junitXml } from '../../src/report/junit.js';
import { masked } from '../../src/report/masked.js';
import { resultJson } from '../../src/report/result.js';
import { resultSchema } from '../../src/report/result-schema.js';
import { slackMessage } from '../../src/report/slack.js';
import { summary } from '../../src/report/summary.js';
import { teamsMessage } from '../../src/report/teams.js';
import { rolledBack, succeeded } from './outcomes.js';
import { poisoned } from './poison.js';

const without = (outcome: Outcome, secret: string) => {
  const redactor = new Redactor();
  redactor.add(secret);
  return masked(outcome, text => redactor.redact(text));
};

/** Every form that a run leaves behind. */
const forms: [string, (outcome: Outcome) => string | Promise<string>][] = [
  ['result.json', outcome => JSON.stringify(resultJson(outcome))],
  ['junit.xml', junitXml],
  ['summary.md', summary],
  ['report.html', outcome => reportHtml(outcome, { actor: undefined, link: undefined })],
  ['a message for Slack', outcome => JSON.stringify(slackMessage(outcome, undefined))],
  ['a message for Teams', outcome => JSON.stringify(teamsMessage(outcome, undefined))],
];

describe('no secret is in a report (P12)', () => {
  const SECRET = `p&ss<w>"o'rd|7`;
  // What is left of it when signs are written as entities, numbers, or with backslashes.
  const TRACES = [/rd\|?7/, /p&(amp;)?ss/, /ss(<|&lt;)w/, /rd(&#124;|\\\|)7/];

  test.each(forms)('%s: neither as it is, nor in the form of the report', async (_name, form) => {
    const text = await form(without(poisoned(`it said ${SECRET} to us`), SECRET));
    expect(text).toContain('***');
    expect(TRACES.filter(trace => trace.test(text))).toEqual([]);
  });

  test.each(forms)('%s would show it otherwise', async (_name, form) => {
    const text = await form(poisoned(`it said ${SECRET} to us`));
    expect(TRACES.some(trace => trace.test(text))).toBe(true);
  });
});

describe('a secret that is one of our own words', () => {
  test.each(['true', 'null', 'steps', 'switch', 'failed', 'succeeded', 'function'])(
    '%s breaks no report',
    async word => {
      for (const outcome of [succeeded, rolledBack]) {
        const safe = without(outcome, word);
        expect(() => resultSchema.parse(JSON.parse(JSON.stringify(resultJson(safe))))).not.toThrow();
        const own = await reportHtml(outcome, { actor: undefined, link: undefined });
        const scripts = /<script>[\s\S]*<\/script>/;
        const page = await reportHtml(safe, { actor: undefined, link: undefined });
        expect(scripts.exec(page)?.[0] === scripts.exec(own)?.[0]).toBe(true);
        expect(summary(safe)).not.toContain('undefined');
      }
    },
  );
});
