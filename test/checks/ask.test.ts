import { describe, expect, test } from '@jest/globals';
import { agentFor, ask } from '../../src/checks/ask.js';
import { serve } from '../lib/serve.js';

const signal = new AbortController().signal;

async function asked(url: string, timeoutMs = 5_000) {
  const agent = agentFor(new URL(url), true);
  try {
    return await ask(new URL(url), { agent, timeoutMs, signal });
  } finally {
    agent.destroy();
  }
}

describe('an answer', () => {
  test('is read to its end, and kept as far as a version may stand', async () => {
    await using server = await serve((_question, answer) => void answer.end(`v1 ${'é'.repeat(500_000)}`));
    const { status, text } = await asked(server.url);
    expect(status).toBe(200);
    expect(text.startsWith('v1 é')).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThan(70_000);
  });

  test('that ends late, after its first 70 kB, took that long', async () => {
    await using server = await serve((_question, answer) => {
      answer.write('x'.repeat(70_000));
      setTimeout(() => answer.end('x'), 300);
    });
    const started = performance.now();
    await asked(server.url);
    expect(performance.now() - started).toBeGreaterThan(290);
  });

  test.each([
    ['with a length', { 'content-length': 100_000 }],
    ['in chunks', {}],
  ])('that is cut off after its first 70 kB is none (%s)', async (_how, headers) => {
    await using server = await serve((_question, answer) => {
      answer.writeHead(200, headers).write('x'.repeat(70_000));
      setTimeout(() => answer.destroy(), 50);
    });
    await expect(asked(server.url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('that never ends is a failure with a name, long before memory does', async () => {
    let isOver = false;
    let end: () => void = () => undefined;
    const ended = new Promise<void>(resolve => {
      end = resolve;
    });
    await using server = await serve((_question, answer) => {
      answer.once('close', () => {
        isOver = true;
        end();
      });
      const more = () => {
        while (!isOver && answer.write('x'.repeat(100_000)));
      };
      answer.on('drain', more);
      more();
    });
    await expect(asked(server.url)).rejects.toMatchObject({ code: 'TOO_LONG' });
    await ended;
  });

  test('that was there in time counts, though the runner itself stood still until later', async () => {
    await using server = await serve((_question, answer) => void answer.end());
    const asking = asked(server.url, 100);
    await new Promise(resolve => setTimeout(resolve, 5));
    const until = performance.now() + 400;
    while (performance.now() < until);
    expect((await asking).status).toBe(200);
  });
});
