/** The arrows of the house: who may import whom. */
import type { Edge } from './imports.js';

interface Rule {
  /** What is allowed, as a sentence. */
  readonly says: string;
  readonly isBrokenBy: (edge: Edge) => boolean;
}

const ENTRY = 'src/main.ts';
/** The files between the entry and the story. */
const COMMANDS = ['command', 'post', 'status', 'help', 'publish', 'ports', 'config', 'rehearse/'];

const folder = (path: string, name: string) => path.startsWith(`src/${name}/`);
const platformOf = (path: string) => /^src\/platforms\/([a-z]+)\//.exec(path)?.[1];
/** What a platform may take from another one, since it is built on it. */
const BUILT_ON: Readonly<Record<string, string>> = { bcs: 'kubernetes' };

const RULES: readonly Rule[] = [
  {
    says: 'Nothing imports the entry.',
    isBrokenBy: ({ to }) => to === 'src/main',
  },
  {
    says: 'Of the commands, the entry loads only the one that is asked for.',
    isBrokenBy: ({ from, to, lazy, typesOnly }) =>
      from === ENTRY && !lazy && !typesOnly && COMMANDS.some(name => to.startsWith(`src/${name}`)),
  },
  {
    says: 'The story is imported by commands, not by what it is made of.',
    isBrokenBy: ({ from, to }) => to === 'src/run' && /\/.*\//.test(from) && !folder(from, 'rehearse'),
  },
  {
    says: 'The release imports itself, failures, units, limits, and types of the platform port, checks and configuration.',
    isBrokenBy: ({ from, to, typesOnly }) => {
      if (!folder(from, 'release') || folder(to, 'release')) return false;
      if (['src/failures', 'src/lib/units', 'src/lib/limits'].includes(to)) return false;
      const isKnownAsTypes = to === 'src/platforms/port' || folder(to, 'checks') || folder(to, 'config');
      return !(isKnownAsTypes && typesOnly);
    },
  },
  {
    says: 'A platform never imports from the folder of another one.',
    isBrokenBy: ({ from, to }) => {
      const [own, other] = [platformOf(from), platformOf(to)];
      return own !== undefined && other !== undefined && own !== other && BUILT_ON[own] !== other;
    },
  },
  {
    says: "Platforms are named by src/platforms/index.ts alone, and by the rehearsal, which reads the user's manifest.",
    isBrokenBy: ({ from, to }) =>
      platformOf(to) !== undefined &&
      platformOf(from) === undefined &&
      from !== 'src/platforms/index.ts' &&
      !folder(from, 'rehearse'),
  },
  {
    says: 'Platforms are loaded lazily.',
    isBrokenBy: ({ from, to, lazy }) => from === 'src/platforms/index.ts' && platformOf(to) !== undefined && !lazy,
  },
  {
    says: 'The embedded platform is imported by itself and the rehearsal, and loaded lazily by the entry.',
    isBrokenBy: ({ from, to, lazy }) =>
      folder(to, 'embedded') && !folder(from, 'embedded') && !folder(from, 'rehearse') && !(from === ENTRY && lazy),
  },
  {
    says: 'The embedded platform does not import the platform that it is held against, nor what releases on it.',
    isBrokenBy: ({ from, to }) => folder(from, 'embedded') && (folder(to, 'platforms') || folder(to, 'release')),
  },
  {
    says: 'The data plane knows nothing of any platform.',
    isBrokenBy: ({ from, to }) =>
      folder(from, 'embedded/dataplane') && !folder(to, 'embedded/dataplane') && !to.startsWith('node:') && to !== 'ws', // a protocol, as node's own http is one
  },
  {
    says: 'Only hosts/ imports @actions/core.',
    isBrokenBy: ({ from, to }) => to.startsWith('@actions/core') && !folder(from, 'hosts'),
  },
  {
    says: 'Only platforms/kubernetes imports @kubernetes/client-node.',
    isBrokenBy: ({ from, to }) => to.startsWith('@kubernetes/') && !folder(from, 'platforms/kubernetes'),
  },
];

/** Each import line that breaks a rule, with the rule. */
export function brokenArrows(edges: readonly Edge[]): readonly string[] {
  return edges.flatMap(edge =>
    RULES.filter(rule => rule.isBrokenBy(edge)).map(({ says }) => {
      const how = edge.lazy ? 'loads' : edge.typesOnly ? 'imports types of' : 'imports';
      return `${edge.from}:${edge.line} ${how} ${edge.to}. ${says}`;
    }),
  );
}
