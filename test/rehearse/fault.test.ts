import { describe, expect, test } from '@jest/globals';
import { FAULT_KINDS, faultText, isChosen, parseChoice, parseFault } from '../../src/rehearse/disasters/fault.js';
import { faultsOf } from '../../src/rehearse/disasters/survey.js';

describe('a fault is named', () => {
  test('by kind and step, and is meant before the step unless told', () => {
    expect(parseFault('kill@switch')).toEqual({ kind: 'kill', step: 'switch', when: 'before' });
    expect(parseFault('lost-answer@deploy.after')).toEqual({ kind: 'lost-answer', step: 'deploy', when: 'after' });
  });

  test.each(['', 'kill', 'kill@', 'explode@switch', 'kill@lunch', 'kill@switch.during'])(
    'and "%s" is told what there is',
    text => {
      expect(() => parseFault(text)).toThrow(/Kinds: kill, cancel, .*Steps: inspect, preflight/);
    },
  );
});

describe('all faults are those that the user’s own release offers a place for', () => {
  const faults = faultsOf({ asking: new Set(['ready', 'switch']), writing: new Set(['switch']) });

  test('every kind is among them, and can be named again', () => {
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
    for (const fault of faults) expect(parseFault(faultText(fault))).toEqual(fault);
  });

  test('what only a write can have befalls no step that reads', () => {
    const at = (kind: string) => faults.filter(fault => fault.kind === kind).map(({ step }) => step);
    expect(at('lost-answer')).toEqual(['switch']);
    expect(at('conflict')).toEqual(['switch']);
    expect(at('slow')).toEqual(['ready', 'switch']);
  });

  test('a kill and a cancel come on both sides', () => {
    expect(faults.filter(({ kind }) => kind === 'kill').map(faultText)).toEqual([
      'kill@ready.before',
      'kill@ready.after',
      'kill@switch.before',
      'kill@switch.after',
    ]);
  });

  test('and may be narrowed to kinds and steps', () => {
    const chosen = (text: string) => faults.filter(fault => isChosen(fault, parseChoice(text))).map(faultText);
    expect(chosen('conflict')).toEqual(['conflict@switch.before']);
    expect(chosen('conflict,ready')).toHaveLength(faults.filter(({ step }) => step === 'ready').length + 1);
    expect(chosen('')).toHaveLength(faults.length);
    expect(() => parseChoice('conflict,lunch')).toThrow(/names "lunch"\. Kinds: kill/);
  });
});
