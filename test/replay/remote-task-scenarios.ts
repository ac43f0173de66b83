import { setTimeout as delay } from 'node:timers/promises';
import { fakeReply, storyDone, type FakeScript } from '../support/fake-activities.js';
import type { TaskDesk } from '../support/task-fakes.js';

/** One path through the workflow of a task from outside. */
export interface RemoteTaskScenario {
  readonly kind: 'remoteTask';
  readonly script: FakeScript;
  readonly desk?: TaskDesk;
  readonly input?: never;
  /** Said to the open task, one after the other. */
  readonly answers?: readonly string[];
}

/** A call that takes a second, so that something can be said meanwhile. */
const answersAfterAWhile: FakeScript['callModel'] = async () => {
  await delay(1000);
  return fakeReply({ calls: [storyDone()] });
};

/** Every path of such a task that has a recorded history. */
export const remoteTaskScenarios: Readonly<Record<string, RemoteTaskScenario>> = {
  'remote-task-done': {
    kind: 'remoteTask',
    script: { callModel: answersAfterAWhile },
    answers: ['ok', 'ok', 'more'],
  },
  'remote-task-rejected': {
    kind: 'remoteTask',
    script: {},
    desk: { open: () => ({ kind: 'rejected', code: 'ERR_TASK_WORKSPACE', reason: 'nowhere' }) },
  },
};
