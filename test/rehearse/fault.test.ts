import { describe, expect, test } from '@jest/globals';
import { allFaults, FAULT_KINDS, faultText, parseFault } from '../../src/rehearse/disasters/fault.js';

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

  test('as it is shown', () => {
    for (const fault of allFaults()) expect(parseFault(faultText(fault))).toEqual(fault);
    expect(new Set(allFaults().map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  });
});
