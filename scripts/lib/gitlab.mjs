/** The GitLab component, from the table of inputs: the same names, options and descriptions as the action has. */
import { dump } from 'js-yaml';
import { COMPONENT_INPUTS, REPORTS } from './gitlab-inputs.mjs';
import { abort, fetchProgram, walk } from './gitlab-scripts.mjs';
import { sentence } from './tables.mjs';

const HEADER = `# Made by \`npm run generate\` from src/inputs.ts and scripts/lib/gitlab*.mjs: edit those files, not this one.
# Every job below can be run again: it reads where the release stands from the platform itself.
`;

/** What each job says by itself, or what there is on GitHub alone: its token, and people who answer on an issue. */
const NOT_IN_THE_COMPONENT = ['verb', 'github-token', 'approvers', 'approvals'];

/** Choices that there are on GitHub alone. */
const NOT_A_CHOICE = { approval: ['issue'] };

const RELEASES = {
  'default-branch': '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "merge_request_event"',
  tags: '$CI_COMMIT_TAG',
  'merge-requests': '$CI_PIPELINE_SOURCE == "merge_request_event" && $CI_MERGE_REQUEST_EVENT_TYPE != "merge_train"',
  'merge-trains': '$CI_MERGE_REQUEST_EVENT_TYPE == "merge_train"',
};

/** @returns the header with the inputs and the body with the jobs, as one text of two YAML documents */
export function gitlabTemplate(inputs) {
  const shared = inputs.filter(({ name }) => !NOT_IN_THE_COMPONENT.includes(name) && !(name in COMPONENT_INPUTS));
  const spec = {
    component: ['name', 'sha', 'version'],
    inputs: { ...Object.fromEntries(shared.map(input => [input.name, specOf(input)])), ...COMPONENT_INPUTS },
  };
  return `${HEADER}${yaml({ spec })}---\n${yaml(jobs(inputs.filter(({ name }) => !NOT_IN_THE_COMPONENT.includes(name))))}`;
}

function yaml(document) {
  return dump(document, { lineWidth: 120, quoteStyle: 'single', noRefs: true });
}

/**
 * An input that was not given is empty, and a boolean with its default counts as not given: the schema of the configuration holds
 * the defaults, so that a value in cutover.yml is never overruled by a default that nobody wrote.
 */
function specOf(input) {
  if (input.kind === 'boolean') {
    return { description: sentence(input), type: 'boolean', default: input.default === 'true' };
  }
  const long = input.kind === 'yaml' ? ' GitLab takes less than 1 KB here: longer YAML goes into a file.' : '';
  const choices = input.options?.filter(option => !NOT_A_CHOICE[input.name]?.includes(option));
  const options = choices ? { options: ['', ...choices] } : {};
  const own = { ...input, ...(choices && { options: choices }), description: withoutGithub(input.description) };
  return { description: `${sentence(own)}${long}`, type: 'string', default: '', ...options };
}

/** An issue is nobody's to be asked on here. */
function withoutGithub(description) {
  return description.replace(' for comments on an issue or pull request,', '');
}

function jobs(inputs) {
  const base = `.${job('base')}`;
  const step = (verb, more) => ({ extends: base, ...more, script: walk(verb) });
  const inEnvironment = (action, more = {}) => ({ environment: { name: given('environment'), action, ...more } });
  return {
    [base]: everyJob(inputs),
    [job('plan')]: step('plan', {
      stage: given('stage'),
      ...inEnvironment('access'),
      rules: [{ if: `${isGiven('plan-merge-requests', 'true')} && ${RELEASES['merge-requests']}` }],
    }),
    [job('deploy')]: step('deploy', { stage: given('stage'), ...inEnvironment('prepare'), rules: releaseRules() }),
    [job('switch')]: step('switch', {
      stage: given('stage'),
      needs: [job('deploy')],
      ...inEnvironment('start', { url: given('live-url') }),
      rules: releaseRules(given('when-switch')),
    }),
    // No `needs`: it would begin right after the switch, whatever stage it is in, and take the way back away.
    [job('teardown')]: step('teardown', {
      stage: given('teardown-stage'),
      ...inEnvironment('access'),
      // Green is live by then: neither a blue that is left over nor a person who takes time may hold up a pipeline.
      allow_failure: true,
      rules: releaseRules(given('when-teardown')),
    }),
    [job('rollback')]: step('rollback', {
      stage: given('rollback-stage'),
      needs: [job('switch')],
      ...inEnvironment('access'),
      allow_failure: true,
      rules: releaseRules('manual'),
    }),
    [job('rollback-on-failure')]: step('rollback', {
      stage: given('rollback-stage'),
      ...inEnvironment('access'),
      variables: { CUTOVER_IF_LIVE: 'true' },
      rules: releaseRules('on_failure'),
    }),
  };
}

/** What all jobs share: the program, the inputs as variables, what is left behind, and the way back when a job is cancelled. */
function everyJob(inputs) {
  const names = [...new Set(inputs.map(({ name }) => name))];
  return {
    image: given('job-image'),
    tags: given('runner-tags'),
    interruptible: false,
    resource_group: `cutover/${given('environment')}`,
    variables: {
      PROGRAM: given('program'),
      PROGRAM_PROJECT: given('program-project'),
      PROGRAM_SHA: '$[[ component.sha ]]',
      ...Object.fromEntries(names.map(name => [variableOf(name), given(name)])),
    },
    before_script: [fetchProgram],
    after_script: [abort],
    artifacts: {
      when: 'always',
      expire_in: '30 days',
      expose_as: 'Cutover report',
      paths: [`${REPORTS}/`],
      reports: {
        dotenv: 'cutover.env',
        junit: `${REPORTS}/junit.xml`,
        annotations: `${REPORTS}/annotations.json`,
      },
    },
  };
}

/** When a pipeline releases: as the input says, and then by hand or by itself. */
function releaseRules(when) {
  const more = when === undefined ? {} : { when };
  return Object.entries(RELEASES).map(([name, condition]) => ({
    if: `${isGiven('release-on', name)} && ${condition}`,
    ...more,
  }));
}

function given(name) {
  return `$[[ inputs.${name} ]]`;
}

function isGiven(name, value) {
  return `"${given(name)}" == "${value}"`;
}

function job(name) {
  return `${given('job-prefix')}${name}`;
}

/** live-url -> CUTOVER_LIVE_URL, as the program reads it. */
function variableOf(name) {
  return `CUTOVER_${name.toUpperCase().replaceAll('-', '_')}`;
}
