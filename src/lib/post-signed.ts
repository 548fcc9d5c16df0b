/** One HTTP POST that its receiver can prove to be ours. Heavy to load (axios). */
import { createHmac } from 'node:crypto';
import type { Clock } from '../platforms/port.js';
import { describeRequest, RequestFailed, request } from './http.js';

export interface SignedPost {
  readonly url: string;
  /** What the body is signed with; undefined: it is not signed. */
  readonly secret: string | undefined;
  readonly body: string;
  readonly clock: Clock;
  /** For each attempt. */
  readonly timeoutMs?: number;
  /** Between two attempts. */
  readonly pauseMs?: number;
}

const ATTEMPTS = 3;

/**
 * Posts JSON with `X-Cutover-Signature: sha256=` and the hexadecimal HMAC-SHA256 of the body. No answer, 429 and 500 and
 * above are tried again. Answers undefined, or why it was not taken, as a whole sentence; throws for the signal alone.
 */
export async function postSigned(post: SignedPost, signal: AbortSignal): Promise<string | undefined> {
  const { url, secret, body, clock, timeoutMs = 5_000, pauseMs = 2_000 } = post;
  const signature = secret === undefined ? {} : { 'X-Cutover-Signature': `sha256=${signatureOf(secret, body)}` };
  const headers = { 'Content-Type': 'application/json', ...signature };
  for (let attempt = 1; ; attempt++) {
    const { problem, final } = await attempted();
    if (problem === undefined || final || attempt === ATTEMPTS) return problem;
    await clock.sleep(pauseMs, signal);
  }

  async function attempted(): Promise<{ problem: string | undefined; final: boolean }> {
    try {
      const { status } = await request({ method: 'POST', url, headers, body, timeoutMs, signal });
      if (status >= 200 && status <= 299) return { problem: undefined, final: true };
      const problem = `${describeRequest('POST', url)} answered ${status}.`;
      return { problem, final: status !== 429 && status < 500 };
    } catch (thrown) {
      if (!(thrown instanceof RequestFailed)) throw thrown;
      return { problem: thrown.message, final: false };
    }
  }
}

export function signatureOf(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
