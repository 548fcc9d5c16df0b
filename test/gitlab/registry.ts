import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Whatever is asked for is the same archive: the package registry of a GitLab, or the place of a repository's archives. */
export class ArchiveServer implements AsyncDisposable {
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  /** Paths that there is nothing at. */
  readonly missing: RegExp;
  readonly #archive: Buffer;
  readonly #server: Server;

  private constructor(folder: string, inside: string, missing: RegExp) {
    this.missing = missing;
    const tar = ['-cz', '--transform', `s,^\\.,${inside},`, '-C', folder, '.'];
    this.#archive = execFileSync('tar', tar, { maxBuffer: 64 * 1024 * 1024 });
    this.#server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      if (this.missing.test(request.url ?? '')) response.writeHead(404).end();
      else response.writeHead(200).end(this.#archive);
    });
  }

  /** @param inside where the files of `folder` are in the archive */
  static async of(folder: string, inside = '.', missing = /^$/): Promise<ArchiveServer> {
    const server = new ArchiveServer(folder, inside, missing);
    await new Promise<void>(resolve => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}
