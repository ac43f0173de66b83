import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/index.js';
import { InvalidInputError, isEnded } from '../../domain/index.js';
import { homePaths, removeFolder } from '../../platform/index.js';
import { savedRuns } from '../results/command-stores.js';
import { discardRun } from '../results/discard.js';
import { planDiscard } from '../results/discard-plan.js';
import { isOpenInTemporal } from '../results/standing-runs.js';
import type { SessionRecord } from './find-session.js';

/** What a deletion did. */
export interface DeletedSession {
  /** Branches of the person's repository that are gone. */
  readonly branches: readonly string[];
  /** What stays, and why. */
  readonly notes: readonly string[];
}

/**
 * Deletes a session: its branch where it still stands at the session's commits, its lane, its events, its record. What was merged stays. The
 * texts go with the next cleanup. Throws InvalidInputError `ERR_SESSION_BUSY`, `ERR_BRANCH_CHECKED_OUT`.
 */
export async function deleteSession(
  config: Config,
  record: SessionRecord,
): Promise<DeletedSession> {
  const { runId, status } = record;
  // a prompt that was sent just now is not in the record yet
  if (!isEnded(status) || (await isOpenInTemporal(config, record)))
    throw new InvalidInputError('ERR_SESSION_BUSY', {
      message: `session ${runId} works on a prompt`,
      hint: `wait for it (codetether attach ${runId}) or end it (codetether session cancel ${runId})`,
    });
  const { home } = config;
  const files = await deleteFiles(config, record);
  const paths = homePaths(home);
  await rm(join(paths.events, `${runId}.ndjson`), { force: true });
  // the record goes last: what is left after a crash can be deleted again
  await removeFolder(join(paths.runs, runId));
  return files;
}

async function deleteFiles(config: Config, record: SessionRecord): Promise<DeletedSession> {
  if (record.session.access === 'chat') return { branches: [], notes: [] };
  // one that was broken off in the middle is done again
  const { discardedAt: _before, ...again } = record;
  const plan = await planDiscard(config.home, again);
  const engine = { home: config.home, records: savedRuns(config) };
  const { branches, notes } = await discardRun(engine, { record, plan, keepsPrd: true });
  return { branches, notes };
}
