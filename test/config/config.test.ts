import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Config } from '../../src/config/schema.js';
import { readConfig } from '../../src/config.js';
import { Failure } from '../../src/failures.js';

const workspace = mkdtempSync(join(tmpdir(), 'cutover-config-'));
const smallest = { blue: 'shop-blue', green: 'shop-green', service: 'shop', manifest: 'k8s', version: '2' };

interface Given {
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly commit?: string;
  readonly masked?: string[];
}

function read(inputs: Readonly<Record<string, string>>, given: Given = {}): Promise<Config> {
  if (given.file !== undefined) writeFileSync(join(workspace, 'cutover.yml'), given.file);
  return readConfig({
    inputs: given.file === undefined ? inputs : { config: 'cutover.yml', ...inputs },
    workspace,
    environment: given.environment ?? {},
    commit: async () => given.commit,
    mask: secret => given.masked?.push(secret),
    examine: async () => [],
  });
}

async function mistakes(inputs: Readonly<Record<string, string>>, given: Given = {}): Promise<string> {
  const failed = await read(inputs, given).then(
    () => undefined,
    thrown => thrown,
  );
  if (!(failed instanceof Failure)) throw new Error(`no failure, but ${failed}`);
  expect(failed).toMatchObject({ code: 'INVALID_CONFIGURATION', result: 'invalid' });
  return failed.message;
}

describe('the smallest workflow', () => {
  test('names two slots, a service and a manifest; everything else has a default', async () => {
    const config = await read(smallest);
    expect(config).toMatchObject({
      platform: 'kubernetes',
      verb: 'run',
      settle: 5_000,
      bake: { for: 60_000 },
      teardown: { how: 'delete', after: 0 },
      deadline: 1_800_000,
      targets: [{ name: 'shop', slots: { blue: 'shop-blue', green: 'shop-green' }, routes: ['service/shop'] }],
    });
    expect(Object.isFrozen(config.targets[0]?.slots)).toBe(true);
  });

  test('has the commit as its version', async () => {
    const { version: _, ...inputs } = smallest;
    expect((await read(inputs, { commit: 'abc' })).version).toBe('abc');
  });
});

describe('inputs', () => {
  test('take inline YAML for checks', async () => {
    const config = await read({
      ...smallest,
      smoke: '- http: {path: /healthz, passes: 3}\n- command: {run: ./smoke.sh}',
    });
    expect(config.verify).toMatchObject([
      { http: { path: '/healthz', passes: 3, method: 'GET' } },
      { command: { run: './smoke.sh' } },
    ]);
  });

  test('take the path of a YAML file for checks', async () => {
    writeFileSync(join(workspace, 'smoke.yml'), '- http: {path: /healthz}');
    expect((await read({ ...smallest, smoke: 'smoke.yml' })).verify).toMatchObject([{ http: { path: '/healthz' } }]);
  });

  test('take several services, and images by container', async () => {
    const config = await read({ ...smallest, service: 'shop, shop-internal', images: 'app=shop:2\nproxy=envoy:1=x' });
    expect(config.targets[0]).toMatchObject({
      routes: ['service/shop', 'service/shop-internal'],
      images: { app: 'shop:2', proxy: 'envoy:1=x' },
    });
  });

  test('take the word none for a worker, which is called like its slots', async () => {
    const config = await read({ ...smallest, service: 'none', blue: 'mailer-blue', green: 'mailer-green' });
    expect(config.targets[0]).toMatchObject({ name: 'mailer', routes: [] });
  });

  test('take a live URL with or without a slash at its end', async () => {
    for (const given of ['https://shop.example', 'https://shop.example/']) {
      const config = await read({ ...smallest, 'live-url': given });
      expect(config.targets[0]?.['live-url']).toBe('https://shop.example');
    }
  });

  test('win over the file', async () => {
    const file =
      'version: "1"\nbake: {for: 5m, interval: 3s}\ntargets:\n- {name: shop, slots: {blue: a, green: b}, manifest: m, routes: [service/shop]}';
    const config = await read({ bake: '10s', green: 'c' }, { file });
    expect(config.bake).toMatchObject({ for: 10_000, interval: 3_000 });
    expect(config.targets[0]?.slots).toEqual({ blue: 'a', green: 'c' });
  });

  test('and files take ${VERSION} and variables; secret ones are masked, command lines left alone', async () => {
    const masked: string[] = [];
    const file = `version: \${SHA}
targets: [{name: shop, slots: {blue: a, green: b}, manifest: m, routes: [service/shop], image: "shop:\${VERSION}"}]
verify:
- http: {path: /, headers: {authorization: "Bearer \${API_TOKEN}", x: "$\${literal}"}}
- command: {run: "echo \${HOME}"}`;
    const config = await read({}, { file, environment: { SHA: 'abc', API_TOKEN: 's3cret' }, masked });
    expect(config.targets[0]?.image).toBe('shop:abc');
    expect(config.verify).toMatchObject([
      { http: { headers: { authorization: 'Bearer s3cret', x: '${literal}' } } },
      { command: { run: 'echo ${HOME}' } },
    ]);
    expect(masked).toEqual(['s3cret']);
  });
});

describe('mistakes', () => {
  const cases: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['a number without a unit', { bake: '30' }, 'Input bake is "30", a number without a unit; write 30s, 30m or 30h.'],
    ['a word that is no duration', { timeout: 'soon' }, 'Input timeout is "soon", which is not a duration'],
    ['never, where it cannot be', { timeout: 'never' }, 'Input timeout is "never"'],
    [
      'an unknown input, with the nearest known one',
      { smoke_test: 'x' },
      'Input smoke_test is unknown; did you mean smoke.',
    ],
    ['an unknown input that is like none', { '{': 'x' }, 'Input { is unknown.'],
    [
      'a choice that is none',
      { teardown: 'destroy' },
      'Input teardown must be one of delete, scale-to-zero, keep; it is "destroy".',
    ],
    [
      'a flag that is neither true nor false',
      { 'dry-run': 'yes' },
      'Input dry-run must be true or false; it is "yes".',
    ],
    ['the same slot twice', { green: 'shop-blue' }, 'Input green is "shop-blue", the same as blue'],
    [
      'a slot name that no platform takes',
      { green: 'Shop_Green' },
      'Input green must be lower-case letters, digits and hyphens',
    ],
    ['a check that is none', { smoke: '- ping: /' }, 'Input smoke: [0] must be an http check'],
    [
      'an unknown key in a check',
      { smoke: '- http: {path: /, statsu: 200}' },
      'Input smoke: [0].http.statsu is unknown',
    ],
    ['a check without a path', { smoke: '- http: {passes: 2}' }, 'Input smoke: [0].http.path'],
    [
      'neither YAML nor a file',
      { smoke: 'nowhere.yml' },
      'Input smoke is "nowhere.yml", which is neither YAML nor a file',
    ],
    [
      'keep together with a time of removal',
      { teardown: 'keep', 'teardown-after': '5m' },
      'Input teardown-after says when blue is removed, but teardown is keep',
    ],
    [
      'a check of the version without an identity',
      { smoke: '- http: {path: /, expect: {version: true}}' },
      'Input identity is missing',
    ],
    [
      'an unset variable',
      { image: 'shop:${NOWHERE}' },
      'Input image uses ${NOWHERE}, but no such environment variable is set',
    ],
    ['a live URL that is none', { 'live-url': 'shop.example' }, 'Input live-url must be an http or https URL'],
  ];
  test.each(cases)('%s', async (_, inputs, sentence) => {
    expect(await mistakes({ ...smallest, ...inputs })).toContain(sentence);
  });

  test('come all at once', async () => {
    const text = await mistakes({ blue: 'x', bake: '30', teardown: 'destroy', nonsense: '1' });
    for (const name of ['green', 'service', 'bake', 'teardown', 'nonsense', 'version'])
      expect(text).toContain(`Input ${name} `);
    expect(text).toContain('mistakes');
  });

  test('include that there is no target at all', async () => {
    expect(await mistakes({ version: '2' })).toContain(
      'No target is given: name one by the inputs blue, green, service and manifest',
    );
  });

  test('in a file name the place', async () => {
    const file =
      'version: "1"\ntargets:\n- {name: shop, slots: {blue: a, gren: b}, manifest: m, routes: [service/shop]}\nbake: {fro: 1m}';
    const text = await mistakes({}, { file });
    expect(text).toContain('cutover.yml: targets[0].slots.green is missing');
    expect(text).toContain('cutover.yml: targets[0].slots.gren is unknown; did you mean green.');
    expect(text).toContain('cutover.yml: bake.fro is unknown; did you mean for.');
  });

  test.each([
    ['route: group', 'targets[0].route', 'routes: [service/shop], route: group', ''],
    ['switch.route: group', 'switch.route', 'routes: [service/shop]', 'switch: {route: group}'],
    ['switch.mode: group', 'switch.mode', 'routes: [service/shop]', 'switch: {mode: group}'],
  ])('%s, which BCS cannot do, says why and what to write instead', async (_, path, route, more) => {
    const bcs = 'bcs: {orchestrator: mesos, cluster: BCS-MESOS-10000, api: "https://bcs.example"}';
    const target = `{name: shop, slots: {blue: a, green: b}, ${route}}`;
    const text = await mistakes({}, { file: `platform: bcs\nversion: "1"\n${bcs}\ntargets: [${target}]\n${more}` });
    expect(text).toContain(`cutover.yml: ${path}: group, a service for each slot, is not offered on BCS`);
    expect(text).toMatch(/keeps the labels that it was created with.*such as \[service\/test\]/);
  });

  test.each([
    ['{ steps: [50, 10, 100], mode: steps }', 'switch.steps must rise from step to step'],
    ['{ steps: [10, 50], mode: steps }', 'switch.steps must end with 100'],
    ['{ steps: [10, 100] }', 'switch.steps has no effect on a switch in one write'],
    ['{ mode: steps, hold: 20m }', 'deadline is 30 min, and the steps of the switch alone take 40 min'],
  ])('in a switch in steps, such as %s', async (given, sentence) => {
    const target = '- {name: shop, slots: {blue: a, green: b}, manifest: m, routes: [httproute/shop]}';
    const file = `version: "1"\nswitch: ${given}\ntargets:\n${target}`;
    expect(await mistakes({}, { file })).toContain(`cutover.yml: ${sentence}`);
  });

  test('include checks on live traffic that nobody can ask', async () => {
    const target = '{name: shop, slots: {blue: a, green: b}, manifest: m, routes: [httproute/shop]}';
    const file = `version: "1"\ntargets: [${target}]\nbake: {checks: [{http: {path: /}}]}`;
    expect(await mistakes({}, { file })).toContain('cutover.yml: targets[0].live-url is missing, and checks on live');
    expect((await read({ 'live-url': 'https://shop.example' }, { file })).targets).toHaveLength(1);
  });

  test('in YAML itself are told with the line', async () => {
    expect(await mistakes({}, { file: 'targets: [\n' })).toContain('Input config: cutover.yml cannot be read');
  });

  test('an input of one target does not go with a file of several', async () => {
    const target = (name: string) =>
      `- {name: ${name}, slots: {blue: a, green: b}, manifest: m, routes: [service/${name}]}`;
    const file = `version: "1"\ntargets:\n${target('shop')}\n${target('cart')}`;
    expect(await mistakes({ blue: 'x' }, { file })).toContain('Input blue speaks of one target, but cutover.yml has 2');
  });
});
