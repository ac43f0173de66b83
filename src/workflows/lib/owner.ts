import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { OWNER_SIGNALS, type StandstillReport } from '../../contracts/index.js';

/**
 * Tells the run that a story waits, or works again, and what it has spent. Resolves when the run has it; never rejects:
 * an owner that is gone needs no word.
 */
export async function tellOwner(
  owner: string | undefined,
  report: StandstillReport,
): Promise<void> {
  if (owner === undefined) return;
  await getExternalWorkflowHandle(owner)
    .signal(OWNER_SIGNALS.standstill, report)
    .catch(() => undefined);
}
