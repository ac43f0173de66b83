import type { BlobStore, StepJournal } from '../../platform/index.js';
import type { ScriptPool } from '../../rlm/index.js';

/** What steps of scripts need; built once per worker. */
export interface ScriptDependencies {
  readonly blobs: BlobStore;
  readonly journal: StepJournal;
  readonly scripts: ScriptPool;
}
