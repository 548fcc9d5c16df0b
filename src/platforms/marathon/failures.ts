/** What can go wrong on the way to Marathon and Edge-LB and in them, as sentences. */
import { catalogue, type Failure, hasCode, quoted } from '../../failures.js';

export { hasCode } from '../../failures.js';

interface Asked {
  /** What a request was to do, such as `read the app /svc-blue`. */
  readonly what: string;
}
interface Answered extends Asked {
  readonly status: number;
  /** The server's own words; empty when it said nothing. */
  readonly words: string;
}

/** Failures of the wire and of both APIs, by code. */
export const marathonFailure = catalogue({
  MARATHON_SETTINGS: ({ reason }: { reason: string }) => ({
    message: `The section marathon cannot be used: ${reason}.`,
    hint: 'Correct it in cutover.yml or in the input marathon. Nothing was contacted.',
    result: 'invalid' as const,
  }),
  UNREACHABLE: ({ server, reason, what }: { server: string; reason: string } & Asked) => ({
    message: `${server} does not answer (${reason}); the request was to ${what}.`,
    hint: 'Check the addresses in the section marathon, and that this machine may reach them (VPN, firewall, proxy).',
  }),
  TLS: ({ server, reason }: { server: string; reason: string }) => ({
    message: `${server} could not be trusted: ${reason}.`,
    hint: "Give the cluster's certificate authority as marathon.ca; DC/OS serves it at /ca/dcos-ca.crt.",
  }),
  ANSWER_LOST: ({ reason, what }: { reason: string } & Asked) => ({
    message: `The answer to a write was lost (${reason}), so nobody knows whether it took effect: ${what}.`,
    hint: 'Run the same command again: it reads what is there before it writes.',
  }),
  CREDENTIALS: ({ reason }: { reason: string }) => ({
    message: `Logging in to DC/OS failed: ${reason}.`,
    hint: 'Correct marathon.credentials: a user and password, or the secret of a service account.',
  }),
  UNAUTHORIZED: ({ server, words }: { server: string; words: string }) => ({
    message: `${server} does not accept the credentials: they are wrong or have expired.${quoted(words)}`,
    hint: 'Give fresh ones as marathon.credentials; a user or a service account logs in again by itself, a token cannot.',
  }),
  FORBIDDEN: ({ what, words }: Answered) => ({
    message: `The credentials may not ${what}.${quoted(words)}`,
    hint: 'Grant what docs/dcos.md lists under permissions, for the group of the apps and for the pool.',
  }),
  NOT_FOUND: ({ what, words }: Answered) => ({
    message: `There is nothing at the address that was asked to ${what}.${quoted(words)}`,
    hint: 'Check the addresses in the section marathon: Marathon and Edge-LB may have other names in this cluster.',
  }),
  CONFLICT: ({ what, words }: Answered) => ({
    message: `What was asked for is there already, made by somebody else: ${what}.${quoted(words)}`,
    hint: 'Find out who else writes to it (another pipeline, a person), then run again.',
  }),
  APP_LOCKED: ({ what, deployments, waited }: { deployments: string; waited: string } & Asked) => ({
    message: `Marathon's own deployment ${deployments} held a lock for ${waited}, so this could not be done: ${what}.`,
    hint: 'Look at it with: dcos marathon deployment list. Cutover never forces its way; run again when it has ended.',
  }),
  REJECTED: ({ what, status, words }: Answered) => ({
    message: `The server refused to ${what} (HTTP ${status}).${quoted(words)}`,
    hint: 'Correct the app definition or the pool as the server says, then run again.',
  }),
  SERVER_ERROR: ({ what, status, words }: Answered) => ({
    message: `The server failed with HTTP ${status} when asked to ${what}.${quoted(words)}`,
    hint: 'Look at the health of Marathon, Edge-LB and Admin Router, then run again.',
  }),
  NOT_JSON: ({ server, status, beginning }: { server: string; status: number; beginning: string }) => ({
    message: `${server} answered with something that is not JSON (HTTP ${status}): ${beginning}`,
    hint: 'The address is probably a login page or another service.',
  }),
  TRUNCATED: ({ server, what }: { server: string } & Asked) => ({
    message: `The answer of ${server} ended in the middle when asked to ${what}.`,
    hint: 'Something between this machine and the cluster cuts connections; look at proxies.',
  }),
  MANIFEST: ({ sentences }: { sentences: readonly string[] }) => ({
    message: `The app definition cannot be used: ${sentences.join(' ')}`,
    hint: 'Correct it and run again.',
    result: 'invalid' as const,
  }),
  POOL_NOT_FOUND: ({ pool, words }: { pool: string; words: string }) => ({
    message: `Edge-LB has no pool ${pool}.${quoted(words)}`,
    hint: `Correct the route, or create the pool first: dcos edgelb create ${pool}.json`,
    result: 'refused' as const,
  }),
  BACKEND_NOT_FOUND: ({ pool, backend, known }: { pool: string; backend: string; known: string }) => ({
    message: `The pool ${pool} has no backend ${backend}; it has ${known}.`,
    hint: 'Correct the route: pool/POOL/BACKEND.',
    result: 'refused' as const,
  }),
  APP_NOT_FOUND: ({ app }: { app: string }) => ({
    message: `There is no app ${app}.`,
    hint: 'Deploy this slot first.',
  }),
  ROUTE_CHANGED: ({ route, expected, found }: { route: string; expected: string; found: string }) => ({
    message: `${route} was changed by somebody else: it was expected to go to ${expected}, but it goes to ${found}.`,
    hint: 'Find out who writes to it (a person, another pipeline), then run again.',
  }),
  ROUTE_CONTENDED: ({ route, attempts }: { route: string; attempts: number }) => ({
    message: `${route} did not become what was written in ${attempts} attempts: it was changed back each time, or Edge-LB did not store it.`,
    hint: 'Find out who keeps writing to it, and look at the log of the Edge-LB API server; then run again.',
  }),
  STEPS_IMPOSSIBLE: ({ target, reason }: { target: string; reason: string }) => ({
    message: `The switch of ${target} cannot be made as the configuration says: ${reason}.`,
    hint: 'Set switch.mode to atomic, or correct what is named.',
    result: 'refused' as const,
  }),
  RECORD_TOO_LONG: ({ length, limit }: { length: number; limit: number }) => ({
    message: `The record of this release is ${length} bytes long, and Marathon could not store more than ${limit}.`,
    hint: 'Release fewer targets at once, or split the pool: its definition is part of the record.',
  }),
  NO_PREVIEW: ({ slot, reason }: { slot: string; reason: string }) => ({
    message: `${slot} cannot be reached in private: ${reason}.`,
    hint: 'Name a port in the app definition, and run where the agents of the cluster can be reached.',
  }),
});

/** Failures after which a write may or may not have taken effect. */
export function isUncertain(thrown: unknown): thrown is Failure {
  return hasCode(thrown, 'ANSWER_LOST', 'SERVER_ERROR', 'TRUNCATED', 'NOT_JSON');
}
