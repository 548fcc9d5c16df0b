/** The inputs that only the component has: where its jobs stand in a pipeline, and how they get the program. */

import { readFileSync } from 'node:fs';

/** The Node that the tests run the program with. */
const { node } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).devDependencies;

/** Where the jobs leave their reports. GitLab shows a path only if it is written out, so no input changes it. */
export const REPORTS = 'cutover-report';

export const COMPONENT_INPUTS = {
  'report-directory': {
    description: 'Where the jobs write their reports. The component fixes it, because GitLab collects them there.',
    type: 'string',
    default: REPORTS,
    options: [REPORTS],
  },
  environment: {
    description: 'The GitLab environment that is released to. Its resource group lets one pipeline in at a time.',
    type: 'string',
    default: 'production',
  },
  'release-on': {
    description: 'The pipelines that release.',
    type: 'string',
    default: 'default-branch',
    options: ['default-branch', 'tags', 'merge-requests', 'merge-trains', 'never'],
  },
  'plan-merge-requests': {
    description: 'Whether pipelines of merge requests print the plan of the release, and write nothing.',
    type: 'boolean',
    default: false,
  },
  'when-switch': {
    description: 'Whether the switch begins by itself or waits for a person.',
    type: 'string',
    default: 'on_success',
    options: ['on_success', 'manual'],
  },
  'when-teardown': {
    description: 'Whether the removal of blue waits for a person, begins by itself, or is left to another pipeline.',
    type: 'string',
    default: 'manual',
    options: ['manual', 'on_success', 'never'],
  },
  stage: { description: 'The stage of the jobs that plan, deploy and switch.', type: 'string', default: 'deploy' },
  'teardown-stage': {
    description:
      'The stage of the job that removes blue. It has to come after every job that may fail a release: until then there is a way back.',
    type: 'string',
    default: '.post',
  },
  'rollback-stage': {
    description: 'The stage of the jobs that roll back. It has to come after every job that may fail a release.',
    type: 'string',
    default: '.post',
  },
  'job-prefix': {
    description: 'What the names of the jobs begin with: another one for each time that the component is included.',
    type: 'string',
    default: 'cutover-',
    regex: '^[a-z][-_a-z0-9:]*$',
  },
  'job-image': {
    description: 'The image of the jobs: one with Node 20.19 or newer and tar.',
    type: 'string',
    default: `node:${node}`,
  },
  'runner-tags': { description: 'The tags of the runners for the jobs.', type: 'array', default: [] },
  program: {
    description:
      'Where the program is: a folder with index.js in the image or in the checkout, or the URL of a .tar.gz archive of it. By default it is fetched from the package registry of program-project, at the commit that the component has.',
    type: 'string',
    default: '',
  },
  'program-project': {
    description: 'The project of this component on this GitLab, with %2F for each slash.',
    type: 'string',
    default: 'your-org%2Fcutover',
  },
};
