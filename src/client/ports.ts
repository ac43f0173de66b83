import type { RunEvent, RunRecord } from '../domain/index.js';

/** Run records, wherever they are kept. */
export interface RunRecordPort {
  /** The newest record, or undefined when nobody wrote one yet. Throws `ERR_RUN_RECORD_INVALID`. */
  read(runId: string): Promise<RunRecord | undefined>;
  /** Records, newest run first; those that cannot be read are left out. */
  list(limit: number): Promise<RunRecord[]>;
  /** Like `list`, with the files of those that cannot be read. */
  newest(limit: number): Promise<RecordList>;
}

/** Records, newest run first, and the files of those that nobody can read. */
export interface RecordList {
  readonly records: RunRecord[];
  readonly unreadable: readonly string[];
}

/** Durable run events, wherever they are kept. */
export interface EventPort {
  read(
    runId: string,
    offset: number,
  ): Promise<{
    readonly events: readonly RunEvent[];
    readonly nextOffset: number;
    /** Lines that are no events; they are left out. */
    readonly skipped: number;
  }>;
}
