/** What can go wrong on the way to Cloud Foundry and in it, as sentences. */
import { catalogue, type Failure, hasCode, quoted } from '../../failures.js';

export { hasCode } from '../../failures.js';

interface Asked {
  /** What a request was to do, such as `read the app shop-blue`. */
  readonly what: string;
}

/** Failures of the wire and of the platform, by code. */
export const cfFailure = catalogue({
  CF_SETTINGS: ({ reason }: { reason: string }) => ({
    message: `The section cloud-foundry cannot be used: ${reason}.`,
    hint: 'Correct it in cutover.yml. Nothing was written.',
    result: 'invalid' as const,
  }),
  UNREACHABLE: ({ server, reason, what }: { server: string; reason: string } & Asked) => ({
    message: `${server} does not answer (${reason}); the request was to ${what}.`,
    hint: 'Check cloud-foundry.api, and that this machine may reach it (VPN, firewall, proxy).',
  }),
  TLS: ({ server, reason }: { server: string; reason: string }) => ({
    message: `${server} could not be trusted: ${reason}.`,
    hint: "Give the foundation's certificate authority as cloud-foundry.ca.",
  }),
  ANSWER_LOST: ({ reason, what }: { reason: string } & Asked) => ({
    message: `The answer to a write was lost (${reason}), so nobody knows whether it took effect: ${what}.`,
    hint: 'Run the same command again: it reads what is there before it writes.',
  }),
  LOGIN_REFUSED: ({ server, words }: { server: string; words: string }) => ({
    message: `${server} did not take the credentials.${quoted(words)}`,
    hint: 'Correct cloud-foundry.credentials; docs/cloud-foundry.md has every kind of login.',
    result: 'refused' as const,
  }),
  NO_ID_TOKEN: ({ reason }: { reason: string }) => ({
    message: `The job has no ID token to log in with: ${reason}.`,
    hint: 'On GitHub give the job the permission id-token: write; on GitLab name one of its id_tokens as variable. docs/cloud-foundry.md shows both.',
    result: 'refused' as const,
  }),
  UNAUTHORIZED: ({ server, words }: { server: string; words: string }) => ({
    message: `${server} does not accept the token, a fresh one neither.${quoted(words)}`,
    hint: 'Give credentials that last, or a fresh token, as cloud-foundry.credentials.',
  }),
  FORBIDDEN: ({ what, words }: { words: string } & Asked) => ({
    message: `The user may not ${what}.${quoted(words)}`,
    hint: 'Give it the role Space Developer in this space: cf set-space-role USER ORG SPACE SpaceDeveloper.',
  }),
  NO_SUCH_PLACE: ({ kind, name }: { kind: string; name: string }) => ({
    message: `There is no ${kind} ${name}, or the user may not see it: Cloud Foundry does not tell these two apart.`,
    hint: 'Check the name in the section cloud-foundry, and that the user has a role there.',
    result: 'refused' as const,
  }),
  CONFLICT: ({ what, words }: { words: string } & Asked) => ({
    message: `What was asked for is there already, made by somebody else: ${what}.${quoted(words)}`,
    hint: 'Find out who else writes to this space (another pipeline, a person), then run again.',
  }),
  GONE: ({ what, words }: { words: string } & Asked) => ({
    message: `What was to be changed does not exist: ${what}.${quoted(words)}`,
    hint: 'Find out who removed it, then run again.',
  }),
  REJECTED: ({ what, title, words }: { title: string; words: string } & Asked) => ({
    message: `Cloud Foundry refused to ${what} (${title}).${quoted(words)}`,
    hint: 'Correct what Cloud Foundry names, then run again.',
  }),
  SERVER_ERROR: ({ what, status, words }: { status: number; words: string } & Asked) => ({
    message: `Cloud Foundry failed with HTTP ${status} when asked to ${what}.${quoted(words)}`,
    hint: 'Look at the health of the foundation, then run again.',
  }),
  NOT_JSON: ({ server, status, beginning }: { server: string; status: number; beginning: string }) => ({
    message: `${server} answered with something that is not JSON (HTTP ${status}): ${beginning}`,
    hint: 'The address is probably a login page or another service.',
  }),
  JOB_FAILED: ({ what, words }: { words: string } & Asked) => ({
    message: `Cloud Foundry began to ${what}, and failed.${quoted(words)}`,
    hint: 'Correct what Cloud Foundry names, then run again.',
  }),
  STAGING_FAILED: ({ slot, words }: { slot: string; words: string }) => ({
    message: `${slot} could not be staged.${quoted(words)}`,
    hint: 'Read the last lines of the staging log below this message; correct the program, the image or the buildpack.',
  }),
  MANIFEST: ({ sentences }: { sentences: readonly string[] }) => ({
    message: `The definition of the app cannot be used: ${sentences.join(' ')}`,
    hint: 'Correct it and run again.',
    result: 'invalid' as const,
  }),
  APP_NOT_FOUND: ({ slot }: { slot: string }) => ({
    message: `There is no app for the slot ${slot}.`,
    hint: 'Deploy this slot first.',
  }),
  ROUTE_NOT_FOUND: ({ route, space }: { route: string; space: string }) => ({
    message: `There is no ${route} in the space ${space}.`,
    hint: 'Correct the route, or create it first: cf create-route DOMAIN --hostname HOST --path PATH.',
    result: 'refused' as const,
  }),
  ROUTE_CHANGED: ({ route, expected, found }: { route: string; expected: string; found: string }) => ({
    message: `${route} was changed by somebody else: it was expected to lead to ${expected}, but it leads to ${found}.`,
    hint: 'Find out who writes to it (a person, another pipeline), then run again.',
  }),
  ROUTE_UNWRITTEN: ({ route, reason }: { route: string; reason: string }) => ({
    message: `${route} could not be changed: ${reason}.`,
    hint: 'Look at the health of the foundation, then run the same command again.',
  }),
  NOT_PROPAGATED: ({ route, reason }: { route: string; reason: string }) => ({
    message: `The routers do not follow ${route}: ${reason}.`,
    hint: 'Cloud Foundry tells its routers late, or lost the message; traffic was not moved any further. Look at the health of the routers, then run again.',
  }),
  STEPS_IMPOSSIBLE: ({ target, reason }: { target: string; reason: string }) => ({
    message: `The switch of ${target} cannot be made in these steps: ${reason}.`,
    hint: 'Set switch.mode to overlap, or choose steps that numbers of instances can make.',
    result: 'refused' as const,
  }),
  NO_PREVIEW: ({ slot, reason }: { slot: string; reason: string }) => ({
    message: `${slot} cannot be reached in private: ${reason}.`,
    hint: 'Check that the user may create routes in this domain, and that this machine reaches the routers.',
  }),
  RECORD_TOO_LONG: ({ length, limit }: { length: number; limit: number }) => ({
    message: `The record of the release has ${length} characters, and annotations of one app hold ${limit}.`,
    hint: 'Split the release into several with fewer targets.',
  }),
});

/** Failures after which a write may or may not have taken effect. */
export function isUncertain(thrown: unknown): thrown is Failure {
  return hasCode(thrown, 'ANSWER_LOST', 'SERVER_ERROR', 'NOT_JSON');
}
