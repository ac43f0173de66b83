import { ChildWorkflowFailure, isCancellation, patched, workflowInfo } from '@temporalio/workflow';
import type {
  LeaseRequest,
  StandstillReport,
  StoryInput,
  StoryResult,
} from '../../contracts/index.js';
import {
  describeBudget,
  NO_USE,
  shortLine,
  spendingUse,
  ZERO_SPENDING,
  type Budget,
} from '../../domain/index.js';
import { outsideReason } from '../lib/child.js';
import { LeaseDesk } from '../lib/lease-book.js';
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
}

/** The child workflows of a run's stories and their leases: what each may spend, what it asks for, what it gives back. */
export class StoryChildren {
  readonly desk: LeaseDesk;
  private readonly state: RunState;
  private readonly active: ActiveStories;
  private readonly sharers: () => number;

  constructor(state: RunState, { active, sharers }: StoryChildrenOptions) {
    this.state = state;
    this.active = active;
    this.sharers = sharers;
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
    return { holder, lease: this.desk.book.take(holder, this.sharers()) };
  }

  /** The agent that resolves a merge conflict of a story: the same lane, a lease of its own. */
  async resolve(input: StoryInput): Promise<StoryResult> {
    const { lease: _settled, ...rest } = input;
    const { holder, lease } = this.lend(input.story.id, `${input.attempt}/merge`);
    const renewed = { ...rest, isPaused: this.state.standstills.isPaused };
    const started = lease === undefined ? renewed : { ...renewed, lease };
    return this.run(started, holder);
  }

  /** Notes which child workflow a story's lease belongs to from now on; gives its id. */
  private holdBy(story: string, place: string): string {
    const holder = `${workflowInfo().workflowId}/${this.state.input.runId}/${story}/${place}`;
    this.active.setHolder(story, holder);
    return holder;
  }

  /** An agent needs more of the budget. Those of earlier versions name their story alone. */
  askForLease({ story, holder, needed }: LeaseRequest): void {
    this.desk.request(holder ?? this.active.holderOf(story), needed);
  }

  /** An agent waits, works again, or tells what it spent. */
  noteStandstill({ story, holder, standstill, spending }: StandstillReport): void {
    const isKnown = holder === undefined || this.active.storyOf(holder) === story;
    // A word that came late, or that somebody sent by hand: nobody would ever take it back.
    if (!isKnown && patched('known-holders')) return;
    if (spending !== undefined) this.state.noteSpending(story, spending);
    const reason = shortLine(standstill?.reason ?? '', REASON_LIMIT);
    const shown = standstill === null ? null : { ...standstill, reason };
    this.state.reportWaiting(holder ?? this.active.holderOf(story), shown, story);
  }

  /** Runs it and settles its lease; one that never began has used nothing. */
  async run(input: StoryInput, holder: string): Promise<StoryResult> {
    const { standstills } = this.state;
    let result: StoryResult;
    try {
      result = await this.active.run(input, holder, {
        isPaused: () => standstills.isPaused,
        steps: this.state.steps,
      });
    } catch (error) {
      if (
        isCancellation(error) &&
        !(error instanceof ChildWorkflowFailure) &&
        patched('cancel-outcome')
      )
        this.desk.giveBack(holder, NO_USE);
      else if (outsideReason(error) !== undefined && patched('operator-end'))
        this.desk.giveBack(
          holder,
          spendingUse(this.state.entry(input.story.id)?.openSpending ?? ZERO_SPENDING),
        );
      throw error;
    }
    this.desk.giveBack(holder, spendingUse(result.agent.spending));
    return result;
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
