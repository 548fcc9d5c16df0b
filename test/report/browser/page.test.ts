import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import axe from 'axe-core';
import type { Browser } from 'puppeteer-core';
import type { Outcome } from '../../../src/release/model.js';
import { hourLong } from '../hour.js';
import { invalid, rolledBack, shop, succeeded } from '../outcomes.js';
import { poisoned } from '../poison.js';
import { browserTest, CHROMIUM, launch, open, WHERE } from './chromium.js';

let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM !== undefined) browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

const stuck: Outcome = { ...rolledBack, result: 'rollback-failed', targets: [shop] };

describe(`report.html in a browser${WHERE}`, () => {
  browserTest.each([
    ['a success', succeeded],
    ['a rollback', rolledBack],
    ['an hour', hourLong()],
    ['a run that never began', invalid],
  ])('of %s opens without a complaint, and asks nobody for anything', async (_name, outcome) => {
    await using opened = await open(browser, outcome);
    await opened.page.waitForNetworkIdle({ idleTime: 300 });
    expect(await opened.page.title()).toMatch(/^(✅|↩️|❌) /u);
    expect(opened.complaints).toEqual([]);
    // Seen by the server and by the browser: the page itself.
    expect(opened.requests).toEqual(['/report.html', '/report.html']);
  });

  browserTest('runs nothing of what a service or a person said (P16)', async () => {
    const mischief = `</script><img src="/stolen" onerror="alert(1)"><script>alert(2)</script><svg onload=alert(3)>'"`;
    await using opened = await open(browser, poisoned(mischief));
    await opened.page.waitForNetworkIdle({ idleTime: 300 });
    expect(opened.complaints).toEqual([]);
    expect(opened.requests).toEqual(['/report.html', '/report.html']);
    expect(await opened.page.$$eval('img', images => images.length)).toBe(0);
    expect(await opened.page.$eval('h1', title => title.textContent)).toContain('<script>alert(2)</script>');
  });

  browserTest.each([
    ['a rollback', rolledBack],
    ['an hour', hourLong()],
    ['long words', poisoned('x'.repeat(400))],
    ['what needs a person', stuck],
  ])('of %s fits a phone', async (_name, outcome) => {
    await using opened = await open(browser, outcome, { width: 390 });
    const wide = await opened.page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      // Whatever sticks out of the page, by name.
      out: [...document.querySelectorAll('main *, header *')]
        .filter(
          element => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('pre, thead, .u-wrap'),
        )
        .map(element => element.outerHTML.slice(0, 80)),
    }));
    expect(wide).toEqual({ page: 390, out: [] });
  });

  browserTest.each([1_280, 1_000, 800])("tears no word of a table's head, %i wide", async width => {
    await using opened = await open(browser, poisoned('long words '.repeat(40)), { width });
    const torn = await opened.page.$$eval('#checks th', heads =>
      heads
        .filter(head => {
          const text = document.createRange();
          text.selectNodeContents(head);
          const isOneWord = !/\s/.test(head.textContent?.trim() ?? ' ');
          return isOneWord && new Set([...text.getClientRects()].map(({ top }) => top)).size > 1;
        })
        .map(head => head.textContent),
    );
    expect(torn).toEqual([]);
  });

  browserTest('is dark where the reader wants it dark, its charts too, at once', async () => {
    await using opened = await open(browser, hourLong());
    const look = () =>
      opened.page.evaluate(() => ({
        page: getComputedStyle(document.body).backgroundColor,
        chart: document.querySelector('canvas')?.toDataURL(),
      }));
    const light = await look();
    await opened.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    await opened.page.evaluate(() => new Promise(resolve => setTimeout(resolve, 200)));
    const dark = await look();
    expect(light.page).toBe('rgb(246, 248, 250)');
    expect(dark.page).toBe('rgb(13, 17, 23)');
    expect(dark.chart).not.toBe(light.chart);
  });

  browserTest.each([
    ['light', 1_100],
    ['dark', 1_100],
    ['dark', 390],
  ] as const)('is accessible, %s and %i wide', async (scheme, width) => {
    await using opened = await open(browser, stuck, { scheme, width });
    await opened.page.evaluate(axe.source);
    const found = await opened.page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)} ${nodes[0]?.failureSummary}`);
    });
    expect(found).toEqual([]);
  });

  browserTest('says the same without JavaScript, in words and tables', async () => {
    await using opened = await open(browser, rolledBack, { javascript: false });
    const text = await opened.page.$eval('main', main => (main as HTMLElement).innerText);
    expect(text).toContain('The table of checks says what each expected and what came.');
    expect(text).not.toContain('double-click');
    expect(await opened.page.$$eval('#evidence details td', cells => cells.length)).toBeGreaterThan(5);
  });

  browserTest('copies the command to go back, or selects it where it may not copy', async () => {
    await using opened = await open(browser, stuck);
    const { page } = opened;
    const press = async (expected: string) => {
      await page.click('#next button');
      await page.waitForFunction(text => document.querySelector('#next button')?.textContent === text, {}, expected);
    };
    await page.bringToFront();
    const context = browser.defaultBrowserContext();
    const { origin } = new URL(page.url());
    await context.overridePermissions(origin, []);
    await press('Selected');
    expect(await page.evaluate(() => String(getSelection()).trim())).toBe(shop.rollbackCommand);
    await context.overridePermissions(origin, ['clipboard-read', 'clipboard-sanitized-write']);
    await press('Copied');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(shop.rollbackCommand);
  });
});
