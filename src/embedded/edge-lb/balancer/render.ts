import type { Backend, Configuration, Frontend, Rule } from './configuration.js';

export interface RenderOptions {
  /** The address that a frontend binds; as the configuration has it unless told. */
  readonly bind?: (frontend: Frontend) => string;
  /** Lines at the end of the section `global`. */
  readonly global?: readonly string[];
  /** Between two checks of a server; `2s` unless told. */
  readonly checkEvery?: string;
}

/** Writes a configuration in HAProxy's language. */
export function renderConfiguration({ backends, frontends }: Configuration, options: RenderOptions = {}): string {
  const { bind = ({ bindAddress, bindPort }) => `${bindAddress}:${bindPort}`, checkEvery = '2s' } = options;
  const sections = [
    section('global', ['maxconn 2000', ...(options.global ?? [])]),
    section('defaults', [
      'mode http',
      // Connections that are idle at a reload end with their next answer, as they did before HAProxy 2.4.
      'option idle-close-on-response',
      'option redispatch',
      'retries 3',
      'timeout connect 5s',
      'timeout client 50s',
      'timeout server 50s',
      'timeout tunnel 3600s',
      'timeout http-keep-alive 4s',
      `default-server inter ${checkEvery}`,
    ]),
    ...frontends.map(frontend => renderFrontend(frontend, bind(frontend))),
    ...backends.map(renderBackend),
  ];
  return `${sections.join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map(line => `  ${line}`)].join('\n');
}

function renderFrontend({ defaultBackend, lines, mode, name, rules }: Frontend, bind: string): string {
  return section(`frontend ${name}`, [
    `bind ${bind}`,
    `mode ${mode}`,
    ...lines,
    ...rules.map(rule => `use_backend ${rule.backend} if ${conditions(rule).join(' ')}`),
    ...(defaultBackend === undefined ? [] : [`default_backend ${defaultBackend}`]),
  ]);
}

function conditions({ hostEq, hostReg, pathBeg, pathEnd, pathReg }: Rule): string[] {
  const all: readonly (readonly [test: string, value: string | undefined])[] = [
    ['hdr(host),field(1,:),lower -m str', hostEq],
    ['hdr(host),lower -m reg', hostReg],
    ['path -m beg', pathBeg],
    ['path -m end', pathEnd],
    ['path -m reg', pathReg],
  ];
  return all.flatMap(([test, value]) => (value === undefined ? [] : [`{ ${test} ${value} }`]));
}

function renderBackend({ balance, httpCheck, lines, mode, name, servers }: Backend): string {
  return section(`backend ${name}`, [
    `mode ${mode}`,
    `balance ${balance}`,
    ...(httpCheck === undefined ? [] : [`option httpchk ${httpCheck}`]),
    ...lines,
    ...servers.map(({ host, name, options, port }) => `server ${name} ${host}:${port} ${options}`.trimEnd()),
  ]);
}
