import type { Config } from '../../config/index.js';
import type { OutputExcerpts, RunRecord } from '../../domain/index.js';
import { createBlobStore, homePaths, readOutputs } from '../../platform/index.js';

/** The ends of what the checks of a run printed, for its report. */
export function reportOutputs(config: Config, record: RunRecord): Promise<OutputExcerpts> {
  return readOutputs(createBlobStore(homePaths(config.home).blobs, 0), record);
}
