import { crashPoint } from '../../platform/index.js';
import { isOver } from '../wire/platform-task.js';
import type { PlatformProtocol, TaskEnd } from '../wire/protocol.js';
import { commonOf, type ClaimAt, type ClaimRecord } from './claim-record.js';

/** What giving back works with. */
export interface GiveBackPorts {
  readonly protocol: PlatformProtocol;
  /** On the disk when it returns. */
  readonly save: (record: ClaimRecord) => Promise<void>;
  /** See `persist`. */
  readonly persist: <Value>(attempt: (tries: number) => Promise<Value>) => Promise<Value>;
  readonly signal: AbortSignal;
}

/** A platform that says "not yours" and "not over" at once is asked that often. */
const MOST_RECLAIMS = 3;

/**
 * Tells the platform how a task ended and gives it back, until the platform has it. The status goes first and by itself: 1.4.3 takes a
 * release and forgets the status in it. A release that is refused is one that arrived before its answer was lost, or one of a claim that the
 * platform forgot; what the platform says of the task tells them apart.
 */
export async function giveBack(record: ClaimAt<'ended'>, ports: GiveBackPorts): Promise<void> {
  const { protocol, save, persist, signal } = ports;
  const { id } = record;
  const { isTold, ...kept } = record.end;
  const end: TaskEnd = {
    status: kept.status,
    sessionId: kept.sessionId,
    result: kept.result,
    error: kept.error,
    facts: kept.facts,
  };
  if (!isTold) {
    await persist(() => protocol.ended(id, end, signal));
    await save({ ...record, end: { ...record.end, isTold: true } });
    crashPoint('platform.after-status');
  }
  for (let reclaims = 0; ; reclaims += 1) {
    if (await persist(() => protocol.release(id, end, signal))) break;
    const task = await persist(() => protocol.task(id, signal));
    if (task === undefined || isOver(task.status) || reclaims === MOST_RECLAIMS) break;
    const claim = await persist(() => protocol.claim(id, signal));
    if (claim.kind === 'refused') break;
    await persist(() => protocol.ended(id, end, signal));
  }
  crashPoint('platform.after-release');
  await save({
    ...commonOf(record),
    stage: 'released',
    status: end.status,
    at: new Date().toISOString(),
  });
}
