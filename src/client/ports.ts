import type { RunEvent, RunRecord } from '../domain/index.js';

/** Run records, wherever they are kept. */
export interface RunRecordPort {
  /** The newest record, or undefined when nobody wrote one yet. Throws `ERR_RUN_RECORD_INVALID`. */
  read(runId: string): Promise<RunRecord | undefined>;
  /** Records, newest run first. */
  list(limit: number): Promise<RunRecord[]>;
}

/** Durable run events, wherever they are kept. */
export interface EventPort {
  read(
    runId: string,
    offset: number,
  ): Promise<{ readonly events: readonly RunEvent[]; readonly nextOffset: number }>;
}
