/** The ways of asking, by name; each is loaded when somebody has to be asked. */
import type { ApprovalConfig } from '../config/schema.js';
import { failure } from '../failures.js';
import type { Gates } from '../release/ask.js';
import { digestOf } from './digest.js';
import type { Asker, Tools } from './port.js';

const ASKERS: Readonly<Partial<Record<ApprovalConfig['by'], () => Promise<Asker>>>> = {
  issue: async () => (await import('./issue/index.js')).askOnGithub,
  annotation: async () => (await import('./annotation.js')).askOnPlatform,
  url: async () => (await import('./url.js')).askUrl,
};

export function openGates(tools: Tools): Gates {
  return {
    digest: digestOf,
    open: async (question, signal) => {
      const load = ASKERS[tools.approval.by];
      // The plan has no step for the others.
      if (!load) throw failure('GATE_BROKEN', { gate: question.gate, reason: `${tools.approval.by} asks nobody.` });
      return (await load())(question, tools, signal);
    },
  };
}
