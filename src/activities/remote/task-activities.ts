import { z } from 'zod';
import type { ClosedTask, OpenedTask } from '../../contracts/index.js';
import { runEventSchema, type RunEvent } from '../../domain/index.js';
import { bindSteps, defineStep, type Activities } from '../lib/step.js';

/** Everything about a task that needs the machine: where it works, what its run is, what came of it. */
export interface TaskDesk {
  /**
   * Lays out where the task works and plans its run. Gives a rejection for what whoever handed it in did wrong; throws what another try
   * may mend.
   */
  open(taskId: string, signal: AbortSignal): Promise<OpenedTask>;
  /** Hands an answer to whoever asks; gives one sentence. Throws `ERR_TASK_ASKS_NOTHING`. */
  tell(taskId: string, text: string): Promise<string>;
  /** Collects what the run made, and publishes it as configured. The same again gives the same. */
  close(taskId: string): Promise<ClosedTask>;
  /** Keeps the last view of an ended task. */
  keepEnd(taskId: string): Promise<void>;
}

/** What {@link createTaskActivities} needs. */
export interface TaskDependencies {
  readonly desk: TaskDesk;
  readonly events: { append(runId: string, events: readonly RunEvent[]): Promise<void> };
}

const runId = z.string().min(1);
const events = z.array(runEventSchema);

const openTask = defineStep<TaskDependencies>()({
  input: z.object({ runId, events }),
  run: (input, { dependencies, signal }) => dependencies.desk.open(input.runId, signal),
});

const tellRun = defineStep<TaskDependencies>()({
  input: z.object({ runId, text: z.string().min(1).max(8000) }),
  async run(input, { dependencies }): Promise<{ answer: string }> {
    return { answer: await dependencies.desk.tell(input.runId, input.text) };
  },
});

const closeTask = defineStep<TaskDependencies>()({
  input: z.object({ runId, events }),
  run: (input, { dependencies }) => dependencies.desk.close(input.runId),
});

/** The shell has put the last event into the log before the view is kept that it ends. */
const endTask = defineStep<TaskDependencies>()({
  input: z.object({ runId, events }),
  async run(input, { dependencies }): Promise<void> {
    await dependencies.desk.keepEnd(input.runId);
  },
});

const steps = { openTask, tellRun, closeTask, endTask };

/** Activities of tasks from outside, by their registered names. */
export type TaskActivities = Activities<typeof steps>;

/** Activities of tasks from outside over their dependencies. */
export function createTaskActivities(dependencies: TaskDependencies): TaskActivities {
  return bindSteps(dependencies, steps);
}
