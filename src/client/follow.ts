import { InfrastructureError, isEnded, type RunEvent, type RunRecord } from '../domain/index.js';
import { followFiles } from './follow-files.js';
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

/**
 * Follows a run until it has ended and gives its final record; undefined when `signal` aborted. Reads the durable files, so
 * it goes on through restarts of server and worker. Throws `ERR_RUN_LOST` when the workflow closed without a final record.
 */
export async function followRun(
  gateway: Gateway,
  options: FollowOptions,
): Promise<RunRecord | undefined> {
  return followFiles(gateway, {
    ...options,
    pollMs: options.pollMs ?? 150,
    take: (event) => {
      if (isNew(event.at, options)) options.onEvent(event);
    },
    onLook: (record) => options.onLook?.(record),
    isOver: (record) => isOver(record, options),
    lost: () => runLost(options),
  });
}

function isOver({ status, endedAt }: RunRecord, options: FollowOptions): boolean {
  return isEnded(status) && isNew(endedAt, options);
}

function isNew(at: string | null, { since }: FollowOptions): boolean {
  return since === undefined || at === null || Date.parse(at) > Date.parse(since);
}

function runLost(options: FollowOptions): InfrastructureError {
  return new InfrastructureError('ERR_RUN_LOST', {
    message: `run ${options.runId} was ended from outside (terminated or deleted)`,
    hint: `look at workflow ${options.workflowId} in the Temporal UI; start the run again to go on behind the passed stories`,
    isRetryable: false,
  });
}
