import {
  addStoryRequestSchema,
  answerRequestSchema,
  RUN_UPDATES,
  storyRequestSchema,
  type RalphInput,
} from '../../contracts/index.js';
import { isSatisfied, type RunRecord, type Story, type StoryStatus } from '../../domain/index.js';
import { reopenWithAnswer, reopenWithChanges } from './answers.js';
import { reopenStory, withStory } from '../lib/ledger.js';
import { refuse, refuseOther, RunSteering, takeWordsOfChildren } from '../lib/run-steering.js';
import { addStory } from './ledger.js';
import type { RunState } from './run-state.js';
import type { Scheduler } from './scheduler.js';

/** Takes what people and agents ask of the run while it is open. Handlers exist before the first await. */
export function takeRequests(state: RunState, scheduler: Scheduler): void {
  const steering = new RunSteering(state, {
    desk: scheduler.children.desk,
    setPaused: (reason, at) => scheduler.setPaused(reason, at),
    tryNow: () => scheduler.tryNow(),
  });
  steering.takePauses();
  const stories = new StorySteering(state, scheduler, steering);
  stories.takeStories();
  stories.takeWords();
  stories.takeChanges();
  takeWordsOfChildren(state, scheduler.children);
  // Ends with the workflow; a cancelled run needs no clock.
  steering.watchClock().catch(() => undefined);
}

class StorySteering {
  private readonly state: RunState;
  private readonly scheduler: Scheduler;
  private readonly steering: RunSteering<RalphInput>;

  constructor(state: RunState, scheduler: Scheduler, steering: RunSteering<RalphInput>) {
    this.state = state;
    this.scheduler = scheduler;
    this.steering = steering;
  }

  takeStories(): void {
    const { state, scheduler } = this;
    this.steering.take({
      update: RUN_UPDATES.skip,
      schema: storyRequestSchema,
      check: ({ story }) => this.refuseDone(story, 'skipped'),
      run: ({ story }) => {
        if (scheduler.skipRunning(story)) return `${story} is being stopped and skipped`;
        state.record = withStory(state.record, story, (entry) => ({
          ...entry,
          status: 'skipped',
          reason: 'skipped by request',
        }));
        return `${story} is skipped`;
      },
    });
    this.steering.take({
      update: RUN_UPDATES.retry,
      schema: storyRequestSchema,
      check: ({ story }) => this.refuseWorkedOn(story),
      run: ({ story }) => {
        state.record = reopenStory(state.record, story);
        return `${story} is open again with ${state.record.options.maxAttempts} attempts`;
      },
    });
    this.steering.take({
      update: RUN_UPDATES.add,
      schema: addStoryRequestSchema,
      check: ({ story }) => refuseUnfit(state.record, story),
      run: ({ story }) => {
        state.record = addStory(state.record, { ...story, passes: false });
        return `${story.id} is added`;
      },
    });
    this.steering.take({
      update: RUN_UPDATES.answer,
      schema: answerRequestSchema,
      check: ({ story, call }) => {
        const status = this.known(story);
        const isAsking = scheduler.children.isAsking(story);
        if (isAsking) scheduler.children.asking.refuseOther(story, call);
        else if (status === 'blocked') this.refuseOtherGrant(story, call);
        if (status !== 'blocked' && !isAsking)
          refuse(
            'ERR_STORY_NOT_BLOCKED',
            `${story} is ${status} and asks nothing; only a blocked story takes an answer`,
          );
      },
      run: async ({ story, text, call }) => {
        if (scheduler.children.isAsking(story)) {
          scheduler.children.answer(story, text, call);
          return `${story} goes on with the answer`;
        }
        if (!(await reopenWithAnswer(state, scheduler, { story, text })))
          refuse('ERR_STORY_NOT_BLOCKED', `${story} went on without the answer meanwhile`);
        return `${story} goes on with the answer`;
      },
    });
  }

  /** Runs of before had no such handler: their histories hold no such update. */
  takeWords(): void {
    const { scheduler } = this;
    this.steering.take({
      update: RUN_UPDATES.message,
      schema: answerRequestSchema,
      check: ({ story }) => {
        const status = this.known(story);
        if (status !== 'running')
          refuse('ERR_STORY_NOT_RUNNING', `${story} is ${status}: nobody would read it`);
      },
      run: async ({ story, text }) =>
        (await scheduler.children.say(story, text))
          ? `${story} is told before its next model call`
          : `${story} has no agent at this moment: it is being prepared or proven, and nobody reads it`,
    });
  }

  /** As {@link takeWords}: no history of before holds such an update. */
  takeChanges(): void {
    const { state, scheduler } = this;
    this.steering.take({
      update: RUN_UPDATES.changes,
      schema: answerRequestSchema,
      check: ({ story }) => void this.known(story),
      run: (request) => reopenWithChanges(state, scheduler, request),
    });
  }

  /** A story that was set aside for a yes may have been tried again since, and set aside for another one. */
  private refuseOtherGrant(id: string, call: string | undefined): void {
    const grants = this.state.entry(id)?.attempts.at(-1)?.question?.grants ?? [];
    if (call !== undefined && !grants.includes(`call ${call}`)) refuseOther(id);
  }

  private known(id: string): StoryStatus {
    const entry = this.state.entry(id);
    return entry === undefined
      ? refuse('ERR_STORY_UNKNOWN', `the run has no story ${id}`)
      : entry.status;
  }

  private refuseDone(id: string, what: string): void {
    const status = this.known(id);
    if (isSatisfied(status)) refuse('ERR_STORY_DONE', `${id} is ${status} and cannot be ${what}`);
  }

  private refuseWorkedOn(id: string): void {
    this.refuseDone(id, 'tried again');
    const status = this.known(id);
    if (status === 'running' || status === 'pending')
      refuse('ERR_STORY_OPEN', `${id} is ${status} already`);
  }
}

function refuseUnfit(record: RunRecord, story: Story): void {
  const known = new Set(record.stories.map((entry) => entry.story.id));
  if (known.has(story.id)) refuse('ERR_STORY_EXISTS', `the run has a story ${story.id} already`);
  const missing = story.dependsOn.filter((id) => !known.has(id));
  if (missing.length > 0)
    refuse(
      'ERR_STORY_UNKNOWN',
      `${story.id} depends on ${missing.join(', ')}, which the run has not`,
    );
}
