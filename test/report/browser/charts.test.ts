import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Browser, Page } from 'puppeteer-core';
import { hourLong } from '../hour.js';
import { succeeded } from '../outcomes.js';
import { browserTest, CHROMIUM, launch, open, WHERE } from './chromium.js';

let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM !== undefined) browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});

/** Where a share of the width of a chart is on the screen. */
async function placeIn(page: Page, chart: string, share: number) {
  const over = await page.$(`[data-chart="${chart}"] .u-over`);
  await over?.scrollIntoView();
  const box = await over?.boundingBox();
  if (!box) throw new Error(`there is no chart ${chart}`);
  return { x: box.x + box.width * share, y: box.y + box.height / 2 };
}

/** What stands below a chart: the values where the pointer is. */
const legendOf = (page: Page, chart: string) =>
  page.$$eval(`[data-chart="${chart}"] .u-series`, rows => rows.map(row => row.textContent));

const shown = (page: Page) =>
  page.$eval('[data-probe]', place => [
    Number((place as HTMLElement).dataset.from),
    Number((place as HTMLElement).dataset.to),
  ]);

describe(`the charts of report.html${WHERE}`, () => {
  browserTest('show answers, failures and latency, each line with its name', async () => {
    await using opened = await open(browser, hourLong());
    const names = await opened.page.$$eval('figure', figures =>
      figures.map(figure => [...figure.querySelectorAll('.u-label')].map(label => label.textContent).join(', ')),
    );
    expect(names).toEqual([
      'from the switch, v1 (blue), v2 (green), other',
      'from the switch, status 503, ECONNRESET',
      'from the switch, p95',
    ]);
  });

  browserTest('have no chart of failures where nothing failed', async () => {
    await using opened = await open(browser, succeeded);
    expect(await opened.page.$$eval('figure', figures => figures.map(({ dataset }) => dataset.chart))).toEqual([
      'answers',
      'latency',
    ]);
  });

  browserTest('tell the values where the pointer is, in all of them', async () => {
    await using opened = await open(browser, hourLong());
    const { x, y } = await placeIn(opened.page, 'answers', 0.75);
    await opened.page.mouse.move(x, y);
    const [when, blue, green] = await legendOf(opened.page, 'answers');
    // Three quarters of an hour, of which twelve minutes were before the switch, to the nearest span.
    expect(when).toMatch(/\+(33 min|19\d\d s), 20:4[45]:\d\d UTC/);
    expect(blue).toMatch(/0 per second/);
    expect(green).toMatch(/1[0-9](\.\d)? per second/);
    expect((await legendOf(opened.page, 'errors'))[1]).toMatch(/[3-4](\.\d)? per second/);
    expect((await legendOf(opened.page, 'latency'))[1]).toMatch(/[3-6]\d\d ms/);
  });

  browserTest('mark the switch and the way back', async () => {
    const { evidence } = hourLong();
    await using marked = await open(browser, hourLong());
    const without = { ...hourLong(), evidence: { ...evidence, switches: evidence.switches.slice(0, 1) } };
    await using once = await open(browser, without);
    const picture = (page: Page) => page.$eval('canvas', canvas => canvas.toDataURL());
    const marks = (page: Page) => page.$eval('#probes', data => JSON.parse(data.textContent ?? '[]')[0].marks);
    expect(await marks(marked.page)).toEqual([
      { x: 0, label: 'switch' },
      { x: 2_400, label: 'put back' },
    ]);
    expect(await marks(once.page)).toEqual([{ x: 0, label: 'switch' }]);
    expect(await picture(marked.page)).not.toBe(await picture(once.page));
  });

  browserTest('are zoomed together by dragging, and whole again by a double click', async () => {
    await using opened = await open(browser, hourLong());
    const { page } = opened;
    const from = await placeIn(page, 'answers', 0.25);
    const to = await placeIn(page, 'answers', 0.5);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 5 });
    await page.mouse.up();
    const [left = 0, right = 0] = await shown(page);
    expect(left).toBeGreaterThan(50);
    expect(left).toBeLessThan(350);
    expect(right - left).toBeGreaterThan(700);
    expect(right - left).toBeLessThan(1_100);
    // What the others show follows: a quarter of the way into them is now another time.
    const inLatency = await placeIn(page, 'latency', 0.5);
    await page.mouse.move(inLatency.x, inLatency.y);
    const [when = ''] = await legendOf(page, 'latency');
    const [, amount, unit] = /\+([\d.]+) (s|min)/.exec(when ?? '') ?? [];
    const seconds = Number(amount) * (unit === 'min' ? 60 : 1);
    expect(seconds).toBeGreaterThan(left);
    expect(seconds).toBeLessThan(right);
    await page.mouse.click(to.x, to.y, { count: 2 });
    await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('[data-probe]')?.dataset.from) < -700);
  });

  browserTest('are zoomed by buttons, for keys and fingers', async () => {
    await using opened = await open(browser, hourLong(), { width: 390 });
    const { page } = opened;
    const press = (name: string) =>
      page.evaluate(text => {
        const all = [...document.querySelectorAll<HTMLElement>('.tools button')];
        all.find(button => button.textContent === text)?.click();
      }, name);
    await press('Around the switch');
    expect(await shown(page)).toEqual([-15, 15]);
    const { x, y } = await placeIn(page, 'latency', 0.9);
    await page.mouse.move(x, y);
    expect((await legendOf(page, 'latency'))[0]).toMatch(/\+12 s, 20:12:12 UTC/);
    await press('Wider');
    expect(await shown(page)).toEqual([-30, 30]);
    await press('Closer');
    expect(await shown(page)).toEqual([-15, 15]);
    await press('Everything');
    expect(await shown(page)).toEqual([-720, 2_880]);
    expect(opened.complaints).toEqual([]);
  });
});
