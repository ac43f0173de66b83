import type { Config } from '../../config/index.js';
import { isRed, type Evidence, type RunRecord } from '../../domain/index.js';
import { type OutputExcerpts } from '../../report/index.js';
import { readOutputs } from '../../platform/index.js';
import { commandStores } from './command-stores.js';

const TAIL_LIMIT = 4 * 1024;

/** The ends of what the checks of a run printed, for its report. */
export function reportOutputs(config: Config, record: RunRecord): Promise<OutputExcerpts> {
  return readOutputs(commandStores(config).blobs, record);
}

/** The ends of what red checks printed, in their order. */
export async function evidenceTexts(
  config: Config,
  evidence: readonly Evidence[],
): Promise<{ readonly check: string; readonly text: string }[]> {
  const { blobs } = commandStores(config);
  const red = evidence.filter(isRed);
  return Promise.all(
    red.map(async ({ check, output }) => ({
      check,
      text: (await blobs.getText(output)).slice(-TAIL_LIMIT),
    })),
  );
}
