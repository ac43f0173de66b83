import {
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import {
  AGENT_SIGNALS,
  type LeaseRequest,
  type StandstillReport,
  type StoryInput,
  type StoryResult,
} from '../../contracts/index.js';
import {
  addSpending,
  describeBudget,
  NO_USE,
  shortLine,
  spendingUse,
  ZERO_SPENDING,
  type AgentSpending,
  type Budget,
  type BudgetUse,
} from '../../domain/index.js';
import { outsideReason } from '../lib/child.js';
import { LeaseDesk } from '../lib/lease-book.js';
import { OpenCalls } from '../lib/run-steering.js';
import { workflowTime } from '../lib/scope.js';
import type { ActiveStories } from './active-stories.js';
import type { RunState } from './run-state.js';

/** Whoever sends a word by hand may send a long one. */
const REASON_LIMIT = 1000;

/** What running children needs of the run. */
export interface StoryChildrenOptions {
  readonly active: ActiveStories;
  /** Stories that may share what is left of the budget, the one that starts included. */
  readonly sharers: () => number;
  /** Stops the run until a person resumes it, with the reason; resolves when the record says so. */
  readonly halt: (reason: string) => Promise<void>;
}

/** How an agent that resolves a conflict ended: with a result, or from outside without one. */
type ResolverEnd =
  | { readonly result: StoryResult }
  | { readonly how: string; readonly spending: AgentSpending };

/** The child workflows of a run's stories and their leases: what each may spend, what it asks for, what it gives back. */
export class StoryChildren {
  readonly desk: LeaseDesk;
  private readonly state: RunState;
  private readonly active: ActiveStories;
  private readonly options: StoryChildrenOptions;
  /** What children told of their spending that have not ended, by their workflow id. */
  private readonly told = new Map<string, AgentSpending>();
  /** Stories whose agents wait for an answer. */
  readonly asking = new OpenCalls();
  /** Answers that were handed on and that nobody has said to have heard, by story. */
  private readonly handed = new Map<string, string>();

  constructor(state: RunState, options: StoryChildrenOptions) {
    const { active } = options;
    this.state = state;
    this.active = active;
    this.options = options;
    this.desk = new LeaseDesk({
      budget: state.input.options.budget,
      active: () => active.size,
      grant: (holder, added) => {
        const story = active.storyOf(holder);
        if (story !== undefined) active.grant(story, added);
      },
      onUsedUp: () => this.pauseForBudget(),
    });
  }

  /** A lease for a child that is about to start; undefined = no limit. */
  lend(story: string, place: string): { holder: string; lease: Budget | undefined } {
    const holder = this.holdBy(story, place);
    return { holder, lease: this.desk.book.take(holder, this.options.sharers()) };
  }

  /**
   * The agent that resolves a merge conflict of a story: the same lane, a lease of its own. When somebody ends it from outside, the
   * run stands still and the story's proven work waits: another one begins when a person resumes the run.
   */
  async resolve(input: StoryInput): Promise<StoryResult> {
    const { lease: _settled, ...rest } = input;
    const { story, attempt } = input;
    let lost = ZERO_SPENDING;
    for (let round = 1; ; round += 1) {
      const place = round === 1 ? `${attempt}/merge` : `${attempt}/merge/${round}`;
      const { holder, lease } = this.lend(story.id, place);
      const renewed = { ...rest, isPaused: this.state.standstills.isPaused };
      const end = await this.runResolver(
        lease === undefined ? renewed : { ...renewed, lease },
        holder,
      );
      if ('result' in end) return withSpending(end.result, lost);
      lost = addSpending(lost, end.spending);
      await this.options.halt(`the merge of ${story.id} was ${end.how}`);
      await condition(() => !this.state.standstills.isPaused);
    }
  }

  /** Histories of before 'merge-again' ended the run, or the attempt, with an agent that was ended from outside. */
  private async runResolver(input: StoryInput, holder: string): Promise<ResolverEnd> {
    const { id } = input.story;
    try {
      const result = await this.run(input, holder);
      const { outcome, spending } = result.attempt;
      const isOurs = outcome !== 'cancelled' || CancellationScope.current().consideredCancelled;
      if (isOurs || !patched('merge-again')) return { result };
      return { how: 'cancelled by Temporal operator', spending };
    } catch (error) {
      const how = outsideReason(error);
      if (how === undefined || !patched('merge-again')) throw error;
      const spending = this.spendingOf(holder);
      this.active.addSpent(id, spending);
      this.state.noteSpending(id, this.active.spent(id));
      this.desk.leave(holder);
      return { how, spending };
    }
  }

  /** What a child has told of its spending. */
  private spendingOf(holder: string): AgentSpending {
    return this.told.get(holder) ?? ZERO_SPENDING;
  }

  /** Notes which child workflow a story's lease belongs to from now on; gives its id. */
  private holdBy(story: string, place: string): string {
    const holder = `${workflowInfo().workflowId}/${this.state.input.runId}/${story}/${place}`;
    const { standstills } = this.state;
    const before = this.active.holderOf(story);
    // It has ended; its word that it works again may come late, and is none of the new holder then.
    if (standstills.isWaiting(before) && patched('one-holder')) standstills.forget(before);
    this.active.setHolder(story, holder);
    return holder;
  }

  /** An agent needs more of the budget. Those of earlier versions name their story alone. */
  askForLease({ story, holder, ...hunger }: LeaseRequest): void {
    this.desk.request(holder ?? this.active.holderOf(story), hunger);
  }

  /** An agent waits, works again, or tells what it spent. */
  noteStandstill(report: StandstillReport): void {
    const { story, holder, standstill, spending } = report;
    const isKnown = holder === undefined || this.active.storyOf(holder) === story;
    // A word that came late, or that somebody sent by hand: nobody would ever take it back.
    if (!isKnown && patched('known-holders')) return;
    if (spending !== undefined) {
      this.told.set(holder ?? this.active.holderOf(story), spending);
      this.state.noteSpending(story, addSpending(this.active.spent(story), spending));
    }
    this.noteQuestion(story, report);
    const reason = shortLine(standstill?.reason ?? '', REASON_LIMIT);
    const shown = standstill === null ? null : { ...standstill, reason };
    this.state.reportWaiting(holder ?? this.active.holderOf(story), shown, story);
  }

  private noteQuestion(story: string, report: StandstillReport): void {
    const { question } = report;
    if (question === undefined) return;
    this.asking.note(story, report);
    // one that was on its way when the agent stopped waiting counts still
    if (question !== 'unanswered') this.handed.delete(story);
  }

  /** True while the agent of a story waits for an answer. */
  isAsking(story: string): boolean {
    return this.asking.has(story);
  }

  /** Hands the answer to the agent that asks. */
  answer(story: string, text: string, call?: string): void {
    this.asking.close(story);
    this.handed.set(story, text);
    this.active.message(story, text, call);
  }

  /**
   * Tells the agent of a story something before its next model call; false when none is at work, because the story is being prepared
   * or proven. The word goes to the agent itself: its story would drop one that comes between two agents.
   */
  async say(story: string, text: string): Promise<boolean> {
    if (this.isAsking(story)) {
      this.answer(story, text);
      return true;
    }
    try {
      const agent = getExternalWorkflowHandle(`${this.active.holderOf(story)}/agent`);
      await agent.signal(AGENT_SIGNALS.message, { text });
      return true;
    } catch (error) {
      if (isCancellation(error)) throw error;
      return false;
    }
  }

  /** The answer that was handed to the agent of a story too late for it, once. */
  lateAnswer(story: string): string | undefined {
    const text = this.handed.get(story);
    this.handed.delete(story);
    return text;
  }

  /** Runs it and settles its lease. */
  async run(input: StoryInput, holder: string): Promise<StoryResult> {
    const { standstills } = this.state;
    const { id } = input.story;
    this.handed.delete(id);
    let result: StoryResult;
    try {
      result = await this.active.run(input, holder, {
        isPaused: () => standstills.isPaused,
        steps: this.state.steps,
      });
    } catch (error) {
      const use = this.useOfLost(error, holder);
      if (use !== undefined) this.desk.giveBack(holder, use);
      throw error;
    } finally {
      this.asking.close(id);
    }
    this.told.delete(holder);
    this.desk.giveBack(holder, spendingUse(result.agent.spending));
    return result;
  }

  /** What a child used that ended without a result; undefined = its lease stays out, as in histories of before. */
  private useOfLost(error: unknown, holder: string): BudgetUse | undefined {
    const spending = this.spendingOf(holder);
    if (isCancellation(error) && !(error instanceof ChildWorkflowFailure)) {
      if (!patched('cancel-outcome')) return undefined;
      // One that never began has used nothing; one that was taken over may not have ended in time.
      return spending.modelCalls > 0 && patched('open-use') ? spendingUse(spending) : NO_USE;
    }
    const isLost = outsideReason(error) !== undefined && patched('operator-end');
    return isLost ? spendingUse(spending) : undefined;
  }

  /** Stops the run until somebody raises its budget. */
  pauseForBudget(): void {
    if (this.state.standstills.isPaused) return;
    const reason = `the budget of ${describeBudget(this.desk.book.limits)} is used up`;
    this.state.events.add('run.pause', { text: reason });
    this.state.standstills.setPaused(reason, workflowTime());
    this.state.showStandstill();
    this.state.save().catch(() => undefined);
  }
}

/** The result with what agents before its own spent on the same. */
function withSpending(result: StoryResult, lost: AgentSpending): StoryResult {
  const { attempt } = result;
  return { ...result, attempt: { ...attempt, spending: addSpending(attempt.spending, lost) } };
}
