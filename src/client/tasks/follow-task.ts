import { isTerminal, type TaskRequest, type TaskView } from '../../domain/index.js';
import type { TaskCaller, TaskEvent, TaskService } from './task-service.js';
import { reached, SILENT_MS, standing, type Work } from './task-work.js';

/** See {@link TaskService}: everything behind a cursor, until the end. */
export async function* follow(
  work: Work,
  caller: TaskCaller,
  { taskId, cursor, signal }: Parameters<TaskService['follow']>[1],
): AsyncGenerator<TaskEvent> {
  const { reader } = work;
  const request = await reached(() => reader.request(caller, taskId));
  const view = await reached(() => standing(work, request));
  const head = await reached(() => reader.head(request));
  const begin = beginning(view, { head, cursor });
  if (begin.isGap) yield { kind: 'gap', view };
  if (begin.isOver) return;
  try {
    for await (const update of reader.updates(request, signal, endWatch(work, request)))
      if (update.seq > begin.cursor) yield { kind: 'update', update };
    const end = signal.aborted ? undefined : await endFromOutside(work, request);
    if (end !== undefined) yield { kind: 'gap', view: end };
  } catch (error) {
    await reached(() => Promise.reject(error as Error));
  }
}

/** Where a follower begins: a cursor that is none of the task, or whose events are gone, is told as a gap. */
function beginning(
  view: TaskView,
  { head, cursor }: { readonly head: number; readonly cursor: number },
): { readonly isGap: boolean; readonly isOver: boolean; readonly cursor: number } {
  const isEnded = isTerminal(view.state);
  const isLogGone = isEnded && head < view.cursor;
  const isGap = cursor > Math.max(head, view.cursor) || (isLogGone && cursor < view.cursor);
  return { isGap, isOver: isLogGone || (isGap && isEnded), cursor: isGap ? view.cursor : cursor };
}

/** The view of a task that ended without a last event, because its workflow was ended from outside. */
async function endFromOutside(
  { reader }: Work,
  request: TaskRequest,
): Promise<TaskView | undefined> {
  const end = await reader.view(request);
  return isTerminal(end.state) && !(await reader.hasEnded(request)) ? end : undefined;
}

/** At a quiet moment: whether the task ended without a last event. Temporal is asked once a minute at most. */
function endWatch(work: Work, request: TaskRequest): () => Promise<boolean> {
  let askedAt = work.now();
  return async () => {
    if ((await work.tasks.readEnd(request.taskId)) !== undefined)
      return !(await work.reader.hasEnded(request));
    if (work.now() - askedAt < SILENT_MS) return false;
    askedAt = work.now();
    await standing(work, request);
    return false;
  };
}
