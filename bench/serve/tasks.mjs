// Tasks in memory that work until they are told to end: what is measured is the server before them.
import { randomUUID } from 'node:crypto';

/** A task service of `src/client/tasks`, without rules: the bench asks for nothing that is refused. */
export function memoryTasks() {
  const tasks = new Map();
  const now = () => new Date().toISOString();
  const view = (task) => {
    const last = task.updates.at(-1);
    const { taskId, contextId, createdAt } = task;
    return {
      taskId,
      contextId,
      createdAt,
      skill: 'chat',
      state: last?.state ?? 'submitted',
      text: null,
      at: last?.at ?? createdAt,
      history: task.history,
      artifacts: [],
      cursor: task.updates.length,
    };
  };
  const tell = (task, state) => {
    task.updates.push({
      kind: 'status',
      seq: task.updates.length + 1,
      at: now(),
      state,
      text: null,
    });
    for (const wake of task.waiting) wake();
    task.waiting.clear();
  };
  return {
    tasks,
    tell: (taskId, state) => tell(tasks.get(taskId), state),
    async submit(_caller, { message }) {
      const taskId = randomUUID();
      const task = {
        taskId,
        contextId: taskId,
        createdAt: now(),
        history: [message],
        updates: [],
        waiting: new Set(),
      };
      tasks.set(taskId, task);
      tell(task, 'working');
      const text = message.parts[0]?.text;
      if (text !== 'wait') setTimeout(() => tell(task, 'completed'), 20);
      return view(task);
    },
    get: async (_caller, taskId) => view(tasks.get(taskId)),
    async *follow(_caller, { taskId, cursor, signal }) {
      const task = tasks.get(taskId);
      for (let seen = cursor; !signal.aborted;) {
        const update = task.updates[seen];
        if (update !== undefined) {
          seen += 1;
          yield { kind: 'update', update };
          if (update.state === 'completed') return;
          continue;
        }
        await new Promise((resolve) => {
          task.waiting.add(resolve);
          signal.addEventListener('abort', resolve, { once: true });
        });
      }
    },
  };
}
