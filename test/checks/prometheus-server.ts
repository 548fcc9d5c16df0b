/** A real Prometheus server, of the Debian package, that scrapes what it is told every 200 ms. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';

/** Whether the package is installed here. */
export const installed = spawnSync('prometheus', ['--version']).error === undefined;

/** What is scraped, and the labels that its samples get. */
export interface Scraped {
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Starts a server and waits until it answers. */
export async function startPrometheus(
  scraped: readonly Scraped[],
): Promise<{ readonly url: string } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-prometheus-'));
  const targets = scraped.map(({ port, labels }) => ({ targets: [`127.0.0.1:${port}`], labels }));
  const configuration = {
    global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
    scrape_configs: [{ job_name: 'shop', static_configs: targets }],
  };
  writeFileSync(join(folder, 'prometheus.yml'), dump(configuration));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const options = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  const server = spawn('prometheus', [...options, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  const gone = once(server, 'exit');
  for (let attempt = 0; attempt < 200; attempt++) {
    if (
      await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise(resolve => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
