import { shortLine } from '../text/markdown-text.js';
import { isEnded } from './run.js';
import type { RunRecord } from './ralph-run.js';

/** Something of a run that somebody paused in Temporal itself, past CodeTether's own commands. */
export interface OperatorHold {
  readonly kind: 'workflow' | 'activity';
  readonly workflowId: string;
  readonly temporalRunId: string;
  /** Set for an activity. */
  readonly activity?: { readonly id: string; readonly type: string };
  /** Who did it, as Temporal knows them; empty when it does not. */
  readonly identity: string;
  /** Empty when none was given. */
  readonly reason: string;
  /** ISO 8601; null when Temporal does not say. */
  readonly since: string | null;
}

const REASON_LIMIT = 300;
const NAME_LIMIT = 100;

/** One sentence about a hold, for people. Pure. */
export function describeHold(hold: OperatorHold, rootId: string): string {
  const { workflowId, activity } = hold;
  const place = workflowId === rootId ? 'the run' : workflowId.slice(rootId.length + 1);
  const what = activity === undefined ? '' : `step ${activity.type} (${activity.id}) of `;
  return `${what}${shortLine(place, NAME_LIMIT)} paused ${byOperator(hold)}`;
}

/** `by Temporal operator NAME: REASON`, as far as it is known. Pure. */
export function byOperator({
  identity,
  reason,
}: Pick<OperatorHold, 'identity' | 'reason'>): string {
  const name = identity === '' ? '' : ` ${shortLine(identity, NAME_LIMIT)}`;
  const why = reason === '' ? '' : `: ${shortLine(reason, REASON_LIMIT)}`;
  return `by Temporal operator${name}${why}`;
}

/**
 * The record as it stands with what an operator holds: paused when nothing of it can go on, with a note for each hold. What
 * is on disk does not change. Pure.
 */
export function withHolds(record: RunRecord, holds: readonly OperatorHold[]): RunRecord {
  const [first] = holds;
  if (first === undefined || isEnded(record.status)) return record;
  const sentences = holds.map((hold) => describeHold(hold, record.workflowId));
  const notes = [...record.notes, ...sentences];
  const running = record.stories.filter((entry) => entry.status === 'running').length;
  const held = new Set(holds.map(({ workflowId }) => workflowId));
  const isRoot = held.has(record.workflowId);
  if (!isRoot && held.size < running) return { ...record, notes };
  const reason = `${sentences[0] ?? ''}; codetether runs resume ${record.runId} goes on`;
  return {
    ...record,
    status: 'paused',
    notes,
    standstill: { kind: 'paused', reason, since: first.since ?? record.startedAt, until: null },
  };
}
