import { json, type Reply } from '../serving/reply.js';

/** Codes of a failed answer; the base of all of them is 1405000. */
export const codes = {
  wrongData: 1405008,
  noScheduler: 1405009,
  notJson: 1405010,
  absentInStorage: 1405087,
  scheduler: 1405200,
  exists: 1405201,
  absent: 1405202,
  wrongCluster: 1405234,
} as const;

/** A refusal of one of BCS's programs. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Every failure of the scheduler and of its driver is an HTTP 200, too. */
export function failed(program: 'bcs-scheduler' | 'mesosdriver' | 'bcs-storage', { code, message }: Refusal): Reply {
  const data = program === 'bcs-storage' ? [] : {};
  return json(200, { result: false, code, message: `(${program}):${message}`, data });
}

export function succeeded(data: unknown = null, message = 'success'): Reply {
  return json(200, { result: true, code: 0, message, data });
}
