import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import {
  isSatisfied,
  isWriter,
  nextSubtask,
  ZERO_SPENDING,
  type StoryRecord,
  type Subtask,
  type WorkspaceRef,
} from '../../domain/index.js';
import { outsideReason } from '../lib/child.js';
import { failureFacts } from '../lib/failure.js';
import {
  attemptRecord,
  endAttempt,
  markStranded,
  withStory,
  type SubtaskEnd,
} from '../lib/ledger.js';
import { workflowTime } from '../lib/scope.js';
import { LandingDesk } from './landing-desk.js';
import { OwnCalls } from './own-calls.js';
import { LaneDesk } from './lane-desk.js';
import { RowWork } from './row-work.js';
import { SubtaskAgents } from './subtask-agents.js';
import type { SwarmState } from './swarm-state.js';
import { keptOn } from './kept-work.js';
import { SubtaskWork } from './subtask-work.js';
import { ownTimers, SharedTimer } from './working-time.js';

/** A plan that asks for subtasks while they are worked on. */
export interface GrowingPlan {
  /** It may ask for more. */
  readonly isOpen: boolean;
  /** Why it cannot go on; undefined while it can. */
  readonly fault: unknown;
  /** Told how each has ended. */
  ended(id: string, end: SubtaskEnd): void;
}

/**
 * Starts subtasks as what they depend on has ended well, at most so many at once, never two that may write the same files, until
 * nothing is left that can start. Every subtask that starts has exactly one end.
 */
export class Coordinator {
  readonly agents: SubtaskAgents;
  readonly calls: OwnCalls;
  readonly lanes = new LaneDesk();
  private readonly state: SwarmState;
  private readonly work: SubtaskWork;
  private readonly rows: RowWork;
  private readonly active = new Map<string, { scope: CancellationScope; task: Promise<void> }>();
  private readonly stopped = new Set<string>();
  /** Commits of subtasks, in the order in which they landed. */
  readonly landed: { readonly id: string; readonly commit: string }[] = [];
  /** True while subtasks are worked off. */
  isWorking = false;
  /** The program that asks for more of them; undefined = they are planned. */
  script: GrowingPlan | undefined;
  private peak = 0;
  private isEnding = false;

  constructor(state: SwarmState) {
    this.state = state;
    const { timeoutMs, edition } = state.input;
    this.agents = new SubtaskAgents(
      state,
      () => this.sharers(),
      edition >= 3 ? new SharedTimer(timeoutMs) : ownTimers(timeoutMs),
    );
    this.calls = new OwnCalls(state, {
      desk: this.agents.desk,
      pauseForBudget: () => this.agents.pauseForBudget(),
    });
    this.work = new SubtaskWork(state, { agents: this.agents, landing: new LandingDesk(state) });
    this.rows = new RowWork(state, { calls: this.calls, sharers: () => this.sharers() });
  }

  /** Works until every subtask has ended or none can start. */
  async workOff(): Promise<void> {
    this.isWorking = true;
    try {
      while (this.startOrFinish()) await condition(() => this.state.isAwake);
    } catch (error) {
      this.isEnding = true;
      for (const { scope } of this.active.values()) scope.cancel();
      await CancellationScope.nonCancellable(() => this.ended());
      throw error;
    }
    this.isWorking = false;
    await this.ended();
    this.state.set({ peak: this.peak });
  }

  private async ended(): Promise<void> {
    await Promise.all([...this.active.values()].map(({ task }) => task));
  }

  /** Those that may share what is left of the budget, the one that starts included. */
  sharers(): number {
    const { parallel } = this.state.input.options;
    const open = this.state.record.stories.filter(({ status }) => status === 'pending').length;
    return Math.max(1, Math.min(parallel - this.active.size, open) + 1);
  }

  private startOrFinish(): boolean {
    const { state } = this;
    state.takeNews();
    state.record = markStranded(state.record);
    while (!state.standstills.isPaused && this.active.size < state.input.options.parallel) {
      const subtask = this.pick();
      if (subtask === undefined) break;
      if (this.agents.desk.book.isUsedUp) {
        if (this.active.size === 0) this.agents.pauseForBudget();
        break;
      }
      this.start(subtask);
    }
    if (this.script?.fault !== undefined) throw this.script.fault;
    return (
      this.active.size > 0 ||
      this.script?.isOpen === true ||
      state.record.stories.some(({ status }) => status === 'pending')
    );
  }

  private pick(): Subtask | undefined {
    const { stories } = this.state.record;
    const satisfied = new Set(
      stories.filter(({ status }) => isSatisfied(status)).map(({ story }) => story.id),
    );
    const pending = stories
      .filter(({ story, status }) => status === 'pending' && !this.active.has(story.id))
      .flatMap(({ story }) => this.state.subtask(story.id) ?? []);
    const busy = [...this.active.keys()].flatMap((id) => this.state.subtask(id) ?? []);
    return nextSubtask(pending, { isSatisfied: (id) => satisfied.has(id), busy });
  }

  private start(subtask: Subtask): void {
    const { state } = this;
    const { id } = subtask;
    const entry = state.entry(id);
    const attempt = (entry?.attempts.length ?? 0) + 1;
    state.record = withStory(state.record, id, (open) => ({ ...open, status: 'running' }));
    state.showStandstill();
    state.events.add('story.start', { story: id, attempt, text: entry?.story.title ?? '' });
    const scope = new CancellationScope();
    const startedAt = workflowTime();
    const task = scope
      .run(() => this.attempt(subtask, attempt))
      .catch((error: unknown) => this.noteLost(id, { attempt, error, startedAt }))
      .finally(() => {
        this.active.delete(id);
        this.stopped.delete(id);
        state.showStandstill();
        state.noteProgress();
        state.wake();
      });
    this.active.set(id, { scope, task });
    this.peak = Math.max(this.peak, this.active.size);
    state.noteProgress();
  }

  private async attempt(subtask: Subtask, attempt: number): Promise<void> {
    const { state } = this;
    if (subtask.agent === 'row')
      return this.settle(subtask.id, await this.rows.run(subtask, attempt));
    const taken = state.input.hasFiles
      ? this.lanes.take(state.record.headCommit, isWriter(subtask))
      : null;
    try {
      this.settle(subtask.id, await this.work.run(subtask, { attempt, taken }));
    } finally {
      if (taken !== null) this.lanes.giveBack(taken);
    }
  }

  private settle(id: string, end: SubtaskEnd): void {
    const { state } = this;
    state.record = endAttempt(state.record, id, end);
    if (end.commit !== undefined && end.commit !== null)
      this.landed.push({ id, commit: end.commit });
    const status = state.entry(id)?.status ?? '';
    const reason = end.reason ?? end.attempt.reason;
    state.events.add('story.end', { story: id, text: `${status}: ${reason}`, data: { status } });
    this.script?.ended(id, end);
  }

  /** A fault of one subtask ends that subtask: its siblings lose nothing. */
  private noteLost(
    id: string,
    lost: { readonly attempt: number; readonly error: unknown; readonly startedAt: string },
  ): void {
    const { state } = this;
    const { attempt, error, startedAt } = lost;
    const isOurs = isCancellation(error) && (this.isEnding || this.stopped.has(id));
    const reason = isOurs
      ? this.isEnding
        ? 'cancelled'
        : 'stopped by request'
      : (outsideReason(error) ?? failureFacts(error).message);
    const open = state.entry(id);
    const record = attemptRecord({
      number: attempt,
      outcome: isOurs ? 'cancelled' : 'limit',
      reason,
      spending: open?.openSpending ?? ZERO_SPENDING,
      startedAt,
    });
    const branch = this.work.takeLeft(id);
    const kept = branch === undefined ? {} : keptOn(branch, record);
    this.settle(id, { status: isOurs ? 'skipped' : 'failed', attempt: record, ...kept });
  }

  /** Ends a subtask that is worked on, or takes one out that has not begun; says what was done. */
  stop(entry: StoryRecord): string {
    const { id } = entry.story;
    const active = this.active.get(id);
    if (active !== undefined) {
      this.stopped.add(id);
      // an agent that is cancelled still says what it spent
      if (!this.agents.stop(id)) active.scope.cancel();
      return `${id} is being stopped`;
    }
    this.state.record = withStory(this.state.record, id, (open) => ({
      ...open,
      status: 'skipped',
      reason: 'stopped by request',
    }));
    this.script?.ended(id, neverBegun());
    return `${id} is stopped before it began`;
  }

  /** Takes over the lanes of a prepared run. */
  openLanes(
    lanes: readonly { readonly lane: WorkspaceRef; readonly proofLane: WorkspaceRef }[],
  ): void {
    this.lanes.open(lanes);
  }
}

/** The end of a subtask that was stopped before anybody worked on it. */
function neverBegun(): SubtaskEnd {
  const attempt = attemptRecord({
    number: 0,
    outcome: 'cancelled',
    reason: 'stopped by request',
    spending: ZERO_SPENDING,
    startedAt: workflowTime(),
  });
  return { status: 'skipped', attempt };
}
