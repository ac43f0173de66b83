import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent, RunRecord } from '../domain/index.js';
import type { Gateway, WorkflowCondition } from './gateway.js';

/** Whose files are followed, and until when. */
export interface FilesFollowing {
  readonly runId: string;
  readonly workflowId: string;
  /** Aborts the following, never what is followed. */
  readonly signal: AbortSignal;
  /** How often files are looked at, in milliseconds. */
  readonly pollMs: number;
  /** Called for every event, in order, from the beginning. */
  readonly take: (event: RunEvent) => void;
  /** Called each time when files were looked at, with the record as it is on disk. */
  readonly onLook: (record: RunRecord | undefined) => void | Promise<void>;
  /** What is followed has ended, by its record. */
  readonly isOver: (record: RunRecord) => boolean;
  /** Called when the workflow closed without that: what it gives is thrown, and undefined goes on. */
  readonly lost: () => Error | undefined;
  /** Told each time when Temporal was asked. */
  readonly onCondition?: ((condition: WorkflowCondition) => void) | undefined;
}

/** How often Temporal is asked whether the workflow still lives. */
const CONDITION_INTERVAL_MS = 5_000;

/** Reads durable files until what is followed has ended, and gives its record; undefined when `signal` aborted. Goes on through restarts of server and worker. */
export async function followFiles(
  gateway: Pick<Gateway, 'events' | 'records' | 'condition'>,
  following: FilesFollowing,
): Promise<RunRecord | undefined> {
  const { runId, workflowId, signal, pollMs } = following;
  let offset = 0;
  let askedAt = Date.now();
  let closedSeen = 0;
  while (!signal.aborted) {
    const page = await gateway.events.read(runId, offset);
    offset = page.nextOffset;
    for (const event of page.events) following.take(event);
    const record = await gateway.records.read(runId);
    await following.onLook(record);
    if (page.events.length === 0 && record !== undefined && following.isOver(record)) return record;
    if (Date.now() - askedAt > CONDITION_INTERVAL_MS) {
      askedAt = Date.now();
      const condition = await gateway.condition(workflowId);
      following.onCondition?.(condition);
      closedSeen = condition === 'closed' ? closedSeen + 1 : 0;
      const lost = closedSeen > 1 ? following.lost() : undefined;
      if (lost !== undefined) throw lost;
    }
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
