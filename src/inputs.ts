/**
 * One table of inputs: action.yml, the README table, --help and the reading of a configuration come from it.
 * `path` is where a value goes in the configuration of `config/schema.ts`.
 */

export interface Input {
  readonly name: string;
  /** Dotted path in the configuration. */
  readonly path: string;
  readonly kind: 'text' | 'duration' | 'choice' | 'boolean' | 'yaml' | 'lines';
  readonly options?: readonly string[];
  /** Shown to people; the configuration's schema holds the default itself. */
  readonly default?: string;
  /** What action.yml gives when the workflow says nothing: only what the program itself cannot know. */
  readonly inAction?: string;
  readonly description: string;
}

const FIRST = 'targets.0';

export const INPUTS: readonly Input[] = [
  text(
    'blue',
    `${FIRST}.slots.blue`,
    'Name of one slot, such as shop-blue. Which slot is live is read from the routing.',
  ),
  text(
    'green',
    `${FIRST}.slots.green`,
    'Name of the other slot, such as shop-green. On the first release this one goes live.',
  ),
  choice(
    'platform',
    'platform',
    ['kubernetes', 'marathon', 'bcs', 'cloud-foundry'],
    'kubernetes',
    'Where the slots live.',
  ),
  text(
    'service',
    `${FIRST}.routes`,
    'The Kubernetes Service whose selector is switched, or another route such as httproute/shop; several are separated by commas and switched as one. none: a worker without a route.',
  ),
  text(
    'namespace',
    'namespace',
    "Kubernetes namespace; by default the manifest's own, then the one of the kubeconfig context.",
  ),
  text(
    'manifest',
    `${FIRST}.manifest`,
    'File, folder or glob of YAML documents: one workload and whatever comes with it. One manifest serves both slots.',
  ),
  text('image', `${FIRST}.image`, "Image for the workload's only, or first, container."),
  lines('images', `${FIRST}.images`, 'Images by container, one container=image a line.'),
  text(
    'version',
    'version',
    'What tells one build from another. The same version again changes nothing.',
    'the commit',
  ),
  text(
    'kubeconfig',
    'kubeconfig',
    'Path of a kubeconfig, or its YAML. By default KUBECONFIG, ~/.kube/config, then in-cluster credentials.',
  ),
  yaml(
    'marathon',
    'marathon',
    'For platform marathon, as YAML: {url: https://dcos.example, credentials: {token: ...}}; see docs/dcos.md.',
  ),
  yaml(
    'bcs',
    'bcs',
    'For platform bcs, as YAML: {api: https://bcs.example, orchestrator: mesos, cluster: BCS-MESOS-10000, token: ...}; see docs/bcs.md.',
  ),
  yaml(
    'cloud-foundry',
    'cloud-foundry',
    'For platform cloud-foundry, as YAML: {api: https://api.cf.example, org: shop, space: production, credentials: {user: ..., password: ...}}; see docs/cloud-foundry.md.',
  ),
  text('context', 'context', 'Context of the kubeconfig, if not its current one.'),
  yaml('smoke', 'verify', 'Checks on green before the switch: inline YAML, or the path of a YAML file.'),
  text('live-url', `${FIRST}.live-url`, 'The URL that users use. Asked from before the switch to the end of the bake.'),
  yaml(
    'identity',
    `${FIRST}.identity`,
    'Where an answer says its version, as YAML: {header: x-app-version}, {path: /version, json: version} or {match: "build (\\w+)"}.',
  ),
  yaml(
    'live-checks',
    'bake.checks',
    'Checks on the live URL during the bake: inline YAML, or the path of a YAML file.',
  ),
  duration('settle', 'settle', '5s', 'How long green must stay ready before it counts as ready.'),
  choice(
    'switch',
    'switch.mode',
    ['atomic', 'overlap', 'steps'],
    'atomic',
    'How traffic gets to green: in one write, with both slots live for a while, or in steps of 10, 50 and 100 percent.',
  ),
  duration('hold', 'switch.hold', '10s', 'How long both slots get traffic at least, at each step of such a switch.'),
  duration('bake', 'bake.for', '1m', 'How long live traffic is watched after the switch, with blue still up.'),
  choice('teardown', 'teardown.how', ['delete', 'scale-to-zero', 'keep'], 'delete', 'What becomes of blue in the end.'),
  duration(
    'teardown-after',
    'teardown.after',
    'immediately',
    'How long blue is kept, ready to go back to, after the bake.',
  ),
  choice(
    'on-failure',
    'on-failure',
    ['rollback', 'hold'],
    'rollback',
    'What a failure from the switch to the end of the bake leads to.',
  ),
  flag(
    'rollback-safe',
    'rollback-safe',
    'With false the version before cannot run any more (a migration), so once green is live a failure holds.',
    'true',
  ),
  choice(
    'failed-green',
    'failed-green',
    ['delete', 'scale-to-zero', 'keep'],
    'delete',
    'What becomes of a green that failed.',
  ),
  duration('timeout', 'deadline', '30m', 'For the whole run. After it, the run walks back as after a failure.'),
  duration('deploy-timeout', 'deadlines.deploy', '2m', 'For writing green.'),
  duration('ready-timeout', 'deadlines.ready', '10m', 'For green to become ready.'),
  duration('verify-timeout', 'deadlines.verify', '5m', 'For all checks on green.'),
  duration('switch-timeout', 'deadlines.switch', '1m', 'For the routing writes.'),
  duration('confirm-timeout', 'deadlines.confirm', '1m', 'For the platform to follow the switch.'),
  duration('drain-timeout', 'deadlines.drain', '5m', 'For blue to end its work.'),
  duration('teardown-timeout', 'deadlines.teardown', '5m', 'For blue to be gone.'),
  text(
    'lock-wait',
    'lock.wait',
    'How long to wait for another run that holds this release; never means to stop at once.',
    'never',
  ),
  choice(
    'unfinished',
    'unfinished',
    ['finish', 'refuse'],
    'finish',
    'What to do about another version that an earlier run left half-way: bring it to its end first, or stop.',
  ),
  text('config', '', 'A cutover.yml that can say everything, several targets too. Inputs win over the file.'),
  choice(
    'verb',
    'verb',
    ['run', 'plan', 'deploy', 'switch', 'teardown', 'status', 'rollback', 'abort', 'abort-if-unfinished'],
    'run',
    'The part of the story to walk.',
  ),
  flag('if-live', 'if-live', 'Roll back only if this version is live; do nothing, and succeed, if it is not.'),
  flag('dry-run', 'dry-run', 'Print the plan and every write, and write nothing.'),
  choice(
    'approval',
    'approval.by',
    ['environment', 'issue', 'annotation', 'url', 'none'],
    'none',
    'How a person is asked: by the environment of a later job, or while this step waits for comments on an issue or pull request, for an annotation on the platform, or for the answer of a URL.',
  ),
  text('approval-before', 'approval.before', 'Where the gate is: switch, teardown, or both with a comma.', 'teardown'),
  text(
    'approvers',
    'approval.approvers',
    'Who may decide on an issue: users, and teams as organisation/team, with commas.',
  ),
  text('approvals', 'approval.required', 'How many of them have to approve.', '1'),
  text('approval-url', 'approval.url', 'The URL that is asked until it says approved: true or false.'),
  duration(
    'approval-within',
    'approval.within',
    '1h',
    'How long to wait for a decision. No other deadline runs meanwhile.',
  ),
  choice(
    'approval-otherwise',
    'approval.otherwise',
    ['keep-both', 'rollback', 'proceed'],
    'keep-both',
    'When nobody has decided by then: stop with both slots up, undo the release, or go on.',
  ),
  text(
    'environment',
    'environment',
    'What is deployed to, such as production: GitHub shows a deployment there, and the commit gets the status cutover/ENVIRONMENT.',
  ),
  {
    ...text(
      'github-token',
      'github.token',
      'For what the run says and asks on GitHub; docs/github.md has the permissions.',
      'the token of the job',
    ),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the runner fills it in
    inAction: '${{ github.token }}',
  },
  text(
    'gitlab-token',
    'gitlab.token',
    "Access token for a note in the merge request and the status of the commit, neither of which the job's own may write; docs/gitlab.md says what it has to be.",
  ),
  flag('strict-gates', 'strict-gates', 'End with exit code 5, not 0, when the run stops at a gate.'),
  text(
    'report-directory',
    'report-directory',
    'Where result.json, report.html, junit.xml and summary.md are written.',
    "the runner's temporary folder",
  ),
];

/** What a later step or job reads. */
export const OUTPUTS: Readonly<Record<string, string>> = {
  result:
    'How the run ended: succeeded, unchanged, waiting, invalid, refused, rolled-back, failed, degraded, rollback-failed or cancelled.',
  live: 'The slot that serves now, as the platform says; with several targets name=slot, separated by commas.',
  previous: 'The slot that served before, in the same form.',
  version: 'The version that this run was about.',
  'switched-at': 'When the traffic was switched, in ISO 8601; empty if it was not.',
  'rollback-command':
    'What a person types to put the previous routing back; empty when there is nothing to go back to.',
  report: 'Path of result.json.',
  'report-html': 'Path of report.html, which says all of the run on one page, with charts.',
  evidence: 'What was measured, as JSON.',
  release: 'Name of the release: a later job finds the record on the platform by it.',
  'next-verb':
    'The verb that goes on from the gate at which the run stopped: switch or teardown; empty if it did not stop.',
  approvals: 'What people decided at the gates, by whom and when, as JSON.',
};

function text(name: string, path: string, description: string, shown?: string): Input {
  return { name, path, kind: 'text', description, ...(shown === undefined ? {} : { default: shown }) };
}

function lines(name: string, path: string, description: string): Input {
  return { name, path, kind: 'lines', description };
}

function yaml(name: string, path: string, description: string): Input {
  return { name, path, kind: 'yaml', description };
}

function duration(name: string, path: string, shown: string, description: string): Input {
  return { name, path, kind: 'duration', default: shown, description };
}

function choice(name: string, path: string, options: readonly string[], shown: string, description: string): Input {
  return { name, path, kind: 'choice', options, default: shown, description };
}

function flag(name: string, path: string, description: string, shown = 'false'): Input {
  return { name, path, kind: 'boolean', default: shown, description };
}
