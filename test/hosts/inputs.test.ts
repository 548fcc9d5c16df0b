import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../src/failures.js';
import { commandInputs, fromCommandLine, githubInputs } from '../../src/hosts/inputs.js';
import { worldOf } from './world.js';

describe('on GitHub', () => {
  test('inputs are the variables INPUT_*, unknown ones included, without the empty ones', () => {
    const { world } = worldOf({ 'INPUT_LIVE-URL': ' https://shop \n', INPUT_BLUE: '', INPUT_BLEU: 'x', GREEN: 'y' });
    expect(githubInputs(world)).toEqual({ 'live-url': 'https://shop', bleu: 'x' });
  });

  test('a run step may say them on its command line', () => {
    const { world } = worldOf({ INPUT_VERB: 'run' }, { arguments: ['status', '--config', 'cutover.yml'] });
    expect(githubInputs(world)).toEqual({ verb: 'status', config: 'cutover.yml' });
  });
});

describe('elsewhere', () => {
  test('inputs are the variables CUTOVER_*, and the command line wins', () => {
    const environment = { CUTOVER_LIVE_URL: 'https://shop', CUTOVER_VERSION: 'v1', CUTOVER_IMAGE: '' };
    const { world } = worldOf(environment, { arguments: ['--version', 'v2'] });
    expect(commandInputs(world)).toEqual({ 'live-url': 'https://shop', version: 'v2' });
  });

  test('what this tool tells checks and later jobs does not come back as an input', () => {
    const environment = { CUTOVER_DEBUG: '1', CUTOVER_SLOT: 'a', CUTOVER_TARGET: 'b', CUTOVER_OUTPUT_LIVE: 'c' };
    expect(commandInputs(worldOf({ ...environment, CUTOVER_DEBUGGER: 'x' }).world)).toEqual({ debugger: 'x' });
  });
});

describe('the command line', () => {
  test.each([
    ['', {}],
    ['plan', { verb: 'plan' }],
    ['--verb plan', { verb: 'plan' }],
    ['run --bake 30s --image=shop:1', { verb: 'run', bake: '30s', image: 'shop:1' }],
    ['--dry-run switch', { 'dry-run': 'true', verb: 'switch' }],
    ['switch --dry-run', { 'dry-run': 'true', verb: 'switch' }],
    ['--dry-run=false', { 'dry-run': 'false' }],
    ['--namespace= --context', { namespace: '', context: 'true' }],
    ['--bleu x --v', { bleu: 'x', v: 'true' }],
    ['--image a --image a', { image: 'a' }],
  ])('%s', (line, inputs) => {
    expect(fromCommandLine(line.split(' ').filter(word => word))).toEqual(inputs);
  });

  test.each(['- http: { path: /healthz }', '---\n- http: { path: /healthz }', '-1', '--- {}'])(
    'takes inline YAML as it is: %j',
    smoke => {
      expect(fromCommandLine(['run', '--smoke', smoke, '--dry-run'])).toEqual({
        verb: 'run',
        smoke,
        'dry-run': 'true',
      });
      expect(fromCommandLine([`--smoke=${smoke}`])).toEqual({ smoke });
    },
  );

  test('says every mistake at once, and no value that may be a secret', () => {
    const wrong = () => fromCommandLine(['run', 'now', '--gitlab-token', 'hunter2', '--gitlab-token', 'hunter3']);
    expect(wrong).toThrow(Failure);
    expect(wrong).toThrow('"now", which belongs to no input');
    expect(wrong).toThrow('Input gitlab-token is given twice, with different values.');
    expect(wrong).not.toThrow('hunter');
  });
});
