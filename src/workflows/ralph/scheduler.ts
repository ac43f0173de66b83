import {
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  isCancellation,
  patched,
} from '@temporalio/workflow';
import type { RalphActivities } from '../../activities/index.js';
import { AGENT_SIGNALS, type StoryInput, type StoryResult } from '../../contracts/index.js';
import {
  describeBudget,
  isProven,
  NO_USE,
  type AttemptRecord,
  spendingUse,
  type BlobRef,
  type Story,
} from '../../domain/index.js';
import { recordActivities } from '../lib/activities.js';
import { failureFacts } from '../lib/failure.js';
import { ActiveStories } from './active-stories.js';
import { LandingQueue } from './landing.js';
import { LeaseDesk } from './lease-desk.js';
import {
  afterFailedAttempt,
  afterSettled,
  endAttempt,
  markStranded,
  pickStory,
  withStory,
} from './ledger.js';
import { PrdWatch } from './prd-watch.js';
import type { RunState } from './run-state.js';
import { storyInput, type Lane } from './story-input.js';

/** Starts stories as their dependencies pass, at most as many as there are lanes, until nothing is left that can start. */
export class Scheduler {
  lanes: readonly Lane[] = [];
  readonly desk: LeaseDesk;
  private readonly state: RunState;
  private readonly queue: LandingQueue;
  private readonly prd: PrdWatch;
  private readonly free: Lane[] = [];
  private readonly active = new ActiveStories();
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
      grant: (story, added) => this.active.tell(story, AGENT_SIGNALS.grant, added),
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
      this.active.cancelAll();
    }
    // Children that were cancelled save what they know before the record is closed.
    await CancellationScope.nonCancellable(() => this.active.ended());
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
        this.active.remove(story.id);
        this.free.push(lane);
        state.standstills.forget(story.id);
        state.showStandstill();
        this.desk.leave(story.id);
        state.wake();
      });
    this.active.add(story.id, { scope, task });
    await state.save();
  }

  private async attempt(
    story: Story,
    at: { readonly attempt: number; readonly lane: Lane },
  ): Promise<void> {
    const { state } = this;
    const lease = this.desk.leases.take(story.id, this.free.length + 1);
    const feedback = this.feedback.get(story.id) ?? null;
    const input = storyInput(state, {
      story,
      ...at,
      feedback,
      statePaths: this.statePaths,
      lease,
    });
    const result = await this.runChild(input, `${at.attempt}`);
    state.noteSpending(story.id, null);
    this.noteStandIns(story, result);
    if (result.attempt.outcome === 'cancelled') return this.noteCancelled(story, result.attempt);
    try {
      await this.bringHome(story, input, result);
    } catch (error) {
      this.noteUnfinished(story, result.attempt, error);
      throw error;
    }
    const entry = state.entry(story.id);
    state.events.add('story.end', {
      story: story.id,
      text: `${entry?.status ?? ''}: ${entry?.reason ?? ''}`,
      data: { status: entry?.status },
    });
    state.record = markStranded(state.record);
    await state.save();
  }

  /** A proven result is landed, every other one noted for the next attempt. */
  private async bringHome(story: Story, input: StoryInput, result: StoryResult): Promise<void> {
    const verdict = result.proof?.verdict;
    if (verdict === 'already-satisfied') await this.settle(story, result);
    else if (verdict !== undefined && isProven(verdict)) await this.land(story, input, result);
    else await this.noteFailure(story, result);
  }

  /** An attempt that was cancelled: what it spent counts, whether the story was skipped or the run ends. */
  private async noteCancelled(story: Story, attempt: AttemptRecord): Promise<void> {
    const { state } = this;
    const isSkipped = this.active.isSkipped(story.id);
    const status = isSkipped ? 'skipped' : 'pending';
    const reason = isSkipped ? 'skipped by request' : 'cancelled';
    state.record = endAttempt(state.record, story.id, { attempt, status, reason });
    const text = `${status}: ${reason}`;
    state.events.add('story.end', { story: story.id, text, data: { status } });
    state.record = markStranded(state.record);
    await CancellationScope.nonCancellable(() => state.save());
  }

  /** An attempt that ended, but whose result could not be brought home: what it spent still counts. */
  private noteUnfinished(story: Story, attempt: AttemptRecord, error: unknown): void {
    const { state } = this;
    if (state.entry(story.id)?.status !== 'running' || !patched('cancel-outcome')) return;
    const isSkipped = this.active.isSkipped(story.id) && isCancellation(error);
    const { message } = failureFacts(error);
    const paid = { ...attempt, spending: this.active.spent(story.id) };
    state.record = endAttempt(state.record, story.id, {
      attempt: isCancellation(error)
        ? { ...paid, outcome: 'cancelled', reason: 'cancelled by request' }
        : paid,
      status: isSkipped ? 'skipped' : 'pending',
      reason: isSkipped ? 'skipped by request' : isCancellation(error) ? 'cancelled' : message,
    });
  }

  private noteStandIns(story: Story, { agent }: StoryResult): void {
    const { state } = this;
    const notes = (agent.stoodIn ?? []).map(
      (name) => `${story.id}: ${name} answered in place of the chosen model`,
    );
    state.record = { ...state.record, notes: [...new Set([...state.record.notes, ...notes])] };
  }

  /** The agent that resolves a merge conflict of a story: the same lane, a lease of its own. */
  private async runResolver(input: StoryInput): Promise<StoryResult> {
    const { lease: _settled, ...rest } = input;
    const lease = this.desk.leases.take(input.story.id, this.free.length + 1);
    const renewed = { ...rest, isPaused: this.state.standstills.isPaused };
    const started = lease === undefined ? renewed : { ...renewed, lease };
    return this.runChild(started, `${input.attempt}/merge`);
  }

  /** Runs it and settles its lease; one that never began has used nothing. */
  private async runChild(input: StoryInput, place: string): Promise<StoryResult> {
    const { standstills } = this.state;
    const { id } = input.story;
    let result: StoryResult;
    try {
      result = await this.active.run(input, place, { isPaused: () => standstills.isPaused });
    } catch (error) {
      if (
        isCancellation(error) &&
        !(error instanceof ChildWorkflowFailure) &&
        patched('cancel-outcome')
      )
        this.desk.giveBack(id, NO_USE);
      throw error;
    }
    this.desk.giveBack(id, spendingUse(result.agent.spending));
    return result;
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
    const status = state.entry(story.id)?.status;
    if (this.active.isSkipped(story.id) && isCancellation(error)) {
      // Histories of before 'cancel-outcome' left one open that was noted for its next attempt meanwhile.
      const isOpen = status === 'running' || (status === 'pending' && patched('cancel-outcome'));
      // Skipped just after its commit: then it has passed.
      if (!isOpen) return;
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
      this.active.tellAll(reason === null ? AGENT_SIGNALS.resume : AGENT_SIGNALS.pause);
    state.wake();
  }

  /** Lets everybody who waits try again at once. */
  tryNow(): void {
    this.state.tryNow();
    this.active.tellAll(AGENT_SIGNALS.tryNow);
  }

  /** Ends a running story's attempt; the story counts as skipped. */
  skipRunning(id: string): boolean {
    return this.active.skip(id);
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
}
