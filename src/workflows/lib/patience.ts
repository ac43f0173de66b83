import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  patched,
  ServerFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { isProviderLimit, type LimitRule } from '../../domain/index.js';
import { failureFacts, placeOf } from './failure.js';

/** Pauses between tries of something that does not answer: doubling from the first to the last. */
const FIRST_PAUSE_MS = 30_000;
const FIRST_DEATH_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 5 * 60_000;
/** Pause of a quota that names no time: nobody tops an account up within seconds. */
const QUOTA_PAUSE_MS = 15 * 60_000;

/** Failures that are final for the call, but not for the work: time or a person mends them. */
const PARKED = new Set(['ERR_PROVIDER_WAIT', 'ERR_PROVIDER_QUOTA', 'ERR_SETUP_OFFLINE']);
/** The worker died under the call again and again: nobody's fault, so there is no limit to it. */
const WORKER_DIED = 'ERR_WORKER_DIED';
/** What only a person can mend, but what then goes on by itself: tried again for as long as it takes. */
const FULL = 'ERR_DISK_FULL';
/** A stored file is damaged or gone: a person puts it back and resumes the run. */
const DAMAGED = new Set(['ERR_BLOB_CORRUPT', 'ERR_BLOB_MISSING', 'ERR_JOURNAL_CORRUPT']);

/** What a waiting workflow says of itself. */
export interface Waiting {
  readonly reason: string;
  /** Next try, ISO 8601; null = when somebody asks for it. */
  readonly until: string | null;
  /** True when a person has to mend something: the run shows as paused. */
  readonly isPaused?: boolean | undefined;
  /** Of the failure that is waited out; absent = there was none. */
  readonly code?: string | undefined;
}

/** Options of {@link Patience}. */
export interface PatienceOptions {
  /** Most milliseconds to wait in one go, counted in planned pauses: time that the machine slept does not count. */
  readonly limitMs: number;
  /** Told when waiting begins, at each new pause, and with null when it is over. */
  readonly report: (waiting: Waiting | null) => void;
  /** At a limit of a provider; absent = it is waited out as everything else. */
  readonly limitRule?: LimitRule | undefined;
}

/** Waits out what is not the work's own fault, with timers that hold no slot. One object for each piece of work. */
export class Patience {
  private readonly options: PatienceOptions;
  private pauses = 0;
  private deaths = 0;
  private waitedMs = 0;
  private isWanted = false;

  constructor(options: PatienceOptions) {
    this.options = options;
  }

  /** Ends the present pause: somebody wants a try now. */
  tryNow(): void {
    this.isWanted = true;
  }

  /** The call succeeded: the next trouble starts from the first pause. */
  over(): void {
    if (this.pauses > 0) this.options.report(null);
    this.pauses = 0;
    this.deaths = 0;
    this.waitedMs = 0;
  }

  /** Waits for the next try, or throws the error: it cannot be waited out, or the limit is used up. */
  async wait(error: unknown): Promise<void> {
    const { code } = failureFacts(error);
    if (code === FULL) return this.stand(error, growingPause(this.pauses));
    if (code === WORKER_DIED) return this.afterDeath();
    if (DAMAGED.has(code) && patched('pause-on-damage')) return this.stand(error, null);
    const rule = isProviderLimit(code) ? this.options.limitRule : undefined;
    if (rule?.onLimit === 'stop') throw error;
    const pauseMs = pauseFor(error, this.pauses);
    if (rule !== undefined && isForPerson(rule, pauseMs)) return this.stand(error, null);
    if (pauseMs === undefined || this.waitedMs + pauseMs > this.options.limitMs) throw error;
    this.pauses += 1;
    this.waitedMs += pauseMs;
    this.isWanted = false;
    const until = new Date(Date.now() + pauseMs).toISOString();
    this.options.report({ reason: failureFacts(error).message, until, code });
    await condition(() => this.isWanted, pauseMs);
  }

  /** Lets a call whose workers died be made again: at once the first time, then with growing pauses for a machine that is in trouble. */
  private async afterDeath(): Promise<void> {
    const pauseMs = this.deaths === 0 ? FIRST_DEATH_PAUSE_MS : growingPause(this.deaths - 1);
    this.deaths += 1;
    this.isWanted = false;
    await condition(() => this.isWanted, pauseMs);
  }

  /** Stands still until a person has mended it; with a pause it is also tried in between. No limit: nothing is lost by it. */
  private async stand(error: unknown, pauseMs: number | null): Promise<void> {
    this.pauses += 1;
    this.isWanted = false;
    const { message, code } = failureFacts(error);
    const file = placeOf(error);
    const until = pauseMs === null ? null : new Date(Date.now() + pauseMs).toISOString();
    const reason = file === undefined || message.includes(file) ? message : `${message}: ${file}`;
    this.options.report({ reason, until, isPaused: true, code });
    if (pauseMs === null) await condition(() => this.isWanted);
    else await condition(() => this.isWanted, pauseMs);
  }
}

/** True when a person is to be asked, or the next try would come at a time at which nobody wants one to be made by itself. */
function isForPerson({ onLimit, noResumeAfter }: LimitRule, pauseMs = 0): boolean {
  if (onLimit === 'ask') return true;
  return noResumeAfter !== null && Date.now() + pauseMs > Date.parse(noResumeAfter);
}

function growingPause(pauses: number): number {
  return Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(pauses, 10));
}

/** Milliseconds until the next try; undefined for failures that waiting does not mend. */
function pauseFor(error: unknown, pauses: number): number | undefined {
  const cause = innermost(error);
  const growing = growingPause(pauses);
  if (cause instanceof TimeoutFailure || cause instanceof ServerFailure) return growing;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  if (cause.type === 'ERR_PROVIDER_QUOTA') return QUOTA_PAUSE_MS;
  if (PARKED.has(cause.type ?? '')) return untilResume(cause.details ?? []) ?? growing;
  // A failure without a code of ours is a defect: its activity's own retries were enough.
  const isNamed = cause.type?.startsWith('ERR_') === true;
  return isNamed && cause.nonRetryable !== true ? growing : undefined;
}

function innermost(error: unknown): unknown {
  return error instanceof ActivityFailure && error.cause !== undefined ? error.cause : error;
}

function untilResume(details: readonly unknown[]): number | undefined {
  const first = details[0];
  const at =
    typeof first === 'object' && first !== null && 'resumeAt' in first ? first.resumeAt : undefined;
  const until = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return Number.isNaN(until) ? undefined : Math.max(1000, until - Date.now());
}

/** Runs an activity until it succeeds, or until waiting does not help; the same call is made again each time. */
export async function enduring<Result>(
  patience: Patience,
  call: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      const result = await call();
      patience.over();
      return result;
    } catch (error) {
      await patience.wait(error);
    }
  }
}
