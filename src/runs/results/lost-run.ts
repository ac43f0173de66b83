import { existsSync } from 'node:fs';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { processEnvironment, type Config } from '../../config/index.js';
import { isEnded, type RunRecord } from '../../domain/index.js';
import { savedRuns } from './command-stores.js';
import { openEnvelope } from '../../keys/index.js';
import {
  serviceFiles,
  readLaunch,
  connectTemporal,
  externalTarget,
  runningTarget,
  type TemporalTarget,
} from '../../host/index.js';

/** Whether somebody still works on a run; `unknown` while the service does not run or answer. */
export type RunLife = 'open' | 'lost' | 'unknown';

/**
 * The record of a run whose workflow is gone (history deleted or past its retention, terminated), closed as lost; every other
 * record as it is. Starts nothing.
 */
export async function settleLostRun(config: Config, record: RunRecord): Promise<RunRecord> {
  if (isEnded(record.status) || (await runLife(config, record)) !== 'lost') return record;
  const endedAt = new Date().toISOString();
  const closed = await savedRuns(config).change(record.runId, (current) =>
    // The run may have written its end while Temporal was asked.
    isEnded(current.status) ? current : asLost(current, endedAt),
  );
  return closed ?? record;
}

async function runLife(config: Config, record: RunRecord): Promise<RunLife> {
  const target = presentTarget(config);
  if (target === 'none') return 'lost';
  if (target === undefined) return 'unknown';
  try {
    const connection = await connectTemporal(target, openEnvelope(config));
    try {
      return await workflowLife(connection.client, record);
    } finally {
      await connection.close();
    }
  } catch {
    return 'unknown';
  }
}

/** The Temporal server that the runs of this home are on and that answers now; `none` when its database is gone. */
function presentTarget(config: Config): TemporalTarget | 'none' | undefined {
  const files = serviceFiles(config.home);
  const external = externalTarget(processEnvironment());
  const launch = readLaunch(files.launch);
  if (launch === null) return external ?? 'none';
  if (launch.temporal === null) return external ?? undefined;
  const running = runningTarget(config.home);
  if (running !== null) return running;
  return existsSync(files.database) ? undefined : 'none';
}

/** A later run on the same branch has the same workflow id; the memo tells them apart. */
async function workflowLife(client: Client, record: RunRecord): Promise<RunLife> {
  try {
    const found = await client.workflow.getHandle(record.workflowId).describe();
    const isOurs = found.memo?.['runId'] === undefined || found.memo['runId'] === record.runId;
    return found.status.name === 'RUNNING' && isOurs ? 'open' : 'lost';
  } catch (error) {
    return error instanceof WorkflowNotFoundError ? 'lost' : 'unknown';
  }
}

function asLost(record: RunRecord, endedAt: string): RunRecord {
  const reason =
    'lost: its workflow is gone from Temporal (deleted, terminated or past its retention); run the PRD again to go on behind the passed stories';
  return {
    ...record,
    status: 'failed',
    reason,
    endedAt,
    standstill: null,
    failure: { code: 'ERR_RUN_LOST', message: reason, exitCode: 3 },
    stories: record.stories.map((entry) =>
      entry.status === 'running' ? { ...entry, status: 'pending', reason: 'lost' } : entry,
    ),
  };
}
