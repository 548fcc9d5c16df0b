/** What can go wrong on the way to BCS and in it, as sentences. */
import { catalogue, type Failure, hasCode, quoted } from '../../failures.js';

export { hasCode } from '../../failures.js';

interface Asked {
  /** What a request was to do, such as `read the service test`. */
  readonly what: string;
}

/** Failures of the wire and of BCS's programs, by code. */
export const bcsFailure = catalogue({
  BCS_SETTINGS: ({ reason }: { reason: string }) => ({
    message: `The section bcs cannot be used: ${reason}.`,
    hint: 'Correct it in cutover.yml. Nothing was contacted.',
    result: 'invalid' as const,
  }),
  UNREACHABLE: ({ server, reason, what }: { server: string; reason: string } & Asked) => ({
    message: `${server} does not answer (${reason}); the request was to ${what}.`,
    hint: 'Check bcs.api, and that this machine may reach the gateway (VPN, firewall, proxy).',
  }),
  TLS: ({ server, reason }: { server: string; reason: string }) => ({
    message: `${server} could not be trusted: ${reason}.`,
    hint: "Give the gateway's certificate authority as bcs.ca.",
  }),
  ANSWER_LOST: ({ reason, what }: { reason: string } & Asked) => ({
    message: `The answer to a write was lost (${reason}), so nobody knows whether it took effect: ${what}.`,
    hint: 'Run the same command again: it reads what is there before it writes.',
  }),
  UNAUTHORIZED: ({ server, words }: { server: string; words: string }) => ({
    message: `${server} does not accept the token: it is wrong or has expired.${quoted(words)}`,
    hint: 'Give a fresh one as bcs.token.',
  }),
  FORBIDDEN: ({ what, words }: { words: string } & Asked) => ({
    message: `The token may not ${what}.${quoted(words)}`,
    hint: 'Grant what docs/bcs.md lists under permissions.',
  }),
  NO_CLUSTER: ({ cluster, what }: { cluster: string } & Asked) => ({
    message: `The gateway knows no way to the cluster ${cluster}; the request was to ${what}.`,
    hint: 'Check bcs.cluster, which is written as in BCS-MESOS-10000, and bcs.orchestrator.',
  }),
  CONFLICT: ({ what, words }: { words: string } & Asked) => ({
    message: `What was asked for is there already, made by somebody else: ${what}.${quoted(words)}`,
    hint: 'Find out who else writes to it (another pipeline, a person), then run again.',
  }),
  GONE: ({ what, words }: { words: string } & Asked) => ({
    message: `What was to be changed does not exist: ${what}.${quoted(words)}`,
    hint: 'Find out who removed it, then run again.',
  }),
  REJECTED: ({ what, code, words }: { code: number; words: string } & Asked) => ({
    message: `BCS refused to ${what} (code ${code}).${quoted(words)}`,
    hint: 'Correct the definition as BCS says, then run again.',
  }),
  NOT_MASTER: ({ what }: Asked) => ({
    message: `BCS answered with nothing when asked to ${what}: a scheduler that is not the master does so.`,
    hint: 'Look at the health of the schedulers, then run again.',
  }),
  NO_SCHEDULER: ({ what, words }: { words: string } & Asked) => ({
    message: `No scheduler of the cluster is connected, so nobody could ${what}.${quoted(words)}`,
    hint: 'Look at the health of bcs-scheduler and bcs-mesos-driver, then run again.',
  }),
  SERVER_ERROR: ({ what, status, words }: { status: number; words: string } & Asked) => ({
    message: `The gateway failed with HTTP ${status} when asked to ${what}.${quoted(words)}`,
    hint: 'Look at the health of the gateway, the scheduler and the storage, then run again.',
  }),
  NOT_JSON: ({ server, status, beginning }: { server: string; status: number; beginning: string }) => ({
    message: `${server} answered with something that is not an answer of BCS (HTTP ${status}): ${beginning}`,
    hint: 'The address is probably a login page, a proxy or another service.',
  }),
  MANIFEST: ({ sentences }: { sentences: readonly string[] }) => ({
    message: `The definition cannot be used: ${sentences.join(' ')}`,
    hint: 'Correct it and run again.',
    result: 'invalid' as const,
  }),
  SERVICE_NOT_FOUND: ({ service, namespace }: { service: string; namespace: string }) => ({
    message: `There is no service ${service} in the namespace ${namespace}.`,
    hint: 'Correct the route, or create the service first: bcs-client create --clusterid CLUSTER -t service -f FILE.',
    result: 'refused' as const,
  }),
  DEPLOYMENT_NOT_FOUND: ({ slot }: { slot: string }) => ({
    message: `There is no deployment ${slot}.`,
    hint: 'Deploy this slot first.',
  }),
  ROUTE_CHANGED: ({ route, expected, found }: { route: string; expected: string; found: string }) => ({
    message: `${route} was changed by somebody else: it was expected to select ${expected}, but it selects ${found}.`,
    hint: 'Find out who writes to it (a person, another pipeline), then run again.',
  }),
  ROUTE_CONTENDED: ({ route, wanted, found }: { route: string; wanted: string; found: string }) => ({
    message: `${route} was written to select ${wanted}, and selects ${found}: somebody else writes to it at the same time.`,
    hint: 'BCS has no conditional writes, so the last one wins. Find out who it was, then run again.',
  }),
  WRITE_NOT_SHOWN: ({ route, wanted }: { route: string; wanted: string }) => ({
    message: `${route} was written three times to select ${wanted}, and BCS still shows what it selected before.`,
    hint: 'Look whether somebody else writes it back, and whether mesos-watch and the storage are alive, or raise bcs.read-lag; then run again.',
  }),
  STRANGERS_SELECTED: ({ service, names }: { service: string; names: readonly string[] }) => ({
    message: `The service ${service} was not switched: what it would select also matches ${names.join(', ')}.`,
    hint: 'Give the slots labels that nothing else in the namespace has, then run again.',
    result: 'refused' as const,
  }),
  OVERLAP_IMPOSSIBLE: ({ target, reason }: { target: string; reason: string }) => ({
    message: `The switch of ${target} cannot be made as the configuration says: ${reason}.`,
    hint: 'Set switch.mode to atomic; overlap needs a label in the definition that is the same for both slots, and that nothing else has.',
    result: 'refused' as const,
  }),
  NO_PREVIEW: ({ slot, reason }: { slot: string; reason: string }) => ({
    message: `${slot} cannot be reached in private: ${reason}.`,
    hint: 'Name a port in the definition, and run where the hosts of the cluster can be reached.',
  }),
});

/** Failures after which a write may or may not have taken effect. */
export function isUncertain(thrown: unknown): thrown is Failure {
  return hasCode(thrown, 'ANSWER_LOST', 'SERVER_ERROR', 'NOT_JSON', 'NOT_MASTER', 'NO_SCHEDULER');
}
