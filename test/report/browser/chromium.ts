/** A real Chromium, and pages of report.html in it. */
import { existsSync } from 'node:fs';
import { test } from '@jest/globals';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { Outcome } from '../../../src/release/model.js';
import { reportHtml } from '../../../src/report/html/index.js';
import { serve } from '../../lib/serve.js';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const CHROMIUM = [process.env.CHROMIUM ?? '', ...PLACES].find(path => path !== '' && existsSync(path));

/** `test`, or where there is no Chromium one that is skipped and says so. */
export const browserTest = CHROMIUM === undefined ? test.skip : test;
export const WHERE = CHROMIUM === undefined ? ' (skipped: there is no Chromium; CHROMIUM names one)' : '';

export interface OpenOptions {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  readonly javascript?: boolean;
}

/** A report as a reader has it open, and what went on behind it. */
export interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained of, uncaught errors and violations of the page's policy included. */
  readonly complaints: readonly string[];
  /** Every request that was made, by whomever. */
  readonly requests: readonly string[];
}

export function launch(): Promise<Browser> {
  return puppeteer.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export async function open(browser: Browser, outcome: Outcome, options: OpenOptions = {}): Promise<Opened> {
  const { width = 1_100, scheme = 'light', javascript = true } = options;
  const html = await reportHtml(outcome, { actor: 'octocat', link: 'https://github.example/example/shop/actions/1' });
  const requests: string[] = [];
  const complaints: string[] = [];
  const server = await serve((question, answer) => {
    requests.push(question.url ?? '');
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
  });
  const page = await browser.newPage();
  page.on('request', asked => void (asked.url().startsWith('data:') || requests.push(asked.url())));
  page.on('console', message => void complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => void complaints.push(String(error)));
  page.on('dialog', dialog => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => undefined); // the page may be gone
  });
  await page.setJavaScriptEnabled(javascript);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(`${server.url}/report.html`, { waitUntil: 'load' });
  return {
    page,
    complaints,
    get requests() {
      return requests.map(url => url.replace(server.url, ''));
    },
    async [Symbol.asyncDispose]() {
      await page.close();
      await server[Symbol.asyncDispose]();
    },
  };
}
