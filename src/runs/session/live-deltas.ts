import type { Config } from '../../config/index.js';
import { listenToDeltas, type Delta, type DeltaListener } from '../../platform/index.js';

export type { Delta, DeltaListener };

/** Begins to listen to what the models of a run say at this moment. What is lost is in the answer. */
export function listenToRun({ home }: Config, runId: string): Promise<DeltaListener> {
  return listenToDeltas(home, runId);
}
