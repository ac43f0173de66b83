import {
  CodetetherError,
  InfrastructureError,
  isTerminal,
  type TaskView,
} from '../../domain/index.js';
import type { TaskEnd } from '../wire/protocol.js';

/** Updates end with the last one; what ends earlier is followed again. */
export function requireEnded(view: TaskView): TaskView {
  if (isTerminal(view.state)) return view;
  throw new InfrastructureError('ERR_TASK_STREAM', {
    message: `the updates of task ${view.taskId} ended although it is ${view.state}`,
    hint: 'they are read again behind the last one',
  });
}

/** The end of a task that never became a run. */
export function failure(sessionId: string | undefined, error: string): TaskEnd {
  return { status: 'failed', sessionId, result: undefined, error, facts: {} };
}

/** Swallows what a run says that cannot be stopped because it has ended. */
export function ignoreEnded(error: unknown): void {
  const isOver =
    error instanceof CodetetherError &&
    ['ERR_TASK_ENDED', 'ERR_TASK_NOT_FOUND'].includes(error.code);
  if (!isOver) throw error;
}
