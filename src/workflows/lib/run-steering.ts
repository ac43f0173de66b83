import type { UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure, condition, patched } from '@temporalio/workflow';
import type { z } from 'zod';
import {
  leaseRequestSchema,
  leaseRequestSignal,
  pauseRequestSchema,
  resumeRequestSchema,
  RUN_UPDATES,
  standstillSchema,
  standstillSignal,
  stopSignal,
  type LeaseRequest,
  type StandstillReport,
} from '../../contracts/index.js';
import { describeBudget, type NotifyEvent, type RalphOptions } from '../../domain/index.js';
import { takeSignal, takeUpdate } from './handlers.js';
import type { LeaseDesk } from './lease-book.js';
import type { RunState } from './run-state.js';
import { workflowTime } from './scope.js';

/** One update: what it takes, when it is refused, what it does. */
export interface RunRequest<Schema extends z.ZodType> {
  readonly update: UpdateDefinition<string, [unknown]>;
  readonly schema: Schema;
  /** Throws when the run cannot do it now. */
  readonly check?: (input: z.infer<Schema>) => void;
  /** Does it and says what was done. */
  readonly run: (input: z.infer<Schema>) => string | Promise<string>;
}

/** What is steered: whoever schedules the run's work. */
export interface Steered {
  readonly desk: LeaseDesk;
  /** Stops or starts every agent at its next model call; null lets them go on. */
  setPaused(reason: string | null, at: string): void;
  /** Lets everybody who waits try again at once. */
  tryNow(): void;
}

/** What a run's input says that steering needs. */
interface SteeredInput {
  readonly runId: string;
  readonly options: Pick<RalphOptions, 'until' | 'waitLimitMs'>;
  readonly notify?: readonly NotifyEvent[] | undefined;
}

/** What people may ask of a run of any kind while it is open: pause, resume with other limits, and its clock. */
export class RunSteering<Input extends SteeredInput> {
  private readonly state: RunState<Input>;
  private readonly steered: Steered;
  private until: string | null;

  constructor(state: RunState<Input>, steered: Steered) {
    this.state = state;
    this.steered = steered;
    this.until = state.input.options.until;
  }

  takePauses(): void {
    const { state, steered } = this;
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
          steered.desk.book.setLimits(Object.fromEntries(given));
          const { options } = state.record;
          const limits = steered.desk.book.limits;
          state.record = { ...state.record, options: { ...options, budget: limits } };
        }
        // Absent = the moment that was asked for before stays; one that has passed was taken away when it paused the run.
        if (until !== undefined) this.until = until;
        steered.setPaused(null, workflowTime());
        steered.desk.feed();
        steered.tryNow();
        const text = `goes on; budget: ${describeBudget(steered.desk.book.limits)}`;
        state.events.add('run.resume', { text });
        return text;
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
    this.steered.setPaused(reason, workflowTime());
  }

  /** Takes one kind of update: parsed, done, said in the log, saved. */
  take<Schema extends z.ZodType>(request: RunRequest<Schema>): void {
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
}

/** What children tell and ask, and the word that a command of ours cancels. */
export function takeWordsOfChildren(
  state: { isStopWanted: boolean },
  children: {
    askForLease(request: LeaseRequest): void;
    noteStandstill(report: StandstillReport): void;
  },
): void {
  takeSignal(stopSignal, () => {
    state.isStopWanted = true;
  });
  takeSignal(leaseRequestSignal, (raw) => {
    const parsed = leaseRequestSchema.safeParse(raw);
    if (parsed.success) children.askForLease(parsed.data);
  });
  takeSignal(standstillSignal, (raw) => {
    const parsed = standstillSchema.safeParse(raw);
    if (parsed.success) children.noteStandstill(parsed.data);
  });
}

/** Refuses a request. */
export function refuse(code: string, message: string): never {
  throw ApplicationFailure.nonRetryable(message, code);
}

/** Which calls of agents wait for a word of a person, by story. */
export class OpenCalls {
  private readonly open = new Map<string, string | undefined>();

  /** Takes in what an agent tells of its question. */
  note(story: string, { question, ask }: Pick<StandstillReport, 'question' | 'ask'>): void {
    if (question === 'open') this.open.set(story, ask);
    else if (question !== undefined) this.open.delete(story);
  }

  has(story: string): boolean {
    return this.open.has(story);
  }

  close(story: string): void {
    this.open.delete(story);
  }

  /** Refuses an answer that names another call than the one that waits. Agents of earlier versions do not say which one that is. */
  refuseOther(story: string, call: string | undefined): void {
    if (call === undefined) return;
    const asked = this.open.get(story);
    const isUnknown = this.open.has(story) && asked === undefined;
    if (!isUnknown && asked !== call) refuseOther(story);
  }
}

/** Refuses an answer to what is not asked any more. */
export function refuseOther(story: string): never {
  return refuse(
    'ERR_ASK_OTHER',
    `${story} does not ask that any more: look at what it asks now, and answer that`,
  );
}
