import { EmbeddedMarathon, type EmbeddedMarathonOptions } from './platform.js';

export type { Answer, RunningInstance } from '../dataplane/index.js';
export type { Pool } from '../edge-lb/pool.js';
export type { MarathonLb, MarathonLbOptions } from '../marathon-lb/marathon-lb.js';
export type { AddedFault, Fault, FaultAnswer, FaultMatch } from '../serving/faults.js';
export type { Interception } from '../serving/interception.js';
export type { LoggedRequest } from '../serving/request-log.js';
export type { AppBehaviour } from './behaviour.js';
export type { App, VersionedApp } from './definition.js';
export type { MarathonEvent } from './events.js';
export type { User } from './identity.js';
export type { Credentials, EmbeddedMarathon, EmbeddedMarathonOptions, ServiceAccount } from './platform.js';
export type { EndedTask } from './run.js';
export type { RecordedExchange } from './server.js';
export type { Task } from './task.js';
export { defaultTiming, type Timing } from './timing.js';

/** Starts a Marathon with an Edge-LB in this process; they serve until they are closed (or disposed of by `await using`). */
export function startEmbeddedMarathon(options: EmbeddedMarathonOptions = {}): Promise<EmbeddedMarathon> {
  return EmbeddedMarathon.start(options);
}
