import { InfrastructureError, isEnded, type RunEvent, type RunRecord } from '../domain/index.js';
import type { Gateway } from './gateway.js';

/** How {@link followRun} reports and ends. */
export interface FollowOptions {
  readonly runId: string;
  readonly workflowId: string;
  /** Called for every event, in order, from the beginning. */
  readonly onEvent: (event: RunEvent) => void;
  /** Called each time when files were looked at, with the record as it is on disk. */
  readonly onLook?: ((record: RunRecord | undefined) => void) | undefined;
  /** Aborts the following, never the run. */
  readonly signal: AbortSignal;
  /** When the run ended before it went on, ISO 8601: what was until then is neither told nor taken for its end. Absent = a new run. */
  readonly since?: string | undefined;
  /** How often files are looked at; default 150 ms. */
  readonly pollMs?: number;
}

/** How often Temporal is asked whether the workflow still lives. */
const CONDITION_INTERVAL_MS = 5_000;

/**
 * Follows a run until it has ended and gives its final record; undefined when `signal` aborted. Reads the durable files, so
 * it goes on through restarts of server and worker. Throws `ERR_RUN_LOST` when the workflow closed without a final record.
 */
export async function followRun(
  gateway: Gateway,
  options: FollowOptions,
): Promise<RunRecord | undefined> {
  let offset = 0;
  let askedAt = Date.now();
  let closedSeen = 0;
  while (!options.signal.aborted) {
    const page = await gateway.events.read(options.runId, offset);
    offset = page.nextOffset;
    for (const event of page.events) if (isNew(event.at, options)) options.onEvent(event);
    const record = await gateway.records.read(options.runId);
    options.onLook?.(record);
    if (page.events.length === 0 && isOver(record, options)) return record;
    if (Date.now() - askedAt > CONDITION_INTERVAL_MS) {
      askedAt = Date.now();
      closedSeen = (await gateway.condition(options.workflowId)) === 'closed' ? closedSeen + 1 : 0;
      if (closedSeen > 1) throw runLost(options);
    }
    await pause(options.pollMs ?? 150, options.signal);
  }
  return undefined;
}

function isOver(record: RunRecord | undefined, options: FollowOptions): record is RunRecord {
  return record !== undefined && isEnded(record.status) && isNew(record.endedAt, options);
}

function isNew(at: string | null, { since }: FollowOptions): boolean {
  return since === undefined || at === null || Date.parse(at) > Date.parse(since);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

function runLost(options: FollowOptions): InfrastructureError {
  return new InfrastructureError('ERR_RUN_LOST', {
    message: `run ${options.runId} was ended from outside (terminated or deleted)`,
    hint: `look at workflow ${options.workflowId} in the Temporal UI; start the run again to go on behind the passed stories`,
    isRetryable: false,
  });
}
