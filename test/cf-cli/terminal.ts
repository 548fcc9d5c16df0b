/** A terminal of its own for each test: the cf CLI with a home where nothing is, and an embedded Cloud Foundry to talk to. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type EmbeddedCloudFoundry,
  type EmbeddedCloudFoundryOptions,
  type Seed,
  startEmbeddedCloudFoundry,
} from '../../src/embedded/cloudfoundry/index.js';

export const PLACE = { organization: 'shop', space: 'production', domain: 'example.test' };
/** Every command ends within this time, whatever happens. */
const AT_MOST_MS = 90_000;

export interface Typed {
  readonly code: number;
  /** What stood on the screen. */
  readonly screen: string;
}

export interface Terminal extends AsyncDisposable {
  readonly platform: EmbeddedCloudFoundry;
  /** Types `cf` and these words; fails with the screen where that is refused. */
  cf(...words: readonly string[]): Promise<string>;
  /** The same, whatever comes of it. */
  attempt(...words: readonly string[]): Promise<Typed>;
  /** Tells `cf api` and `cf auth` and `cf target`. */
  login(): Promise<void>;
  write(file: string, text: string): void;
  /** What a user gets at a route: the status, and the version that answered. */
  ask(route: string): Promise<readonly [number, string | null]>;
}

export interface TerminalOptions extends EmbeddedCloudFoundryOptions {
  readonly seed?: Partial<Seed>;
}

export async function openTerminal({ seed = {}, ...options }: TerminalOptions = {}): Promise<Terminal> {
  const platform = await startEmbeddedCloudFoundry(options);
  await platform.seed({ ...PLACE, ...seed });
  return openTerminalOn(platform);
}

/** On a platform that serves already; it is closed with the terminal. */
export async function openTerminalOn(platform: EmbeddedCloudFoundry): Promise<Terminal> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-cf-'));
  const attempt = (...words: readonly string[]) => typed(folder, words);
  const cf = async (...words: readonly string[]) => {
    const { code, screen } = await attempt(...words);
    if (code !== 0) throw new Error(`cf ${words.join(' ')} ended with ${code}:\n${screen}`);
    return screen;
  };
  return {
    platform,
    cf,
    attempt,
    login: async () => {
      await cf('api', platform.url, '--skip-ssl-validation');
      await cf('auth', platform.user.name, platform.user.password);
      await cf('target', '-o', PLACE.organization, '-s', PLACE.space);
    },
    write: (file, text) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    ask: async route => {
      const answer = await fetch(await platform.liveUrl(route));
      await answer.text();
      return [answer.status, answer.headers.get('x-app-version')];
    },
    [Symbol.asyncDispose]: async () => {
      await platform.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function typed(folder: string, words: readonly string[]): Promise<Typed> {
  const env = { PATH: process.env.PATH, HOME: folder, CF_HOME: folder, CF_COLOR: 'false', LANG: 'en_US.UTF-8' };
  const options = { cwd: folder, env, timeout: AT_MOST_MS, killSignal: 'SIGKILL' as const };
  return new Promise(resolve => {
    execFile(process.env.CUTOVER_CF ?? 'cf', [...words], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, screen: `${stdout}${stderr}` });
    });
  });
}
