import type { WorkerSettings } from '../../config/index.js';
import type { Gateway } from '../../client/index.js';
import type { ClosedTask, OpenedTask } from '../../contracts/index.js';
import {
  beginFold,
  CodetetherError,
  foldEvent,
  InvalidInputError,
  viewOf,
  type RunEvent,
  type TaskFold,
  type TaskRequest,
} from '../../domain/index.js';
import { detectSandbox, type Sandbox, type TaskFiles } from '../../platform/index.js';
import { gitLogins, type GitLogins } from './git-login.js';
import { layOutTask } from './lay-out.js';
import { planTask } from './plan-task.js';
import { serviceConfig } from './service-config.js';
import { taskResult } from './task-result.js';
import { wordsOf } from './task-inputs.js';

/** What {@link createTaskDesk} needs. */
export interface TaskDeskOptions {
  readonly home: string;
  readonly settings: WorkerSettings;
  readonly files: TaskFiles;
  /** The token under a name in Vault. */
  readonly readToken: (secretName: string) => Promise<string>;
  /** Answers questions of runs and reads their records. */
  readonly gateway: Pick<Gateway, 'answerStory' | 'readRun' | 'events'>;
}

/** Tasks of one context that are looked at for what was said before. */
const EARLIER_TASKS = 20;
const EARLIER_CHARACTERS = 8_000;

/** Everything about tasks from outside that needs this machine; see `TaskDesk` of the activities. */
export function createTaskDesk(options: TaskDeskOptions) {
  const { files, gateway } = options;
  const request = async (taskId: string): Promise<TaskRequest> => {
    const found = await files.readRequest(taskId);
    if (found === undefined) throw unknownTask(taskId);
    return found;
  };
  return {
    open: async (taskId: string): Promise<OpenedTask> => {
      const asked = await request(taskId);
      try {
        return await openTask(asked, options);
      } catch (error) {
        const rejection = rejectionOf(error);
        if (rejection === undefined) throw error;
        return rejection;
      }
    },
    async tell(taskId: string, text: string): Promise<string> {
      const [story] = (await foldOf(await request(taskId), gateway)).asking;
      if (story === undefined)
        throw new InvalidInputError('ERR_TASK_ASKS_NOTHING', {
          message: 'the task asks nothing at the moment',
          hint: 'wait until its state is input-required, or hand in another task of the same context',
        });
      return gateway.answerStory(taskId, story, text);
    },
    async close(taskId: string): Promise<ClosedTask> {
      const asked = await request(taskId);
      const config = await serviceConfig(options, null);
      return taskResult(asked, await gateway.readRun(taskId), {
        config,
        files,
        logins: loginsOf(options),
      });
    },
    async keepEnd(taskId: string): Promise<void> {
      const asked = await request(taskId);
      await files.writeEnd(viewOf(asked, await foldOf(asked, gateway)));
    },
  };
}

async function openTask(asked: TaskRequest, options: TaskDeskOptions): Promise<OpenedTask> {
  const { home, settings, files } = options;
  const logins = loginsOf(options);
  requireFullSandbox(await detectSandbox());
  const repository = await layOutTask(asked, { home, tasks: settings.tasks, logins });
  const config = await serviceConfig(options, repository);
  return planTask(asked, {
    config,
    repository,
    folder: files.folder(asked.taskId),
    earlier: await saidBefore(asked, options),
  });
}

function loginsOf({ settings, readToken }: TaskDeskOptions): GitLogins {
  return gitLogins({ credentials: settings.tasks.gitCredentials, readToken });
}

/** Tasks of strangers run held as strongly as can be, or not at all. */
function requireFullSandbox({ level, reason }: Sandbox): void {
  if (level === 'full') return;
  throw new InvalidInputError('ERR_TASK_SANDBOX', {
    message: `tasks from outside need a sandbox of level full, and here it is ${level}: ${reason}`,
    hint: 'codetether doctor says what is missing on the machine of the service',
  });
}

/** What is the fault of whoever handed the task in, or of how the service is set up, ends it; the rest is tried again. */
function rejectionOf(error: unknown): OpenedTask | undefined {
  if (!(error instanceof CodetetherError) || error.isRetryable) return undefined;
  const hint = error.hint === undefined ? '' : ` (${error.hint})`;
  return {
    kind: 'rejected',
    code: error.code,
    reason: `${error.code}: ${error.message}${hint}`.slice(0, 4000),
  };
}

async function foldOf(asked: TaskRequest, { events }: Pick<Gateway, 'events'>): Promise<TaskFold> {
  const page = await events.read(asked.taskId, 0);
  return page.events.reduce<TaskFold>(
    (fold, event: RunEvent) => foldEvent(fold, event).fold,
    beginFold(asked),
  );
}

/** What both sides said in earlier tasks of the context, oldest first. */
async function saidBefore(asked: TaskRequest, { files }: TaskDeskOptions): Promise<string[]> {
  const ids = (await files.context(asked.owner, asked.contextId)).filter((id) => id < asked.taskId);
  const said: string[] = [];
  for (const id of ids.toSorted().slice(-EARLIER_TASKS)) {
    const earlier = await files.readRequest(id);
    const end = await files.readEnd(id);
    if (earlier === undefined) continue;
    const answer = end?.artifacts.find(({ artifactId }) => artifactId === 'answer')?.text;
    said.push(`Asked: ${wordsOf(earlier.message).slice(0, EARLIER_CHARACTERS)}`);
    if (end !== undefined)
      said.push(`Ended: ${end.state}. ${(answer ?? end.text ?? '').slice(0, EARLIER_CHARACTERS)}`);
  }
  return said;
}

function unknownTask(taskId: string): InvalidInputError {
  return new InvalidInputError('ERR_TASK_NOT_FOUND', {
    message: `nobody handed in a task ${taskId} here`,
    hint: 'a workflow that was started otherwise is not obeyed',
  });
}
