import type { TaskActivities } from '../../src/activities/remote/task-activities.js';
import type { ClosedTask, OpenedTask } from '../../src/contracts/index.js';
import type { RunEvent } from '../../src/domain/index.js';
import { FakeActivities, type FakeScript } from './fake-activities.js';
import { RALPH_INPUT } from './ralph-workflow.js';

/** The task of {@link TaskFakes}. */
export const TASK_ID = '01hx0000000000000000000000';

/** Input of the workflow of that task. */
export const TASK_INPUT = {
  taskId: TASK_ID,
  skill: 'code' as const,
  title: 'Write a file',
  hasSearchAttributes: false,
};

/** What a test decides of the desk; everything else has a default. */
export interface TaskDesk {
  readonly open?: (count: number) => Promise<OpenedTask> | OpenedTask;
  /** Answers; throws what refuses. */
  readonly tell?: (text: string) => string;
  readonly close?: () => ClosedTask;
}

/** Activities of a run and of the task above it. */
export class TaskFakes
  extends FakeActivities
  implements Pick<TaskActivities, 'openTask' | 'tellRun' | 'closeTask' | 'endTask'>
{
  readonly told: string[] = [];
  readonly log: RunEvent[] = [];
  private opened = 0;
  private readonly desk: TaskDesk;

  constructor(script: FakeScript, desk: TaskDesk = {}) {
    super(script);
    this.desk = desk;
  }

  openTask = async ({ events }: Parameters<TaskActivities['openTask']>[0]): Promise<OpenedTask> => {
    this.log.push(...events);
    this.opened += 1;
    this.calls.push('openTask');
    return (await this.desk.open?.(this.opened)) ?? plannedTask();
  };

  tellRun = async ({ text }: Parameters<TaskActivities['tellRun']>[0]) => {
    const answer = this.desk.tell?.(text) ?? 'it goes on';
    this.told.push(text);
    return { answer };
  };

  closeTask = async ({
    events,
  }: Parameters<TaskActivities['closeTask']>[0]): Promise<ClosedTask> => {
    this.log.push(...events);
    this.calls.push('closeTask');
    return this.desk.close?.() ?? { state: 'completed', text: 'done', artifacts: [] };
  };

  endTask = async ({ events }: Parameters<TaskActivities['endTask']>[0]): Promise<void> => {
    this.log.push(...events);
  };
}

let runs = 0;

/** A run of one story that works on the task. */
export function plannedTask(): OpenedTask {
  runs += 1;
  return {
    kind: 'run',
    workflowType: 'ralphWorkflow',
    workflowId: `task/${TASK_ID}/run-${runs}`,
    input: { ...RALPH_INPUT, runId: TASK_ID, stories: RALPH_INPUT.stories.slice(0, 1) },
    notes: ['a note'],
  };
}
