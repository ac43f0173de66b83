import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import {
  AGENT_SIGNALS,
  leaseRequestSchema,
  leaseRequestSignal,
  standstillSchema,
  standstillSignal,
} from '../../contracts/index.js';
import {
  ZERO_SPENDING,
  type AgentInput,
  type AgentResult,
  type AgentSpending,
  type BlobRef,
} from '../../domain/index.js';
import { outsideReason } from '../lib/child.js';
import { failureFacts } from '../lib/failure.js';
import { takeSignal } from '../lib/handlers.js';
import { Lending } from './lending/lending.js';
import { OpenTasks, type OpenTask } from './open-tasks.js';
import { fork, landFork, type Fork, type ForkLanding } from './forks.js';
import { takeNotes } from './asking/reaches.js';
import { limitsOf, startTask } from './start-task.js';
import type { TaskEnd, TaskOwner, TaskStart } from './task.js';

/** One that was started. */
interface LaunchedTask {
  /** By which it is known from now on. */
  readonly number: number;
  readonly begun: Promise<void>;
  readonly ending: Promise<TaskEnd>;
}

/** An agent whose files wait until its starter rests between two steps. */
interface Returning {
  readonly task: OpenTask;
  readonly land: () => Promise<void>;
  readonly drop: () => void;
}

/**
 * Agents that an agent starts: each has one end, which reaches it and nobody else; each may do no more than it may, and spends what it lends
 * them. The agent ends after them.
 */
export class SubAgents {
  private readonly session: TaskOwner;
  /** By their workflow id. */
  readonly open = new OpenTasks();
  readonly lending: Lending;
  private readonly returning: Returning[] = [];
  /** How much of the agent only waits for others. */
  private waits = 0;

  constructor(session: TaskOwner) {
    this.session = session;
    this.lending = new Lending({
      session,
      find: (holder) => this.open.get(holder),
      isAnyoneWorking: () => this.isAnyoneWorking(),
    });
  }

  /** True while one of them works: no continue-as-new then, and no end. */
  get isOpen(): boolean {
    return this.open.size > 0;
  }

  /** True while files of one that has ended wait for {@link bringBack}. */
  get hasReturns(): boolean {
    return this.returning.length > 0;
  }

  /** Agents that it may still start. */
  get left(): number {
    const { tasks = 0, tasksBelow = 0, recalls = 0 } = this.session.state;
    return Math.max(
      0,
      limitsOf(this.session.input).count - (tasks - recalls) - tasksBelow - this.open.below,
    );
  }

  /** Questions over its own past that it may still ask; undefined = each counts as an agent. */
  get recallsLeft(): number | undefined {
    const { recalls: most } = limitsOf(this.session.input);
    return most === undefined ? undefined : most - (this.session.state.recalls ?? 0);
  }

  private isAnyoneWorking(): boolean {
    // one whose files wait for their starter has nothing left to give
    const back = new Set(this.returning.map(({ task }) => task));
    const isAnyOpen = [...this.open].some(
      ([id, task]) => !back.has(task) && !this.lending.line.isStuck(id),
    );
    return isAnyOpen || (this.waits === 0 && !this.lending.line.isStuck());
  }

  /** Takes what they tell and ask. Set before the first await. */
  takeWords(): void {
    takeSignal(leaseRequestSignal, (raw) => {
      const { data } = leaseRequestSchema.safeParse(raw);
      if (data?.holder === undefined || !this.open.has(data.holder)) return;
      const { needed, canWait } = data;
      this.lending.line.request(data.holder, { needed, canWait });
    });
    takeSignal(standstillSignal, (raw) => {
      const parsed = standstillSchema.safeParse(raw);
      const task = this.open.get(parsed.data?.holder ?? '');
      if (!parsed.success || task === undefined) return;
      task.told = parsed.data.spending ?? task.told;
      void this.session.spender.tell(parsed.data.standstill);
    });
  }

  /** Ends one of them; resolves when it has ended. False when there is none of that number. */
  async stop(number: number): Promise<boolean> {
    const task = this.open.numbered(number);
    if (task === undefined) return false;
    task.scope.cancel();
    await this.resting(() => task.ended);
    return true;
  }

  /** Waits for something that they do: budget that it would need itself is not used meanwhile. */
  async resting<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.waits += 1;
    this.lending.line.look();
    try {
      return await wait();
    } finally {
      this.waits -= 1;
    }
  }

  /** Resolves when none works any more and their files are here. */
  settled(): Promise<void> {
    return this.resting(async () => {
      while (this.isOpen) {
        await condition(() => !this.isOpen || this.hasReturns);
        await this.bringBack();
      }
    });
  }

  /** Merges what those changed that have ended, one after the other; nobody may work in the agent's own lane meanwhile. */
  async bringBack(): Promise<void> {
    for (let next = this.returning.shift(); next !== undefined; next = this.returning.shift()) {
      await next.land();
      // its starter hears of it together with the files
      await next.task.ended;
    }
  }

  /** Ends them all; resolves when they have ended. */
  async cancelAll(): Promise<void> {
    for (const { scope } of this.open.values()) scope.cancel();
    await CancellationScope.nonCancellable(async () => {
      while (this.isOpen) {
        await condition(() => !this.isOpen || this.hasReturns);
        for (const { drop } of this.returning.splice(0)) drop();
      }
    });
  }

  /**
   * Starts an agent. `begun` resolves when it works or will never; `ending` with its one end. Whatever goes wrong with it is an end;
   * `ending` rejects only when it is cancelled with its starter.
   */
  launch(start: TaskStart): LaunchedTask {
    const { state } = this.session;
    const count = this.countFor(start);
    state.tasks = (state.tasks ?? 0) + 1;
    if (this.isApart(start)) state.recalls = (state.recalls ?? 0) + 1;
    const number = state.tasks;
    const id = `${workflowInfo().workflowId}/task/${number}`;
    const task: OpenTask = {
      scope: new CancellationScope(),
      child: undefined,
      ended: Promise.resolve(),
      lent: null,
      count,
      grants: [],
      told: ZERO_SPENDING,
      number,
      title: start.title,
    };
    this.open.set(id, task);
    let hasBegun: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });
    const ending = task.scope
      .run(() => this.live(task, { id, number, start, hasBegun }))
      .then((end) => {
        start.deliver?.(end);
        return end;
      })
      .finally(() => {
        this.open.delete(id);
        this.lending.line.leave(id);
        this.lending.line.look();
        hasBegun();
      });
    task.ended = ending.catch(() => undefined);
    return { number, begun, ending };
  }

  /** Agents below the one that is about to start: all that are left for one that is waited for, else a half. */
  private countFor(start: TaskStart): number {
    const { depth } = limitsOf(this.session.input);
    const left = Math.max(0, this.left - 1);
    return depth < 2 || this.isApart(start) ? 0 : Math.floor(left / start.share);
  }

  /** True for one that answers a question over its starter's past where those have a limit of their own. */
  private isApart({ rlm }: TaskStart): boolean {
    return rlm?.kind === 'conversation' && this.recallsLeft !== undefined;
  }

  private async live(task: OpenTask, launch: Launch): Promise<TaskEnd> {
    let isSettled = false;
    let own: Fork | undefined;
    try {
      own = launch.start.isForked ? await this.fork(launch) : undefined;
      const result = await this.runChild(task, launch, own);
      this.settle(task, result.spending, result.tasks ?? 0);
      isSettled = true;
      return await this.endOf(task, { result, own });
    } catch (error) {
      if (isCancellation(error) && task.scope.consideredCancelled) throw error;
      const why = outsideReason(error) ?? failureFacts(error).message;
      const reason = `the agent ended without a result: ${why}`;
      const failed = { how: 'failed' as const, reason, answer: null, landing: null };
      if (isSettled) return failed;
      // what it told before it failed was paid; below it there may have been as many as it was allowed
      this.settle(task, task.told, task.count);
      isSettled = true;
      return own === undefined ? failed : { ...failed, landing: await this.keep(task, own) };
    } finally {
      if (!isSettled) this.settle(task, task.told, task.count);
    }
  }

  /** What an agent had changed that ended without a result; null when that cannot be told either. */
  private keep(task: OpenTask, own: Fork): Promise<ForkLanding | null> {
    return this.comeBack(task, own, false).catch((error: unknown) => {
      if (isCancellation(error)) throw error;
      return null;
    });
  }

  private fork({ number, start }: Launch): Promise<Fork> {
    return fork(this.session, { place: placeOf(this.session.input, number), title: start.title });
  }

  private async runChild(
    task: OpenTask,
    { id, number, start, hasBegun }: Launch,
    own: Fork | undefined,
  ): Promise<AgentResult> {
    const { session } = this;
    const { spender } = session;
    const child = await startTask(session, {
      id,
      place: placeOf(session.input, number),
      start,
      count: task.count,
      fork: own,
      lend: () => this.lending.lend(task, start.share),
    });
    task.child = child.handle;
    if (spender.isPaused !== child.wasPaused) {
      const { pause, resume } = AGENT_SIGNALS;
      child.handle.signal(spender.isPaused ? pause : resume).catch(() => undefined);
    }
    this.lending.handIn(task);
    hasBegun();
    return child.handle.result();
  }

  private settle(task: OpenTask, spending: AgentSpending, below: number): void {
    const { state } = this.session;
    task.count = 0;
    if (below > 0) state.tasksBelow = (state.tasksBelow ?? 0) + below;
    this.lending.settle(task, spending);
  }

  private async endOf(
    task: OpenTask,
    { result, own }: { readonly result: AgentResult; readonly own: Fork | undefined },
  ): Promise<TaskEnd> {
    const { outcome, reason } = result;
    takeNotes(this.session.state, result);
    const isOurs = outcome === 'cancelled' && task.scope.consideredCancelled;
    const how = outcome === 'done' ? 'done' : isOurs ? 'cancelled' : 'failed';
    if (isOurs) return { how, reason, answer: null, landing: null };
    const answer = await this.answerOf(result);
    const landing = own === undefined ? null : await this.comeBack(task, own, how === 'done');
    const isLost = landing?.kind === 'conflict';
    const why = isLost ? 'its files conflict with what was changed meanwhile' : reason;
    return { how: isLost ? 'failed' : how, reason: why, answer, landing };
  }

  /** What it found by code, else its last words. */
  private async answerOf({ rlm, conversation }: AgentResult): Promise<BlobRef | null> {
    if (rlm !== undefined) return rlm.answer?.quoted ?? rlm.answer?.ref ?? null;
    return conversation === null ? null : this.takeAnswer(conversation);
  }

  private async takeAnswer(conversation: BlobRef): Promise<BlobRef> {
    const summary = 'what the agent answered';
    const { ref } = await this.session.steps.run('takeAnswer', { summary, args: { conversation } });
    return ref;
  }

  /** Its files come into the lane of its starter when that rests; those of one that did not succeed are only kept. */
  private comeBack(task: OpenTask, own: Fork, isWanted: boolean): Promise<ForkLanding | null> {
    return new Promise((resolve, reject) => {
      this.returning.push({
        task,
        land: async () => {
          try {
            resolve(await landFork(this.session, own, isWanted));
          } catch (error) {
            reject(error);
          }
        },
        drop: () => resolve(null),
      });
      this.lending.line.look();
    });
  }
}

/** One that is about to live. */
interface Launch {
  readonly id: string;
  /** Which of its starter's agents it is, from 1. */
  readonly number: number;
  readonly start: TaskStart;
  readonly hasBegun: () => void;
}

function placeOf({ place }: AgentInput, number: number): string {
  return place === undefined ? `${number}` : `${place}.${number}`;
}
