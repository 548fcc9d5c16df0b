/**
 * The cookies of one suite. All its requests go to one address, so a cookie's domain, path and Secure decide nothing:
 * names and values are kept until they are taken back.
 */
export class Cookies {
  readonly #values = new Map<string, string>();

  /** Takes Set-Cookie headers in; one that is over already removes its cookie. */
  keep(headers: readonly string[], now: number): void {
    for (const header of headers) {
      const [pair = '', ...attributes] = header.split(';').map(part => part.trim());
      const cut = pair.indexOf('=');
      if (cut < 1) continue;
      const name = pair.slice(0, cut);
      if (attributes.some(attribute => isOver(attribute, now))) this.#values.delete(name);
      else this.#values.set(name, pair.slice(cut + 1));
    }
  }

  /** The header for the next request; none without cookies. */
  get header(): Readonly<Record<string, string>> {
    if (this.#values.size === 0) return {};
    return { Cookie: [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ') };
  }
}

function isOver(attribute: string, now: number): boolean {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(attribute) ?? [];
  if (name.toLowerCase() === 'max-age') return Number(value) <= 0;
  return name.toLowerCase() === 'expires' && Date.parse(value) <= now;
}
