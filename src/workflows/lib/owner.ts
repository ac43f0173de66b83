import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { OWNER_SIGNALS, type StandstillReport } from '../../contracts/index.js';

/** Tells the run that a story waits, or works again. Nothing depends on it: an owner that is gone needs no word. */
export function tellOwner(owner: string | undefined, report: StandstillReport): void {
  if (owner === undefined) return;
  getExternalWorkflowHandle(owner)
    .signal(OWNER_SIGNALS.standstill, report)
    .catch(() => undefined);
}
