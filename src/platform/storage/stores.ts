import type { Envelope } from '../codec/envelope.js';
import {
  createRunRecords,
  type RunRecordOptions,
  type RunRecords,
} from '../records/run-record-file.js';
import { createBlobStore, type BlobStore } from './blob-store.js';
import { createEventLog, type EventLog } from './event-log.js';
import { homePaths } from './home.js';
import { createStepJournal, type StepJournal, type StepWatch } from './step-journal.js';

/** Everything that is kept below one CODETETHER_HOME. */
export interface Stores {
  /** Absolute path of CODETETHER_HOME. */
  readonly home: string;
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly events: EventLog;
  readonly records: RunRecords;
}

/** How the stores of a home are opened. */
export interface StoresOptions extends Pick<RunRecordOptions, 'home' | 'renderReport'> {
  /** Encrypts what is written; null = plain. */
  readonly envelope: Envelope | null;
  /** Told which steps run. Default: nobody. */
  readonly watch?: StepWatch;
  /** Memory for blobs that were read, in bytes. Default: as the blob store has it. */
  readonly cacheBytes?: number;
}

/** The stores of a home; opening costs nothing. */
export function openStores(options: StoresOptions): Stores {
  const { home, envelope, renderReport, watch, cacheBytes } = options;
  const paths = homePaths(home);
  const memory = cacheBytes === undefined ? {} : { cacheBytes };
  return {
    home,
    blobs: createBlobStore(paths.blobs, { envelope, ...memory }),
    journal: createStepJournal(paths.journal, envelope, watch ?? null),
    events: createEventLog(paths.events, envelope),
    records: createRunRecords({ home, renderReport }),
  };
}
