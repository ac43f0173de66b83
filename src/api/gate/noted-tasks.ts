import type { TaskCaller, TaskService } from '../../client/index.js';
import { CodetetherError } from '../../domain/index.js';
import { auditLine, type AuditPort } from './audit.js';
import type { StartRate } from './start-rate.js';

/** What is noted about one request. */
interface Noted {
  readonly method: string;
  readonly taskId?: string | undefined;
  readonly messageId?: string | undefined;
  readonly skill?: string | undefined;
}

/** Tasks for the routes of scripts: starts are counted by caller, and everything that changes something is noted, as it is for A2A. */
export function notedTasks(
  tasks: TaskService,
  { starts, audit }: { readonly starts: StartRate; readonly audit: AuditPort },
): TaskService {
  const noting = async <Answer extends { readonly taskId: string }>(
    caller: TaskCaller,
    noted: Noted,
    work: () => Promise<Answer>,
  ): Promise<Answer> => {
    let outcome = 'ok';
    let made: string | undefined;
    try {
      const answer = await work();
      made = answer.taskId;
      return answer;
    } catch (error) {
      outcome = error instanceof CodetetherError ? error.code : 'ERR_UNEXPECTED';
      throw error;
    } finally {
      const { method, messageId, skill } = noted;
      const taskId = noted.taskId ?? made;
      const at = new Date().toISOString();
      const from = { remote: undefined, userAgent: undefined };
      audit(
        auditLine({ at, caller: caller.name, method, taskId, messageId, skill, outcome, ...from }),
      );
    }
  };
  return {
    ...tasks,
    submit: (caller, order) => {
      const { messageId } = order.message;
      return noting(
        caller,
        { method: 'POST /v1/runs', messageId, skill: order.skill },
        async () => {
          starts.take(caller.name, messageId);
          return tasks.submit(caller, order);
        },
      );
    },
    tell: (caller, told) => {
      const { taskId, message } = told;
      const noted = { method: 'POST /v1/runs/ID/messages', taskId, messageId: message.messageId };
      return noting(caller, noted, () => tasks.tell(caller, told));
    },
    cancel: (caller, taskId) =>
      noting(caller, { method: 'POST /v1/runs/ID/cancel', taskId }, () =>
        tasks.cancel(caller, taskId),
      ),
  };
}
