import type { Config } from '../../config/index.js';
import { openEnvelope } from '../../keys/index.js';
import {
  createBlobStore,
  createRunRecords,
  homePaths,
  type RunRecords,
} from '../../platform/index.js';
import { renderReport } from '../../report/index.js';

/** The records of this machine's runs, for the commands that change ended ones. */
export function savedRuns(config: Config): RunRecords {
  const blobs = createBlobStore(homePaths(config.home).blobs, {
    cacheBytes: 0,
    envelope: openEnvelope(config),
  });
  return createRunRecords({ home: config.home, blobs, renderReport });
}
