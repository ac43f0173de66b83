import type { RunEvent, RunRecord } from '../domain/index.js';
import { followFiles } from './follow-files.js';
import type { Gateway, WorkflowCondition } from './gateway.js';

/** How {@link followSession} reports and ends. */
export interface FollowSessionOptions {
  readonly runId: string;
  readonly workflowId: string;
  /** Called for every event of the session, in order, from the beginning. */
  readonly onEvent: (event: RunEvent) => void;
  /** Called each time when files were looked at, with the record as it is on disk. */
  readonly onLook: (record: RunRecord | undefined) => Promise<void>;
  /** Told each time when Temporal was asked; a session between two prompts is `closed`. */
  readonly onCondition: (condition: WorkflowCondition) => void;
  /** Aborts the following, never the session. */
  readonly signal: AbortSignal;
  /** How often files are looked at; default 100 ms. */
  readonly pollMs?: number;
}

/** Follows a session over all its prompts, whoever sends them, until `signal` aborts. Goes on through restarts of server and worker. */
export async function followSession(
  gateway: Pick<Gateway, 'events' | 'records' | 'condition'>,
  { onEvent, ...options }: FollowSessionOptions,
): Promise<void> {
  await followFiles(gateway, {
    ...options,
    pollMs: options.pollMs ?? 100,
    take: onEvent,
    isOver: () => false,
    // it closes with each prompt that nothing follows
    lost: () => undefined,
  });
}
