import { describe, expect, test } from '@jest/globals';
import type { Application, Deployment, Taskgroup } from '../../../src/platforms/bcs/objects.js';
import { readinessOf } from '../../../src/platforms/bcs/readiness.js';
import type { SlotObjects } from '../../../src/platforms/bcs/reads.js';

const metadata = { name: 'test-green', namespace: 'defaultGroup', labels: { 'cutover.version': 'v2' } };
const application: Application = {
  metadata,
  instance: 3,
  buildedInstance: 3,
  runningInstance: 3,
  status: 'Running',
};
const deployment: Deployment = {
  metadata,
  status: 'Running',
  application: { name: 'test-green' },
  application_ext: null,
};

function taskgroup(change: Partial<Taskgroup> = {}, result?: boolean): Taskgroup {
  const healCheckStatus = result === undefined ? [] : [{ type: 'HTTP', result, message: 'check failed' }];
  return { metadata, rcname: 'test-green', status: 'Running', containerStatuses: [{ healCheckStatus }], ...change };
}

function readiness(change: Partial<SlotObjects> = {}) {
  const whole = { slot: 'test-green', deployment, application, taskgroups: [taskgroup(), taskgroup(), taskgroup()] };
  return readinessOf({ slot: 'test-green', size: 3, version: 'v2' }, { ...whole, ...change });
}

describe('a slot is ready', () => {
  test('when application, taskgroups and health checks all say so', () => {
    expect(readiness()).toMatchObject({ complete: true, ready: 3, text: '3/3 ready' });
    expect(readiness({ taskgroups: [taskgroup({}, true), taskgroup({}, true), taskgroup()] }).complete).toBe(true);
  });

  const three = (last: Taskgroup) => ({ taskgroups: [taskgroup(), taskgroup(), last] });
  const CASES: readonly (readonly [name: string, change: Partial<SlotObjects>, text: string])[] = [
    ['a container is running, but unhealthy', three(taskgroup({}, false)), '2/3 ready, 1 unhealthy (check failed)'],
    ['a taskgroup is starting', three(taskgroup({ status: 'Starting' })), '2/3 ready, 1 starting'],
    ['a taskgroup is lost, which services still list', three(taskgroup({ status: 'Lost' })), '2/3 ready, 1 lost'],
    [
      'the counts lag behind',
      { application: { ...application, runningInstance: 2 } },
      '3/3 ready, the application counts 3 built and 2 running of 3',
    ],
    [
      'not all were built',
      { application: { ...application, buildedInstance: 2 } },
      '3/3 ready, the application counts 2 built and 3 running of 3',
    ],
    [
      'the application is short of resources',
      { application: { ...application, status: 'Abnormal', message: 'have not enough resources' } },
      '3/3 ready, the application is Abnormal (have not enough resources)',
    ],
    [
      'an operator rolls it over',
      { deployment: { ...deployment, status: 'Update', application_ext: { name: 'test-green-v1' } } },
      '3/3 ready, the deployment is Update',
    ],
    [
      'fewer are asked for than wanted',
      { application: { ...application, instance: 2, buildedInstance: 2, runningInstance: 2 } },
      '3/3 ready, only 2 asked for, 1 too many',
    ],
    [
      'it is another version',
      { deployment: { ...deployment, metadata: { ...metadata, labels: {} } } },
      '0/3 ready, its version is not known',
    ],
    [
      'its application is not shown yet',
      { application: undefined, taskgroups: [] },
      '0/3 ready, its application is not shown yet',
    ],
    [
      'it does not exist',
      { deployment: undefined, application: undefined, taskgroups: [] },
      '0/3 ready, test-green does not exist, or is not shown yet',
    ],
  ];
  test.each(CASES)('but not while %s, though its deployment says Running', (_, change, text) => {
    expect(readiness(change)).toMatchObject({ complete: false, text });
  });
});
