import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  isCancellation,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { RUN_FAILED, SEARCH_ATTRIBUTES } from '../../contracts/index.js';
import type { NotifyEvent, RunRecord } from '../../domain/index.js';
import { failureFacts } from './failure.js';
import type { RunState } from './run-state.js';
import { workflowTime } from './scope.js';

/** A run that did not pass is red in every list of Temporal's; its record goes along, for those who wait for the result. */
export function runFailed(record: RunRecord): ApplicationFailure {
  return ApplicationFailure.create({
    type: RUN_FAILED,
    message: record.reason,
    nonRetryable: true,
    details: [record],
  });
}

/** Input that turned out to be bad before anything was paid: what the command ends with is 2. */
const INPUT_FAILURES = new Set([
  'ERR_BASELINE_RED',
  'ERR_SETUP_FAILED',
  'ERR_EGRESS_REFUSED',
  'ERR_BASE_COMMIT_MISSING',
  'ERR_BUDGET_PRICE_UNKNOWN',
]);

/** What ended a run before its work was done. */
interface Interruption extends Pick<RunRecord, 'reason' | 'failure'> {
  readonly code: string;
  readonly message: string;
  readonly isCancelled: boolean;
}

/** Reads what ended a run. Our own commands say first that they are going to cancel: `isStopWanted`. */
export function interruptionOf(error: unknown, isStopWanted: boolean): Interruption {
  const { code, message } = failureFacts(error);
  if (isCancellation(error)) {
    const reason = isStopWanted ? 'cancelled by request' : 'cancelled by Temporal operator';
    return { code, message, isCancelled: true, reason, failure: null };
  }
  const exitCode = INPUT_FAILURES.has(code) ? { exitCode: 2 } : {};
  const failure = { code, message, ...exitCode };
  return { code, message, isCancelled: false, reason: message, failure };
}

/** What the end of a run needs of its input. */
interface EndingInput {
  readonly runId: string;
  readonly options: { readonly waitLimitMs: number };
  readonly notify?: readonly NotifyEvent[] | undefined;
  readonly hasSearchAttributes: boolean;
}

/** Ends a run by what stopped it: what still worked is skipped. */
export async function closeInterrupted<Input extends EndingInput>(
  state: RunState<Input>,
  { isCancelled, reason, failure }: Interruption,
): Promise<void> {
  await closeRun(state, {
    ...state.record,
    stories: state.record.stories.map((entry) =>
      entry.status === 'running' ? { ...entry, status: 'skipped', reason } : entry,
    ),
    status: isCancelled ? 'cancelled' : 'failed',
    reason,
    endedAt: workflowTime(),
    failure,
  });
}

/** Saves the final record of a run, tells of its end, and waits for those who still ask; gives the record as it is then. */
export async function closeRun<Input extends EndingInput>(
  state: RunState<Input>,
  record: RunRecord,
): Promise<RunRecord> {
  state.record = { ...record, standstill: null };
  state.events.add('run.end', { text: record.reason, data: { status: record.status } });
  await state.save();
  await state.notify('end').catch(() => undefined);
  if (state.input.hasSearchAttributes)
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.outcome, value: record.status }]);
  await condition(allHandlersFinished);
  return state.record;
}
