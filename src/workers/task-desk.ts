import { getClient } from '@temporalio/activity';
import type { TaskDesk } from '../activities/index.js';
import { createGateway, type Gateway } from '../client/index.js';
import type { WorkerSettings } from '../config/index.js';
import { DEFAULTS, hostQueue } from '../contracts/index.js';
import { hostId } from '../host/index.js';
import { createTaskFiles, saveRunPlan, type Envelope, type Stores } from '../platform/index.js';

/** What the desk of a worker is opened over. */
interface DeskParts {
  readonly home: string;
  readonly settings: WorkerSettings;
  readonly envelope: Envelope | null;
  readonly stores: Stores;
  /** The token under a name in Vault. */
  readonly readToken: (secretName: string) => Promise<string>;
}

/** The desk of tasks from outside; what plans runs is loaded with the first task. */
export function openTaskDesk(parts: DeskParts): TaskDesk {
  let opened: Promise<TaskDesk> | undefined;
  const desk = (): Promise<TaskDesk> => (opened ??= open(parts));
  return {
    open: async (taskId, signal) => (await desk()).open(taskId, signal),
    tell: async (taskId, text) => (await desk()).tell(taskId, text),
    close: async (taskId) => (await desk()).close(taskId),
    keepEnd: async (taskId) => (await desk()).keepEnd(taskId),
  };
}

async function open({ home, settings, envelope, stores, readToken }: DeskParts): Promise<TaskDesk> {
  const { createTaskDesk, localRunRecords } = await import('../runs/index.js');
  // The client of an activity is that of the worker, and only there during a call.
  const gateway = (): Gateway =>
    createGateway({
      temporal: getClient(),
      records: localRunRecords(home),
      events: stores.events,
      taskQueue: hostQueue(hostId(home)),
      savePlan: (plan) => saveRunPlan(home, plan),
      maxOpenRuns: DEFAULTS.maxOpenRuns,
    });
  return createTaskDesk({
    home,
    settings,
    readToken,
    files: createTaskFiles(home, envelope),
    gateway: {
      events: stores.events,
      answerStory: (runId, story, text) => gateway().answerStory(runId, story, text),
      readRun: (runId) => gateway().readRun(runId),
    },
  });
}
