import type { UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, condition, patched } from '@temporalio/workflow';
import type { z } from 'zod';
import {
  addStoryRequestSchema,
  answerRequestSchema,
  leaseRequestSchema,
  leaseRequestSignal,
  pauseRequestSchema,
  resumeRequestSchema,
  RUN_UPDATES,
  standstillSchema,
  standstillSignal,
  stopSignal,
  storyRequestSchema,
} from '../../contracts/index.js';
import {
  describeBudget,
  isSatisfied,
  type RunRecord,
  type Story,
  type StoryStatus,
} from '../../domain/index.js';
import { takeSignal, takeUpdate } from '../lib/handlers.js';
import { workflowTime } from '../lib/scope.js';
import { reopenStory, withStory } from '../lib/ledger.js';
import { addStory } from './ledger.js';
import type { RunState } from './run-state.js';
import type { Scheduler } from './scheduler.js';

/** Takes what people and agents ask of the run while it is open. Handlers exist before the first await. */
export function takeRequests(state: RunState, scheduler: Scheduler): void {
  const steering = new Steering(state, scheduler);
  steering.takePauses();
  steering.takeStories();
  takeSignal(stopSignal, () => {
    state.isStopWanted = true;
  });
  takeSignal(leaseRequestSignal, (raw) => {
    const parsed = leaseRequestSchema.safeParse(raw);
    if (parsed.success) scheduler.children.askForLease(parsed.data);
  });
  takeSignal(standstillSignal, (raw) => {
    const parsed = standstillSchema.safeParse(raw);
    if (parsed.success) scheduler.children.noteStandstill(parsed.data);
  });
  // Ends with the workflow; a cancelled run needs no clock.
  steering.watchClock().catch(() => undefined);
}

/** One update: what it takes, when it is refused, what it does. */
interface Request<Schema extends z.ZodType> {
  readonly update: UpdateDefinition<string, [unknown]>;
  readonly schema: Schema;
  /** Throws when the run cannot do it now. */
  readonly check?: (input: z.infer<Schema>) => void;
  /** Does it and says what was done. */
  readonly run: (input: z.infer<Schema>) => string | Promise<string>;
}

class Steering {
  private readonly state: RunState;
  private readonly scheduler: Scheduler;
  private until: string | null;

  constructor(state: RunState, scheduler: Scheduler) {
    this.state = state;
    this.scheduler = scheduler;
    this.until = state.input.options.until;
  }

  takePauses(): void {
    const { state, scheduler } = this;
    this.take({
      update: RUN_UPDATES.pause,
      schema: pauseRequestSchema,
      run: ({ reason }) => {
        if (state.standstills.isPaused) return 'the run is paused already';
        this.pause(reason === '' ? 'paused by request' : reason);
        return 'paused: agents stop before their next model call, and no story begins';
      },
    });
    this.take({
      update: RUN_UPDATES.resume,
      schema: resumeRequestSchema,
      run: ({ budget, until }) => {
        if (budget !== undefined) {
          const given = Object.entries(budget).filter(([, value]) => value !== undefined);
          scheduler.children.desk.book.setLimits(Object.fromEntries(given));
          const { options } = state.record;
          const limits = scheduler.children.desk.book.limits;
          state.record = { ...state.record, options: { ...options, budget: limits } };
        }
        // Absent = the moment that was asked for before stays; one that has passed was taken away when it paused the run.
        if (until !== undefined) this.until = until;
        scheduler.setPaused(null, workflowTime());
        scheduler.children.desk.feed();
        scheduler.tryNow();
        const text = `goes on; budget: ${describeBudget(scheduler.children.desk.book.limits)}`;
        state.events.add('run.resume', { text });
        return text;
      },
    });
  }

  takeStories(): void {
    const { state, scheduler } = this;
    this.take({
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
    this.take({
      update: RUN_UPDATES.retry,
      schema: storyRequestSchema,
      check: ({ story }) => this.refuseWorkedOn(story),
      run: ({ story }) => {
        state.record = reopenStory(state.record, story);
        return `${story} is open again with ${state.record.options.maxAttempts} attempts`;
      },
    });
    this.take({
      update: RUN_UPDATES.add,
      schema: addStoryRequestSchema,
      check: ({ story }) => refuseUnfit(state.record, story),
      run: ({ story }) => {
        state.record = addStory(state.record, { ...story, passes: false });
        return `${story.id} is added`;
      },
    });
    this.take({
      update: RUN_UPDATES.answer,
      schema: answerRequestSchema,
      check: ({ story }) => {
        const status = this.known(story);
        if (status !== 'blocked')
          refuse(
            'ERR_STORY_NOT_BLOCKED',
            `${story} is ${status}; only a blocked story takes an answer`,
          );
      },
      run: async ({ story, text }) => {
        const feedback = await state.steps.once('storeText', {
          summary: `${story} · an answer`,
          args: { text: `The person who owns this work answers:\n${text}` },
        });
        scheduler.addFeedback(story, feedback);
        state.record = reopenStory(state.record, story);
        return `${story} goes on with the answer`;
      },
    });
  }

  /** Pauses the run at the moment of `--until`. A machine that slept through it pauses when it wakes. */
  async watchClock(): Promise<void> {
    for (;;) {
      const { until } = this;
      if (until === null) {
        await condition(() => this.until !== null);
        continue;
      }
      const rest = Date.parse(until) - Date.now();
      if (rest > 0) await condition(() => this.until !== until, rest);
      if (this.until !== until || Date.parse(until) > Date.now()) continue;
      this.until = null;
      this.pause(`--until ${until} is reached`);
      await this.state.save();
    }
  }

  private pause(reason: string): void {
    this.state.events.add('run.pause', { text: reason });
    this.scheduler.setPaused(reason, workflowTime());
  }

  private take<Schema extends z.ZodType>(request: Request<Schema>): void {
    const { state } = this;
    takeUpdate(
      request.update,
      async (raw) => {
        const input = request.schema.parse(raw);
        // The scheduler wakes when the answer is out: else what it starts and the answer come in another order in a replay,
        // where local activities that ended one after the other end together. Histories of before wake it at once.
        const isLate = patched('wake-after-save');
        const said = await (isLate ? state.unwoken(() => request.run(input)) : request.run(input));
        state.events.add('run.note', { text: said });
        state.showStandstill();
        if (!isLate) state.wake();
        try {
          await state.save();
        } finally {
          // a record that cannot be written now does not keep the run from going on
          if (isLate) state.wake();
        }
        return said;
      },
      (raw) => {
        if (state.record.endedAt !== null)
          refuse('ERR_RUN_ENDED', `the run has ended: ${state.record.status}`);
        const parsed = request.schema.safeParse(raw);
        if (!parsed.success)
          refuse('ERR_REQUEST_INVALID', parsed.error.issues[0]?.message ?? 'not a valid request');
        else request.check?.(parsed.data);
      },
    );
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

function refuse(code: string, message: string): never {
  throw ApplicationFailure.nonRetryable(message, code);
}
