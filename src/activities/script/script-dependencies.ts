import type { BlobStore, StepJournal } from '../../platform/index.js';
import type { ScriptPool } from '../../rlm/index.js';

/** What steps of scripts need; built once per worker. */
export interface ScriptDependencies {
  /** Folder of everything that is kept. */
  readonly home: string;
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly scripts: ScriptPool;
}
