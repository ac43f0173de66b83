import type { RunEvent, RunRecord, TaskRequest, TaskView } from '../domain/index.js';

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
    /** Bytes of one page; one that ends where it began is the last. Absent = everything that there is. */
    mostBytes?: number,
  ): Promise<{
    readonly events: readonly RunEvent[];
    readonly nextOffset: number;
    /** Lines that are no events; they are left out. */
    readonly skipped: number;
  }>;
}

/** Tasks from outside, wherever they are kept. */
export interface TaskPort {
  /** See `TaskFiles`: of the same key one wins, for so many milliseconds. */
  reserve(
    key: string,
    wanted: { readonly taskId: string; readonly digest: string; readonly at: string },
    maxAgeMs: number,
  ): Promise<{ readonly taskId: string; readonly digest: string; readonly at: string }>;
  writeRequest(request: TaskRequest): Promise<void>;
  readRequest(taskId: string): Promise<TaskRequest | undefined>;
  /** Ids, newest first. */
  list(): Promise<string[]>;
  writeEnd(view: TaskView): Promise<void>;
  readEnd(taskId: string): Promise<TaskView | undefined>;
  readArtifact(taskId: string, artifactId: string): Promise<string | undefined>;
  /** Resolves when the events of the task may have grown, after some seconds in any case, and at once when `signal` aborts. */
  nextChange(taskId: string, signal: AbortSignal): Promise<void>;
}
