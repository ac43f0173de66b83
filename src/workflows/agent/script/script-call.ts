import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import { DEFAULTS } from '../../../contracts/index.js';
import {
  isWriter,
  nextSubtask,
  shortLine,
  type BlobRef,
  type ScriptTask,
  type Subtask,
} from '../../../domain/index.js';
import type { StepCall, StepResult } from '../../lib/step.js';
import {
  ENDS_TOLD,
  REASON_LIMIT,
  type AgentCall,
  type AskedCall,
  type Ending,
  type GivenEnd,
} from '../../script/script-words.js';
import type { TaskEnd } from '../task.js';
import { filesOf, type TaskCaller } from '../task-tool.js';

type AnswerArgs = Exclude<StepCall<'answerScript'>['args'], () => unknown>;

/** Steps of one script: all of them stay in the history of the agent. */
const MOST_STEPS = 500;
const [LINES_KEPT, LINE_LIMIT] = [50, 500];
const [FILES_KEPT, FILES_LIMIT] = [100, 2000];
const TITLE_LIMIT = 100;

/** An agent that a script asked for. */
interface Asked {
  readonly call: AgentCall;
  /** For {@link nextSubtask}. */
  readonly subtask: Subtask;
}

/** One that works. */
interface Working extends Asked {
  readonly isForked: boolean;
  /** It was stopped at its own time limit. */
  isLate: boolean;
}

/**
 * The program of one call: evaluated until it only waits, told how what it asked for has ended, and so on to its end. Its agents are those of
 * the caller, which waits meanwhile.
 */
export class ScriptCall {
  private readonly caller: TaskCaller;
  private readonly task: ScriptTask;
  private readonly node: string;
  private readonly denied: string | undefined;
  private readonly scope = new CancellationScope();
  private readonly queue = new Map<number, Asked>();
  private readonly active = new Map<number, Working>();
  private ends: GivenEnd[] = [];
  private journal: BlobRef | null = null;
  private steps = 0;
  private hasNews = false;
  private isOver = false;
  private failure: { readonly error: unknown } | undefined;
  private lines: string[] = [];
  private omitted = 0;
  private readonly files: string[] = [];
  private agents = 0;
  private failed = 0;

  constructor(
    caller: TaskCaller,
    parts: {
      readonly task: ScriptTask;
      /** Names the script in the store of its worker. */
      readonly node: string;
      /** Why no agent of it may change files; undefined when they may. */
      readonly denied: string | undefined;
    },
  ) {
    this.caller = caller;
    this.task = parts.task;
    this.node = parts.node;
    this.denied = parts.denied;
  }

  /** Runs the script to its end; agents that nobody waits for any more end with it. */
  async run(): Promise<AnswerArgs> {
    let end: Pick<AnswerArgs, 'value' | 'error'>;
    try {
      end = await this.scope.run(() => this.turns());
    } finally {
      this.isOver = true;
      this.queue.clear();
      this.scope.cancel();
    }
    const { tasks } = this.caller;
    while (this.active.size > 0) {
      await condition(() => this.active.size === 0 || tasks.hasReturns);
      await tasks.bringBack();
    }
    if (this.failure !== undefined) throw this.failure.error;
    const { lines, omitted, files, agents, failed } = this;
    return { ...end, agents, failed, lines, omitted, files };
  }

  private async turns(): Promise<Pick<AnswerArgs, 'value' | 'error'>> {
    for (;;) {
      const step = await this.step();
      this.take(step);
      if (step.state !== 'waiting')
        return { value: step.value === null ? null : step.value.ref, error: step.error };
      if (this.steps >= MOST_STEPS)
        return {
          value: null,
          error: { message: `it went on more than ${MOST_STEPS} times`, line: null },
        };
      if (!step.hasMore) await this.news();
    }
  }

  private async step(): Promise<StepResult<'stepScript'>> {
    const { session } = this.caller;
    const { node, task, journal } = this;
    const ends = this.ends.splice(0, ENDS_TOLD);
    this.steps += 1;
    const step = await session.steps.run('stepScript', {
      summary: `script · ${ends.length === 0 ? 'goes on' : `${ends.length} calls have ended`}`,
      key: session.nextKey(),
      args: { node, task, journal, ends },
    });
    this.journal = step.journal;
    return step;
  }

  /** Resolves when there is something to tell the script. */
  private async news(): Promise<void> {
    for (;;) {
      this.startWhatMay();
      if (this.ends.length > 0) return;
      await condition(() => this.hasNews || this.canLand);
      this.hasNews = false;
      if (this.canLand) await this.caller.tasks.bringBack();
      if (this.failure !== undefined) throw this.failure.error;
    }
  }

  /** Files come into the lane of the caller while nobody reads there. */
  private get canLand(): boolean {
    const isRead = [...this.active.values()].some(({ isForked }) => !isForked);
    return this.caller.tasks.hasReturns && !isRead;
  }

  private take({ calls, lines, misfits }: StepResult<'stepScript'>): void {
    this.note(lines);
    for (const { id, problems } of misfits)
      this.tell(id, { code: 'SchemaError', message: problems.join('; ').slice(0, REASON_LIMIT) });
    for (const call of calls) this.carryOut(call);
  }

  private carryOut(call: AskedCall): void {
    const { id, kind } = call;
    if (kind === 'refused') this.tell(id, { code: call.code, message: call.message });
    if (kind === 'ask')
      this.tell(id, {
        code: 'DeniedError',
        message: 'a script of an agent asks nobody: the agent itself has the tool question',
      });
    if (kind === 'sleep')
      void this.beside(async () => {
        await sleep(Math.max(1, call.milliseconds));
        this.tell(id, { value: 'null' });
      });
    if (kind === 'agent') this.admit(call);
  }

  private admit(call: AgentCall): void {
    const { id, instruction, touches, agent } = call;
    if (isWriter({ agent }) && this.denied !== undefined)
      return this.tell(id, { code: 'DeniedError', message: this.denied });
    const subtask = { id: `a${id}`, instruction, touches, agent, dependsOn: [], priority: 1 };
    this.queue.set(id, { call, subtask });
  }

  private startWhatMay(): void {
    const { tasks } = this.caller;
    while (this.active.size < DEFAULTS.parallelTasks) {
      const next = this.next();
      if (next === undefined) return;
      if (tasks.left === 0) {
        // what those at work do not hand on comes back
        if (this.active.size > 0) return;
        this.queue.delete(next.call.id);
        const message = 'no more agents may be started here';
        this.tell(next.call.id, { code: 'LimitError', message });
      } else this.start(next);
    }
  }

  private next(): Asked | undefined {
    const pending = [...this.queue.values()];
    const found = nextSubtask(
      pending.map(({ subtask }) => subtask),
      {
        isSatisfied: () => true,
        busy: [...this.active.values()].map(({ subtask }) => subtask),
      },
    );
    return pending.find(({ subtask }) => subtask === found);
  }

  private start(asked: Asked): void {
    const { active, queue } = this;
    const { tasks, session } = this.caller;
    const { id, title, agent, instructionRef, touches, timeoutMs } = asked.call;
    const pending = queue.size;
    // readers too, where files of the caller change while they work
    const isForked = session.input.forks !== undefined && this.mayFilesChange();
    queue.delete(id);
    const working: Working = { ...asked, isForked, isLate: false };
    active.set(id, working);
    this.agents += 1;
    const { number, ending } = tasks.launch({
      title: shortLine(title, TITLE_LIMIT),
      agent: agent === 'plan' || agent === 'explore' ? agent : 'general',
      promptRef: instructionRef,
      prompt: touches.length === 0 ? '' : `Change only files that match: ${touches.join(', ')}`,
      isForked,
      share: Math.max(1, Math.min(DEFAULTS.parallelTasks - active.size + 1, pending)),
    });
    if (timeoutMs !== undefined) void this.beside(() => this.watch(working, { number, timeoutMs }));
    ending.then(
      (end) => this.finish(working, end),
      (error: unknown) => {
        const isOurs = isCancellation(error) && (working.isLate || this.isOver);
        if (!isOurs) this.failure ??= { error };
        this.finish(working, CANCELLED);
      },
    );
  }

  private mayFilesChange(): boolean {
    const all = [...this.queue.values(), ...this.active.values()];
    return this.caller.tasks.hasReturns || all.some(({ call }) => isWriter(call));
  }

  /** Stops an agent at its time limit; the time in which all stand still is not counted. */
  private async watch(
    working: Working,
    { number, timeoutMs }: { readonly number: number; readonly timeoutMs: number },
  ): Promise<void> {
    const { tasks, session } = this.caller;
    const { spender } = session;
    for (let isClean = false; !isClean;) {
      await sleep(timeoutMs);
      isClean = !spender.isPaused;
      await condition(() => !spender.isPaused);
    }
    if (this.active.get(working.call.id) !== working) return;
    working.isLate = true;
    await tasks.stop(number);
  }

  private finish(working: Working, end: TaskEnd): void {
    const { id, title } = working.call;
    this.active.delete(id);
    this.hasNews = true;
    if (end.how !== 'done') this.failed += 1;
    const files = filesOf(end);
    if (files !== '' && this.files.length < FILES_KEPT)
      this.files.push(`${shortLine(title, TITLE_LIMIT)}: ${files}`.slice(0, FILES_LIMIT));
    this.tell(id, endingOf(working, end));
  }

  /** What goes on beside the script ends with it. */
  private async beside(work: () => Promise<void>): Promise<void> {
    try {
      await this.scope.run(work);
    } catch (error) {
      if (isCancellation(error)) return;
      this.failure ??= { error };
      this.hasNews = true;
    }
  }

  private tell(id: number, ending: Ending): void {
    const { usage } = this.caller.session.state.spending;
    const spent = usage.inputTokens + usage.outputTokens;
    this.ends.push({ id, spent, ...ending } as GivenEnd);
    this.hasNews = true;
  }

  private note(lines: StepResult<'stepScript'>['lines']): void {
    for (const { level, text } of lines)
      if (level === 'phase') this.caller.session.do(`${this.task.name}: ${shortLine(text, 200)}`);
    const said = lines.map(({ level, text }) =>
      shortLine(level === 'phase' ? `phase: ${text}` : text, LINE_LIMIT),
    );
    const all = [...this.lines, ...said];
    this.lines = all.slice(-LINES_KEPT);
    this.omitted += all.length - this.lines.length;
  }
}

const CANCELLED: TaskEnd = {
  how: 'cancelled',
  reason: 'it was stopped',
  answer: null,
  landing: null,
};

function endingOf({ call, isLate }: Working, end: TaskEnd): Ending {
  const { how, reason, answer, landing } = end;
  if (how === 'done')
    return answer === null ? { value: '""' } : { text: answer, schema: call.schema };
  if (isLate) {
    const seconds = Math.round((call.timeoutMs ?? 0) / 1000);
    return { code: 'AgentError', message: `it did not end within ${seconds} s` };
  }
  const isLost = landing?.kind === 'conflict';
  const code = isLost ? 'ConflictError' : how === 'cancelled' ? 'StoppedError' : 'AgentError';
  return { code, message: reason.slice(0, REASON_LIMIT) };
}
