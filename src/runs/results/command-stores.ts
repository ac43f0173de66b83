import type { Config } from '../../config/index.js';
import { openEnvelope } from '../../keys/index.js';
import { openStores, type RunRecords, type Stores } from '../../platform/index.js';
import { renderReport } from '../../report/index.js';

/** The stores of this machine's home for one command, which reads nothing twice. */
export function commandStores(config: Config): Stores {
  const envelope = openEnvelope(config);
  return openStores({ home: config.home, envelope, renderReport, cacheBytes: 0 });
}

/** The records of this machine's runs, for the commands that change ended ones. */
export function savedRuns(config: Config): RunRecords {
  return commandStores(config).records;
}
