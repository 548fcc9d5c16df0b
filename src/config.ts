/** Inputs and file -> one frozen Config. Every mistake at once, and nothing is contacted. */

import { approvalProblems, secretsOf } from './config/approval.js';
import { cloudFoundryProblems, fillCloudFoundryDefaults, hasProgram, hostOf } from './config/cloud-foundry.js';
import { at, type Data, put } from './config/paths.js';
import { type Expansion, expand, expandText } from './config/placeholders.js';
import { nearest, place, sentences } from './config/problems.js';
import { type CheckConfig, type Config, configSchema, type TargetConfig, targetSchema } from './config/schema.js';
import { type Raw, readSources } from './config/sources.js';
import { failure } from './failures.js';
import { INPUTS } from './inputs.js';
import { formatDuration } from './lib/units.js';
import type { Problem } from './platforms/port.js';

export interface ConfigSources {
  readonly inputs: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The commit that is being released; asked only if no version is given. */
  readonly commit: () => Promise<string | undefined>;
  readonly mask: (secret: string) => void;
  /** What a platform can say of a target without contacting anything. */
  /** `section` is the platform's own, as far as it is well-formed. */
  readonly examine: (platform: string, target: TargetConfig, section: unknown) => Promise<readonly Problem[]>;
}

/** @throws INVALID_CONFIGURATION with all mistakes. */
export async function readConfig(sources: ConfigSources): Promise<Config> {
  const problems: string[] = [...unknownInputs(sources.inputs)];
  const raw = readSources(sources.inputs, sources.workspace, sentence => problems.push(sentence));
  await fillDefaults(raw.data, sources);
  const expanded = { ...raw, data: expandAll(raw, sources, problems) };
  const parsed = configSchema.safeParse(expanded.data);
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap(issue => sentences(issue, expanded)));
  if (parsed.success) problems.push(...contradictions(parsed.data, expanded, sources.environment));
  problems.push(...(await examineTargets(expanded, sources)));
  if (!parsed.success || problems.length > 0) {
    throw failure('INVALID_CONFIGURATION', { problems: [...new Set(problems)] });
  }
  for (const secret of secretsOf(parsed.data)) sources.mask(secret);
  return freeze(parsed.data);
}

function unknownInputs(inputs: Readonly<Record<string, string>>): readonly string[] {
  const known = INPUTS.map(input => input.name);
  return Object.keys(inputs)
    .filter(name => !known.includes(name))
    .map(name => `Input ${name} is unknown${nearest(name, known)}.`);
}

/** What an expert would not want to write: the commit is the version, and a lone target is called like its route. */
async function fillDefaults(data: Data, sources: ConfigSources): Promise<void> {
  if (at(data, ['version']) === undefined) {
    const commit = await sources.commit();
    if (commit !== undefined) put(data, 'version', commit);
  }
  const lone = at(data, ['targets', 1]) === undefined;
  const name = lone && at(data, ['targets', 0, 'name']) === undefined ? nameOfLone(data) : undefined;
  if (name) put(data, 'targets.0.name', name);
  fillCloudFoundryDefaults(data);
}

/** The only target is called like its route; a worker, which has none, by what the names of its slots begin with. */
function nameOfLone(data: Data): string | undefined {
  const route = at(data, ['targets', 0, 'routes', 0]);
  if (typeof route === 'string') return hostOf(route) ?? route.slice(route.lastIndexOf('/') + 1);
  const [blue, green] = ['blue', 'green'].map(slot => String(at(data, ['targets', 0, 'slots', slot]) ?? ''));
  if (at(data, ['targets', 0, 'routes']) !== 'none' || !blue || !green) return undefined;
  let length = 0;
  while (length < blue.length && blue[length] === green[length]) length++;
  return blue.slice(0, length).replace(/-+$/, '') || blue;
}

function expandAll(raw: Raw, sources: ConfigSources, problems: string[]): Data {
  const problem = (path: readonly PropertyKey[], sentence: string) => problems.push(`${place(path, raw)} ${sentence}.`);
  const own: Expansion = { values: sources.environment, problem, mask: sources.mask };
  const version = at(raw.data, ['version']);
  if (typeof version !== 'string') return expand(raw.data, own) as Data;
  const resolved = expandText(version, own, ['version']);
  const data = { ...raw.data, version: resolved };
  return expand(data, { ...own, values: { ...sources.environment, VERSION: resolved } }) as Data;
}

/** Platforms that have a section of their own, by the same name. */
const SECTIONS = ['marathon', 'bcs', 'cloud-foundry'] as const;

/** Values that are each right and do not go together. */
function contradictions(config: Config, raw: Raw, environment: ConfigSources['environment']): readonly string[] {
  const found: string[] = [];
  const say = (path: readonly PropertyKey[], sentence: string) => found.push(`${place(path, raw)} ${sentence}.`);
  const names = config.targets.map(target => target.name);
  config.targets.forEach((target, index) => {
    const own = ['targets', index];
    const { blue, green } = target.slots;
    if (blue === green)
      say([...own, 'slots', 'green'], `is "${green}", the same as blue; the two slots need different names`);
    for (const slot of ['blue', 'green'] as const) {
      if (config.platform === 'marathon' || !target.slots[slot].includes('/')) continue;
      say([...own, 'slots', slot], `is "${target.slots[slot]}", a path, which only apps of Marathon have for a name`);
    }
    if (names.indexOf(target.name) !== index)
      say([...own, 'name'], `is "${target.name}", which another target has already`);
    if (writesGreen(config) && target.manifest === undefined && !hasProgram(config, target)) {
      say([...own, 'manifest'], `is missing; the verb ${config.verb} needs to know what green is`);
    }
    if (asksLive(config) && !target['live-url'] && isBehindGateway(config, target)) {
      say([...own, 'live-url'], 'is missing, and checks on live traffic need it: no route of this target is a Service');
    }
    const needsIdentity = [...config.verify, ...config.switch.checks, ...config.bake.checks].some(expectsVersion);
    if (needsIdentity && !target.identity) {
      say([...own, 'identity'], 'is missing, and a check expects the version; say where an answer names it');
    }
  });
  const held = heldFor(config);
  if (held >= config.deadline) {
    const times = `the steps of the switch alone take ${formatDuration(held)}`;
    say(['deadline'], `is ${formatDuration(config.deadline)}, and ${times}; raise it, or lower switch.hold`);
  }
  const unsaid = at(raw.data, ['switch', 'mode']) === undefined;
  // An exchange in batches is checked between them, whatever the mode.
  const idle = config.strategy === 'stepwise' ? ['steps'] : ['steps', 'checks'];
  for (const key of unsaid ? idle : []) {
    if (at(raw.data, ['switch', key]) === undefined) continue;
    say(['switch', key], 'has no effect on a switch in one write, which is what happens unless switch.mode says steps');
  }
  found.push(...approvalProblems(config, environment).map(([key, sentence]) => `${place(key, raw)} ${sentence}.`));
  for (const [path, sentence] of cloudFoundryProblems(config)) say(path, sentence);
  if (config.strategy === 'stepwise') {
    if (config.platform !== 'marathon') say(['strategy'], `is stepwise, which platform ${config.platform} cannot do`);
    if (config.switch.mode !== 'atomic') say(['switch', 'mode'], 'has no place in strategy stepwise; leave it out');
    if (!config.drain.gauge)
      say(['drain', 'gauge'], 'is missing; strategy stepwise ends an instance only once its gauge says that it may');
  }
  for (const section of SECTIONS) {
    if (config.platform === section && !config[section]) say([section], 'is missing; it says where the platform is');
    if (config.platform !== section && config[section]) say([section], `has no effect on platform ${config.platform}`);
  }
  if (config.teardown.how === 'keep' && config.teardown.after > 0) {
    say(['teardown', 'after'], 'says when blue is removed, but teardown is keep; leave one of the two out');
  }
  return found;
}

function expectsVersion(check: CheckConfig): boolean {
  if ('suite' in check) return check.suite.requests.some(({ expect }) => expect.version);
  return 'http' in check && check.http.expect.version === true;
}

/** How long both slots get traffic, at least, in milliseconds. */
function heldFor({ switch: { mode, steps, hold } }: Config): number {
  if (mode === 'atomic') return 0;
  return hold * (mode === 'steps' ? steps.length - 1 : 1);
}

function asksLive({ switch: way, bake }: Config): boolean {
  return way.checks.length + bake.checks.length > 0;
}

/** Through the API server a Service can be asked, and nothing that stands in front of one. */
function isBehindGateway({ platform }: Config, { routes }: TargetConfig): boolean {
  return (
    platform === 'kubernetes' && routes.length > 0 && !routes.some(route => /^(service|services|svc)\//.test(route))
  );
}

function writesGreen(config: Config): boolean {
  return ['run', 'plan', 'deploy'].includes(config.verb);
}

/** Targets that are well-formed are examined even when something else is wrong, so that all mistakes come at once. */
async function examineTargets(raw: Raw, sources: ConfigSources): Promise<readonly string[]> {
  const targets = at(raw.data, ['targets']);
  if (!Array.isArray(targets)) return [];
  const platform = at(raw.data, ['platform']) ?? 'kubernetes';
  if (!configSchema.shape.platform.safeParse(platform).success) return [];
  const section = sectionOf(raw, String(platform));
  const found = await Promise.all(
    targets.map(async (target, index) => {
      const parsed = targetSchema.safeParse(target);
      if (!parsed.success) return [];
      const problems = await sources.examine(String(platform), parsed.data, section);
      return problems.map(({ path, message }) => `${place(['targets', index, ...path.split('.')], raw)}: ${message}`);
    }),
  );
  return found.flat();
}

/** A section that is not well-formed is told elsewhere. */
function sectionOf(raw: Raw, platform: string): unknown {
  const known = SECTIONS.find(name => name === platform);
  return known && configSchema.shape[known].safeParse(at(raw.data, [known])).data;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
