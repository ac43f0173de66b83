import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { WORKFLOW_TYPES } from '../../contracts/index.js';
import {
  CodetetherError,
  InfrastructureError,
  isTerminal,
  type TaskRequest,
  type TaskView,
} from '../../domain/index.js';
import { isOpen } from '../operator.js';
import type { EventPort, TaskPort } from '../ports.js';
import { taskStart } from './start-task.js';
import type { TaskReader } from './task-reader.js';
import type { RoomLimits, TaskRoom } from './task-room.js';

/** What the service of tasks needs. */
export interface TaskServiceOptions extends RoomLimits {
  readonly temporal: Client;
  readonly tasks: TaskPort;
  readonly events: EventPort;
  /** Queue on which coordinators run. */
  readonly taskQueue: string;
  /** False on a cluster that lacks our search attributes. */
  readonly hasSearchAttributes: boolean;
  /** Clock for tests. Default Date.now. */
  readonly now?: () => number;
}

/** What the parts of the service share. */
export interface Work extends TaskServiceOptions {
  readonly reader: TaskReader;
  readonly room: TaskRoom;
  readonly now: () => number;
}

/** A task whose events stand still so long is asked for in Temporal. */
export const SILENT_MS = 60_000;
const TASK_LOST = 'ERR_TASK_LOST';

/** Whatever is no word of ours means that a server or a disk does not answer: nothing was decided. */
export async function reached<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CodetetherError) throw error;
    throw new InfrastructureError('ERR_TASKS_UNREACHABLE', {
      message:
        'tasks cannot be reached at the moment: the Temporal server or the disk does not answer',
      hint: 'make the same request again: nothing was decided',
      cause: error,
    });
  }
}

/** Starts the workflow of a task; one that is there already is that of an equal request, or of an earlier try of this one. */
export async function start(work: Work, request: TaskRequest): Promise<void> {
  try {
    await work.temporal.workflow.start(WORKFLOW_TYPES.remoteTask, taskStart(work, request));
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** The task as it stands; one whose workflow somebody ended from outside has failed, and says so from now on. */
export async function standing(work: Work, request: TaskRequest): Promise<TaskView> {
  const { reader, temporal, tasks, now } = work;
  const view = await reader.view(request);
  const isSilent = now() - Date.parse(view.at) > SILENT_MS;
  if (isTerminal(view.state) || !isSilent) return view;
  const isGone = await temporal.workflow
    .getHandle(`task/${request.taskId}`)
    .describe()
    .then((found) => !isOpen(found))
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return true;
      throw error;
    });
  if (!isGone) return view;
  const last = await reader.view(request);
  if (isTerminal(last.state)) return last;
  if (last.state === 'submitted') {
    // written down and never begun, because Temporal did not answer
    await start(work, request);
    return last;
  }
  const text = `${TASK_LOST}: its workflow was terminated or deleted in Temporal`;
  const lost = { ...last, state: 'failed' as const, text, at: new Date(now()).toISOString() };
  await tasks.writeEnd(lost);
  return lost;
}
