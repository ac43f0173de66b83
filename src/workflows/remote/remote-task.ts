import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import {
  remoteTaskInputSchema,
  RUN_FAILED,
  SEARCH_ATTRIBUTES,
  stopSignal,
  TASK_UPDATES,
  tellTaskSchema,
  type OpenedTask,
  type RemoteTaskInput,
} from '../../contracts/index.js';
import {
  markdownCode,
  markdownText,
  type TaskMessage,
  type TaskState,
} from '../../domain/index.js';
import { startOrTakeOver } from '../lib/child.js';
import { showDetails } from '../lib/current-details.js';
import { EventBuffer } from '../lib/event-buffer.js';
import { failureFacts } from '../lib/failure.js';
import { parsedInput, takeSignal, takeUpdate } from '../lib/handlers.js';
import { enduring, Patience } from '../lib/patience.js';
import { Turns } from '../lib/scope.js';
import { Steps } from '../lib/step.js';

/** How a task ended: a state that never changes again, and one sentence. */
interface TaskEnd {
  readonly state: TaskState;
  readonly text: string;
}

/** A clone of a large repository takes its time. */
const OPEN_EXTRA_MS = 50 * 60_000;
/** Time that a network or a disk may be away before the task gives up. */
const WAIT_LIMIT_MS = 12 * 3_600_000;

/**
 * A task from outside, from the moment it was taken until it has ended: lays out where it works, runs what it asks for, hands answers
 * on, collects what was made. Everything that people see of it is in its event log. Gives how it ended; never fails by the task's own
 * fault.
 */
export async function remoteTaskWorkflow(raw: RemoteTaskInput): Promise<TaskEnd> {
  const task = new Task(parsedInput(remoteTaskInputSchema, raw));
  let end: TaskEnd;
  try {
    end = await work(task);
  } catch (error) {
    end = endOf(error);
  }
  return CancellationScope.nonCancellable(() => task.finish(end));
}

/** One task: its events and its steps. */
class Task {
  readonly input: RemoteTaskInput;
  readonly events = new EventBuffer({});
  readonly steps: Steps;
  /** What was said to it, by id. */
  private readonly said = new Map<string, Promise<string>>();
  private readonly turns = new Turns();
  private isEnding = false;

  constructor(input: RemoteTaskInput) {
    this.input = input;
    this.steps = new Steps({
      runId: input.taskId,
      events: this.events,
      endure: (call) => enduring(this.patience(), call),
    });
    takeUpdate(
      TASK_UPDATES.tell,
      (said) => this.hear(tellTaskSchema.parse(said).message),
      (said) => this.requireOpen(said),
    );
    // Whoever cancels says first that it is one of ours; nothing here depends on who did.
    takeSignal(stopSignal, () => undefined);
    this.show('submitted');
  }

  show(state: TaskState, why = ''): void {
    const { title, skill, taskId } = this.input;
    showDetails(`${state}: ${markdownText(title)}`, [
      {
        lines: [
          why === '' ? undefined : `**why** ${markdownText(why)}`,
          `**skill** ${skill}`,
          `**task** ${markdownCode(taskId)}`,
        ],
      },
    ]);
  }

  /** Tells of the end, once everybody who still says something was heard. */
  async finish(end: TaskEnd): Promise<TaskEnd> {
    this.isEnding = true;
    await condition(allHandlersFinished);
    this.events.add('task.end', { text: end.text, data: { state: end.state } });
    await this.steps.run('endTask', { summary: `end: ${end.state}`, args: {} });
    this.show(end.state, end.text);
    if (this.input.hasSearchAttributes)
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.outcome, value: end.state }]);
    return end;
  }

  private requireOpen(said: unknown): void {
    tellTaskSchema.parse(said);
    if (this.isEnding) throw ApplicationFailure.nonRetryable('it has ended', 'ERR_TASK_ENDED');
  }

  /** The same message again is heard once; a refused one may come again. */
  private hear(message: TaskMessage): Promise<string> {
    const known = this.said.get(message.messageId);
    if (known !== undefined) return known;
    const heard = this.turns.run(() => this.handOn(message));
    this.said.set(message.messageId, heard);
    heard.catch(() => this.said.delete(message.messageId));
    return heard;
  }

  private async handOn(message: TaskMessage): Promise<string> {
    const words = message.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
    const { answer } = await this.steps.once('tellRun', {
      summary: 'hand an answer on',
      args: { text: words.join('\n').slice(0, 8000) },
    });
    this.events.add('task.message', { data: { ...message } });
    await this.steps.run('appendEvents', { summary: 'what was said', args: {} });
    return answer;
  }

  private patience(): Patience {
    return new Patience({
      limitMs: WAIT_LIMIT_MS,
      report: (waiting) => {
        if (waiting !== null) this.events.add('task.note', { text: `waits: ${waiting.reason}` });
      },
    });
  }
}

async function work(task: Task): Promise<TaskEnd> {
  const { steps, events, input } = task;
  events.add('task.start', { text: 'accepted; laying out where it works' });
  await steps.run('appendEvents', { summary: 'accepted', args: {} });
  const opened = await steps.run('openTask', {
    summary: `${input.skill} · lay out and plan`,
    extraMs: OPEN_EXTRA_MS,
    args: {},
  });
  if (opened.kind === 'rejected') return { state: 'rejected', text: opened.reason };
  for (const text of opened.notes) events.add('task.note', { text });
  task.show('working');
  const interruption = await runToItsEnd(task, opened);
  // What the run made is kept whatever ended it.
  return CancellationScope.nonCancellable(() => collect(task, interruption));
}

/** Waits for the run; what went wrong is in its record. Gives how it was cut short, or undefined. */
async function runToItsEnd(
  { steps, input }: Task,
  opened: Extract<OpenedTask, { kind: 'run' }>,
): Promise<TaskEnd | undefined> {
  try {
    const child = await startOrTakeOver(steps, {
      type: opened.workflowType,
      workflowId: opened.workflowId,
      input: opened.input,
      summary: input.title,
      details: [`**task** ${markdownCode(input.taskId)}`],
      basis: input.taskId,
    });
    await child.result();
    return undefined;
  } catch (error) {
    if (isCancellation(error)) return { state: 'canceled', text: 'cancelled by request' };
    return failureFacts(error).code === RUN_FAILED ? undefined : endOf(error);
  }
}

/** What was made, and how it ended. What was cut short before it had a record has made nothing: that is no other end. */
async function collect(task: Task, interruption: TaskEnd | undefined): Promise<TaskEnd> {
  try {
    return await collected(task, interruption);
  } catch (error) {
    if (interruption === undefined) throw error;
    return interruption;
  }
}

async function collected(task: Task, interruption: TaskEnd | undefined): Promise<TaskEnd> {
  const { steps, events } = task;
  const { state, text, artifacts } = await steps.run('closeTask', {
    summary: 'collect what was made',
    extraMs: OPEN_EXTRA_MS,
    args: {},
  });
  for (const artifact of artifacts)
    events.add('task.artifact', { text: artifact.name, data: { ...artifact } });
  return interruption ?? { state, text };
}

function endOf(error: unknown): TaskEnd {
  if (isCancellation(error)) return { state: 'canceled', text: 'cancelled by request' };
  const { code, message } = failureFacts(error);
  return { state: 'failed', text: `${code}: ${message}` };
}
