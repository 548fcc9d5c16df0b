import http from 'node:http';

/** How a request ended: when (ms, as performance.now()), and which slot and version answered, or why none did. */
export interface Outcome {
  readonly at: number;
  readonly slot?: string;
  readonly version?: string;
  readonly failure?: string;
}

/**
 * Sends one request to the test server, without an agent on a connection of its own. Whatever goes wrong is a failure
 * with its reason, silence for `patience` ms among it; nothing is tried again.
 */
export function ask(url: string, agent: http.Agent | false = false, patience = 5000): Promise<Outcome> {
  return new Promise(resolve => {
    const fail = (reason: string) => resolve({ at: performance.now(), failure: reason });
    const request = http.get(url, { agent, timeout: patience }, response => {
      response.resume();
      response.on('error', error => fail(error.message));
      response.on('end', () => {
        const { 'x-app-slot': slot, 'x-app-version': version } = response.headers;
        if (response.statusCode !== 200 || typeof slot !== 'string' || typeof version !== 'string')
          fail(`HTTP ${response.statusCode}`);
        else resolve({ at: performance.now(), slot, version });
      });
    });
    request.on('timeout', () => request.destroy(new Error(`no answer for ${patience} ms`)));
    request.on('error', error => fail((error as NodeJS.ErrnoException).code ?? error.message));
  });
}
