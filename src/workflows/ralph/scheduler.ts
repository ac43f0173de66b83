import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { RalphActivities } from '../../activities/index.js';
import { AGENT_SIGNALS, type StoryInput, type StoryResult } from '../../contracts/index.js';
import { isProven, type AttemptRecord, type Story } from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { outsideReason } from '../lib/child.js';
import { workflowTime } from '../lib/scope.js';
import { ActiveStories } from './active-stories.js';
import { takeLateAnswer, takeLateChanges } from './answers.js';
import { LanePool } from '../lib/lane-pool.js';
import { StoryLanding } from './landing.js';
import { StoryChildren } from './story-children.js';
import { lostAttempt, endAttempt, markStranded, pickStory, withStory } from '../lib/ledger.js';
import { afterFailedAttempt, withoutCount, afterSettled } from './ledger.js';
import { ParkedStories } from './parked-stories.js';
import { PrdWatch } from './prd-watch.js';
import type { RunState } from './run-state.js';
import { StoryFeedback } from './story-feedback.js';
import { storyInput, type Lane } from './story-input.js';

/** Starts stories as their dependencies pass, at most as many as there are lanes, until nothing is left that can start. */
export class Scheduler {
  readonly lanes = new LanePool<Lane>();
  readonly children: StoryChildren;
  private readonly state: RunState;
  private readonly landing: StoryLanding;
  private readonly prd: PrdWatch;
  private readonly parked: ParkedStories;
  private readonly active = new ActiveStories();
  readonly feedback = new StoryFeedback();
  private statePaths: string[] = [];
  private failure: unknown;

  constructor(state: RunState) {
    this.state = state;
    this.prd = new PrdWatch(state);
    this.parked = new ParkedStories(state);
    this.children = new StoryChildren(state, {
      active: this.active,
      sharers: () => this.lanes.size + 1,
      halt: (reason) => this.halt(reason),
    });
    this.landing = new StoryLanding(state, (input) => this.children.resolve(input));
  }

  /** Takes over the lanes of a prepared run. */
  open(prepared: Awaited<ReturnType<RalphActivities['prepareRun']>>): void {
    const { lane, proofLane } = prepared;
    this.lanes.open(prepared.lanes.length > 0 ? prepared.lanes : [{ lane, proofLane }]);
    this.statePaths = prepared.statePaths;
  }

  /** Works until every story has ended or none can start. Throws the first infrastructure fault once all others ended. */
  async workOff(): Promise<void> {
    try {
      while (await this.startOrFinish()) await this.parked.news();
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
    if (this.failure === undefined && this.lanes.size > 0) await this.prd.refresh();
    state.record = markStranded(state.record);
    await this.startAll();
    const canStart = this.failure === undefined && pickStory(state.record, 0) !== undefined;
    const isBusy = this.active.size > 0 || canStart;
    if (isBusy) this.parked.over();
    return isBusy || (this.failure === undefined && this.parked.isWaiting());
  }

  private async startAll(): Promise<void> {
    const { state } = this;
    while (this.failure === undefined && !state.standstills.isPaused && this.lanes.size > 0) {
      const story = this.pick();
      if (story === undefined) break;
      if (this.children.desk.book.isUsedUp && this.active.size === 0) {
        this.children.pauseForBudget();
        break;
      }
      if (this.children.desk.book.isUsedUp) break;
      await this.start(story);
    }
  }

  /** The story to start next. One whose attempt has failed is open again before that is noted, which may take as long as a disk is full. */
  private pick(): Story | undefined {
    const { state, active } = this;
    const story = pickStory(state.record, active.size);
    // Histories of before 'one-attempt' began the next attempt then, without a word of what was wrong.
    if (story === undefined || !active.has(story.id) || !patched('one-attempt')) return story;
    const stories = state.record.stories.map((entry) =>
      entry.status === 'pending' && active.has(entry.story.id)
        ? { ...entry, status: 'running' as const }
        : entry,
    );
    return pickStory({ ...state.record, stories }, active.size);
  }

  private async start(story: Story): Promise<void> {
    const { state } = this;
    const lane = this.lanes.take();
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
        const holder = this.active.holderOf(story.id);
        this.active.remove(story.id);
        this.lanes.giveBack(lane);
        state.standstills.forget(holder);
        state.showStandstill();
        this.children.desk.leave(holder);
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
    const { holder, lease } = this.children.lend(story.id, `${at.attempt}`);
    const feedback = this.feedback.begin(story.id);
    const input = storyInput(state, {
      story,
      ...at,
      feedback,
      statePaths: this.statePaths,
      lease,
    });
    const result = await this.children.run(input, holder);
    state.noteSpending(story.id, null);
    this.noteStandIns(story, result);
    if (result.attempt.outcome === 'cancelled') return this.noteCancelled(story, result.attempt);
    try {
      await this.bringHome(story, input, result);
      await takeLateAnswer(state, this, { story: story.id, attempt: result.attempt });
      await takeLateChanges(state, this, story.id);
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
    this.takeLateSkip(story);
  }

  /** A skip that was asked for while the record of the attempt's end was written: the write went on. */
  private takeLateSkip(story: Story): void {
    const isLate =
      this.active.isSkipped(story.id) && this.state.entry(story.id)?.status === 'pending';
    if (isLate && patched('whole-save')) this.markSkipped(story);
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
    // Neither the run nor a person who steers it: somebody cancelled the attempt's own workflow.
    if (!isSkipped && this.failure === undefined && patched('operator-end'))
      return this.standStill(story, attempt, 'cancelled by Temporal operator');
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

  private async land(story: Story, input: StoryInput, result: StoryResult): Promise<void> {
    const landing = await this.landing.land({ story, input, result });
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
    const { notes } = await state.steps.run('settleStory', {
      who: 'record',
      summary: `${story.id} · nothing to change`,
      args: { prdPath: state.input.prdPath, story, attempt },
    });
    state.record = afterSettled(state.record, { id: story.id, attempt, notes });
  }

  private async noteFailure(
    story: Story,
    result: StoryResult,
    open?: { readonly text: string; readonly branch: string | null },
  ): Promise<void> {
    const { state } = this;
    const { attempt } = result;
    this.feedback.failed(story.id);
    state.record = afterFailedAttempt(state.record, story.id, attempt);
    if (open !== undefined && open.branch !== null) {
      const { branch } = open;
      state.record = withStory(state.record, story.id, (entry) => ({ ...entry, branch }));
    }
    const noted = await state.steps.run('noteAttempt', {
      who: 'record',
      summary: `${story.id} · attempt ${attempt.number}: ${attempt.outcome}`,
      args: {
        prdPath: state.input.prdPath,
        story,
        attempt,
        feedback: result.proof?.feedback ?? null,
        ...(open === undefined ? {} : { feedbackText: open.text }),
        ...this.feedback.askedOf(story.id),
      },
    });
    this.feedback.note(story.id, noted.feedback);
  }

  private afterFault(story: Story, error: unknown): void {
    const { state } = this;
    const status = state.entry(story.id)?.status;
    if (this.active.isSkipped(story.id) && isCancellation(error)) {
      // Histories of before 'cancel-outcome' left one open that was noted for its next attempt meanwhile.
      const isOpen = status === 'running' || (status === 'pending' && patched('cancel-outcome'));
      // Skipped just after its commit: then it has passed.
      if (!isOpen) return;
      this.markSkipped(story);
      return;
    }
    const how = outsideReason(error);
    if (how !== undefined && status === 'running' && patched('operator-end')) {
      const attempt = lostAttempt(state.record, story.id, workflowTime());
      this.standStill(story, attempt, how).catch(() => undefined);
      return;
    }
    this.failure ??= error;
  }

  private markSkipped(story: Story): void {
    const { state } = this;
    state.record = withStory(state.record, story.id, (entry) => ({
      ...entry,
      status: 'skipped',
      reason: 'skipped by request',
    }));
  }

  /** An attempt that somebody ended from outside uses none up; the run stands still until a person resumes it. */
  private async standStill(story: Story, attempt: AttemptRecord, how: string): Promise<void> {
    const { state } = this;
    const ended = { attempt: { ...attempt, reason: how }, status: 'pending', reason: how } as const;
    state.record = withoutCount(endAttempt(state.record, story.id, ended), story.id);
    state.events.add('story.end', {
      story: story.id,
      text: `pending: ${how}`,
      data: { status: 'pending' },
    });
    await this.halt(`${story.id} was ${how}`);
  }

  /** Stops the run until a person resumes it. */
  private async halt(reason: string): Promise<void> {
    const { state } = this;
    state.events.add('run.pause', { text: reason });
    this.setPaused(reason, workflowTime());
    await CancellationScope.nonCancellable(() => state.save());
  }

  /** Stops or starts every agent at its next model call. */
  setPaused(reason: string | null, at: string): void {
    const { state } = this;
    const wasPaused = state.standstills.isPaused;
    state.standstills.setPaused(reason, at);
    state.showStandstill();
    // An agent may have been paused by itself, by a signal that somebody sent by hand.
    if (wasPaused !== (reason !== null) || (reason === null && patched('resume-all')))
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
}
