import type { Config } from '../../config/index.js';
import { InvalidInputError, isEnded } from '../../domain/index.js';
import { localRunRecords } from '../local-ports.js';
import { standingRuns } from '../results/standing-runs.js';

const RECORDS_LOOKED_AT = 100;

/** Two runs on one repository change it without knowing of each other: whoever wants that says so. Throws `ERR_RUN_BESIDE`. */
export async function refuseBeside(config: Config, repository: string): Promise<void> {
  const records = await localRunRecords(config.home).list(RECORDS_LOOKED_AT);
  const open = records.filter(
    (record) =>
      record.repository === repository && !isEnded(record.status) && record.kind !== 'proof',
  );
  const [first] = (await standingRuns(config, open))
    .map(({ record }) => record)
    .filter(({ status }) => !isEnded(status));
  if (first === undefined) return;
  throw new InvalidInputError('ERR_RUN_BESIDE', {
    message: `${first.kind} run ${first.runId} is open on this repository: ${first.project}: ${first.feature.slice(0, 100)}`,
    where: { field: '--beside' },
    hint: `codetether attach ${first.runId} watches it; add --beside to work beside it`,
    data: { runId: first.runId },
  });
}
