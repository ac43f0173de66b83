import {
  CancellationScope,
  condition,
  isCancellation,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { RalphActivities } from '../../activities/index.js';
import {
  AGENT_SIGNALS,
  WORKFLOW_TASK_TIMEOUT_MS,
  type StoryInput,
  type StoryResult,
} from '../../contracts/index.js';
import {
  describeBudget,
  isProven,
  spendingUse,
  type BlobRef,
  type Budget,
  type Story,
  type WorkspaceRef,
} from '../../domain/index.js';
import { recordActivities } from '../lib/activities.js';
import { LandingQueue } from './landing.js';
import { LeaseDesk } from './lease-desk.js';
import { afterFailedAttempt, afterSettled, markStranded, pickStory, withStory } from './ledger.js';
import { PrdWatch } from './prd-watch.js';
import type { RunState } from './run-state.js';
import { storyWorkflow } from './story.js';

/** A lane for an agent and the clean one in which its work is proven. */
export interface Lane {
  readonly lane: WorkspaceRef;
  readonly proofLane: WorkspaceRef;
}

interface ActiveStory {
  readonly scope: CancellationScope;
  readonly task: Promise<void>;
  child: ChildWorkflowHandle<typeof storyWorkflow> | undefined;
  /** Set when a person asked to skip it. */
  isSkipped: boolean;
}

/** Starts stories as their dependencies pass, at most as many as there are lanes, until nothing is left that can start. */
export class Scheduler {
  lanes: readonly Lane[] = [];
  readonly desk: LeaseDesk;
  private readonly state: RunState;
  private readonly queue: LandingQueue;
  private readonly prd: PrdWatch;
  private readonly free: Lane[] = [];
  private readonly active = new Map<string, ActiveStory>();
  private readonly feedback = new Map<string, BlobRef>();
  private statePaths: string[] = [];
  private failure: unknown;

  constructor(state: RunState) {
    this.state = state;
    this.prd = new PrdWatch(state);
    this.queue = new LandingQueue(state, (input) => this.runResolver(input));
    this.desk = new LeaseDesk({
      budget: state.input.options.budget,
      active: () => this.active.size,
      grant: (story, added) => this.tell(story, AGENT_SIGNALS.grant, added),
      onUsedUp: () => this.pauseForBudget(),
    });
  }

  /** Takes over the lanes of a prepared run. */
  open(prepared: Awaited<ReturnType<RalphActivities['prepareRun']>>): void {
    const { lane, proofLane } = prepared;
    this.lanes = prepared.lanes.length > 0 ? prepared.lanes : [{ lane, proofLane }];
    this.free.push(...this.lanes);
    this.statePaths = prepared.statePaths;
  }

  /** Works until every story has ended or none can start. Throws the first infrastructure fault once all others ended. */
  async workOff(): Promise<void> {
    try {
      while (await this.startOrFinish()) await condition(() => this.state.isAwake);
    } catch (error) {
      this.failure ??= error;
      for (const story of this.active.values()) story.scope.cancel();
    }
    // Children that were cancelled save what they know before the record is closed.
    await CancellationScope.nonCancellable(() =>
      Promise.all([...this.active.values()].map((story) => story.task)),
    );
    if (this.failure !== undefined) throw this.failure;
  }

  /** Starts what can start; false when the run is over. */
  private async startOrFinish(): Promise<boolean> {
    const { state } = this;
    state.takeNews();
    if (this.failure === undefined && this.free.length > 0) await this.prd.refresh();
    state.record = markStranded(state.record);
    while (this.failure === undefined && !state.standstills.isPaused && this.free.length > 0) {
      const story = pickStory(state.record, this.active.size);
      if (story === undefined) break;
      if (this.desk.leases.isUsedUp && this.active.size === 0) {
        this.pauseForBudget();
        break;
      }
      if (this.desk.leases.isUsedUp) break;
      await this.start(story);
    }
    const canStart = this.failure === undefined && pickStory(state.record, 0) !== undefined;
    return this.active.size > 0 || canStart;
  }

  private async start(story: Story): Promise<void> {
    const { state } = this;
    const lane = this.free.shift();
    if (lane === undefined) return;
    const attempt = (state.entry(story.id)?.attempts.length ?? 0) + 1;
    state.record = withStory(state.record, story.id, (entry) => ({ ...entry, status: 'running' }));
    state.showStandstill();
    state.events.add('story.start', { story: story.id, attempt, text: story.title });
    const scope = new CancellationScope();
    const task = scope
      .run(() => this.attempt(story, { attempt, lane }))
      .catch((error: unknown) => this.afterFault(story, error))
      .finally(() => {
        this.active.delete(story.id);
        this.free.push(lane);
        state.standstills.forget(story.id);
        state.showStandstill();
        this.desk.leave(story.id);
        state.wake();
      });
    this.active.set(story.id, { scope, task, child: undefined, isSkipped: false });
    await state.save();
  }

  private async attempt(
    story: Story,
    at: { readonly attempt: number; readonly lane: Lane },
  ): Promise<void> {
    const { state } = this;
    const input = this.storyInput(story, at);
    const result = await this.runChild(input, `${at.attempt}`);
    this.desk.giveBack(story.id, spendingUse(result.agent.spending));
    state.noteSpending(story.id, null);
    this.noteStandIns(story, result);
    const verdict = result.proof?.verdict;
    if (verdict === 'already-satisfied') await this.settle(story, result);
    else if (verdict !== undefined && isProven(verdict)) await this.land(story, input, result);
    else await this.noteFailure(story, result);
    const entry = state.entry(story.id);
    state.events.add('story.end', {
      story: story.id,
      text: `${entry?.status ?? ''}: ${entry?.reason ?? ''}`,
      data: { status: entry?.status },
    });
    state.record = markStranded(state.record);
    await state.save();
  }

  private noteStandIns(story: Story, { agent }: StoryResult): void {
    const { state } = this;
    const notes = (agent.stoodIn ?? []).map(
      (name) => `${story.id}: ${name} answered in place of the chosen model`,
    );
    state.record = { ...state.record, notes: [...new Set([...state.record.notes, ...notes])] };
  }

  private storyInput(
    story: Story,
    { attempt, lane }: { readonly attempt: number; readonly lane: Lane },
  ): StoryInput {
    const { state } = this;
    const { input, record } = state;
    const lease = this.desk.leases.take(story.id, this.free.length + 1);
    const baseline = record.baseline ?? null;
    return {
      runId: input.runId,
      story,
      attempt,
      project: input.project,
      feature: input.feature,
      technicalRequirements: input.technicalRequirements,
      checks: input.checks,
      options: input.options,
      ...lane,
      statePaths: this.statePaths,
      base: record.headCommit,
      prdPath: input.prdPath,
      author: input.author,
      branch: input.branch,
      feedback: this.feedback.get(story.id) ?? null,
      setup: input.setup,
      paths: input.paths,
      baseline: input.options.allowRedBaseline ? baseline : null,
      owner: workflowInfo().workflowId,
      isPaused: state.standstills.isPaused,
      ...(lease === undefined ? {} : { lease }),
    };
  }

  /** The agent that resolves a merge conflict of a story: the same lane, a lease of its own. */
  private async runResolver(input: StoryInput): Promise<StoryResult> {
    const { lease: _settled, ...rest } = input;
    const lease = this.desk.leases.take(input.story.id, this.free.length + 1);
    const renewed = { ...rest, isPaused: this.state.standstills.isPaused };
    const result = await this.runChild(
      lease === undefined ? renewed : { ...renewed, lease },
      `${input.attempt}/merge`,
    );
    this.desk.giveBack(input.story.id, spendingUse(result.agent.spending));
    return result;
  }

  private async runChild(input: StoryInput, place: string): Promise<StoryResult> {
    const { story, attempt } = input;
    const child = await startChild(storyWorkflow, {
      workflowId: `${workflowInfo().workflowId}/${input.runId}/${story.id}/${place}`,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: `${story.id} · attempt ${attempt} · ${story.title}`.slice(0, 200),
      args: [input],
    });
    const active = this.active.get(story.id);
    if (active !== undefined) active.child = child;
    const isPaused = this.state.standstills.isPaused;
    if (isPaused !== (input.isPaused ?? false))
      await child.signal(isPaused ? AGENT_SIGNALS.pause : AGENT_SIGNALS.resume);
    return child.result();
  }

  private async land(story: Story, input: StoryInput, result: StoryResult): Promise<void> {
    const landing = await this.queue.land({ story, input, result });
    if (landing.kind === 'landed') return;
    await this.noteFailure(
      story,
      { ...result, attempt: landing.attempt, proof: null },
      { text: landing.feedback, branch: landing.branch },
    );
  }

  /** Nothing had to change: the PRD says so, and there is no commit. */
  private async settle(story: Story, { attempt }: StoryResult): Promise<void> {
    const { state } = this;
    const { notes } = await state.endure('record', () =>
      recordActivities.settleStory({
        runId: state.input.runId,
        prdPath: state.input.prdPath,
        story,
        attempt,
      }),
    );
    state.record = afterSettled(state.record, { id: story.id, attempt, notes });
  }

  private async noteFailure(
    story: Story,
    result: StoryResult,
    open?: { readonly text: string; readonly branch: string | null },
  ): Promise<void> {
    const { state } = this;
    const { attempt } = result;
    state.record = afterFailedAttempt(state.record, story.id, attempt);
    if (open !== undefined && open.branch !== null) {
      const { branch } = open;
      state.record = withStory(state.record, story.id, (entry) => ({ ...entry, branch }));
    }
    const noted = await state.endure('record', () =>
      recordActivities.noteAttempt({
        runId: state.input.runId,
        prdPath: state.input.prdPath,
        story,
        attempt,
        feedback: result.proof?.feedback ?? null,
        ...(open === undefined ? {} : { feedbackText: open.text }),
      }),
    );
    this.feedback.set(story.id, noted.feedback);
  }

  private afterFault(story: Story, error: unknown): void {
    const { state } = this;
    const isRunning = state.entry(story.id)?.status === 'running';
    if (this.active.get(story.id)?.isSkipped === true && isCancellation(error)) {
      // Skipped just after its commit: then it has passed.
      if (!isRunning) return;
      state.record = withStory(state.record, story.id, (entry) => ({
        ...entry,
        status: 'skipped',
        reason: 'skipped by request',
      }));
      return;
    }
    this.failure ??= error;
  }

  /** Stops or starts every agent at its next model call. */
  setPaused(reason: string | null, at: string): void {
    const { state } = this;
    const wasPaused = state.standstills.isPaused;
    state.standstills.setPaused(reason, at);
    state.showStandstill();
    if (wasPaused !== (reason !== null))
      this.tellAll(reason === null ? AGENT_SIGNALS.resume : AGENT_SIGNALS.pause);
    state.wake();
  }

  /** Lets everybody who waits try again at once. */
  tryNow(): void {
    this.state.tryNow();
    this.tellAll(AGENT_SIGNALS.tryNow);
  }

  /** Ends a running story's attempt; the story counts as skipped. */
  skipRunning(id: string): boolean {
    const active = this.active.get(id);
    if (active === undefined) return false;
    active.isSkipped = true;
    active.scope.cancel();
    return true;
  }

  /** Adds what a person said to the next attempt's prompt. */
  addFeedback(id: string, feedback: BlobRef): void {
    this.feedback.set(id, feedback);
  }

  private pauseForBudget(): void {
    if (this.state.standstills.isPaused) return;
    const reason = `the budget of ${describeBudget(this.desk.leases.limits)} is used up`;
    this.state.events.add('run.pause', { text: reason });
    this.state.standstills.setPaused(reason, new Date().toISOString());
    this.state.showStandstill();
    this.state.save().catch(() => undefined);
  }

  private tellAll(signal: string): void {
    for (const id of this.active.keys()) this.tell(id, signal);
  }

  private tell(id: string, signal: string, added?: Budget): void {
    const child = this.active.get(id)?.child;
    const args = added === undefined ? [] : [{ added }];
    child?.signal(signal, ...args).catch(() => undefined);
  }
}
