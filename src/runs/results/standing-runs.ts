import { existsSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import { processEnvironment, type Config } from '../../config/index.js';
import { isEnded, withHolds, type OperatorHold, type RunRecord } from '../../domain/index.js';
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

/** How one run stands in Temporal. */
type Life =
  | { readonly kind: 'open'; readonly holds: readonly OperatorHold[] }
  /** Its workflow is gone, or was ended from outside; `how` says by whom where that is known. */
  | { readonly kind: 'lost'; readonly how: string | null }
  /** The service does not run or does not answer. */
  | { readonly kind: 'unknown' };

/** A run as it stands: its record, and what somebody paused in Temporal itself. */
export interface StandingRun {
  /** With the holds taken in: paused when nothing goes on. */
  readonly record: RunRecord;
  readonly holds: readonly OperatorHold[];
}

/**
 * Records as their runs stand: one whose workflow is gone (terminated, its history deleted or past its retention) is closed as
 * lost, one that an operator holds shows as paused; every other one as it is. Starts nothing; asks Temporal once, and only
 * for runs that have not ended.
 */
export async function standingRuns(
  config: Config,
  records: readonly RunRecord[],
): Promise<StandingRun[]> {
  if (records.every(({ status }) => isEnded(status)))
    return records.map((record) => ({ record, holds: [] }));
  return withTemporal(config, async (look) => {
    const standing: StandingRun[] = [];
    for (const record of records) {
      const life = isEnded(record.status) ? UNKNOWN : await look(record);
      standing.push(await standingOf(config, record, life));
    }
    return standing;
  });
}

/** {@link standingRuns} of one. */
export async function standingRun(config: Config, record: RunRecord): Promise<StandingRun> {
  const [standing] = await standingRuns(config, [record]);
  return standing ?? { record, holds: [] };
}

/** True when Temporal says that a run's workflow is open, whatever its record says; false also where Temporal does not answer. */
export function isOpenInTemporal(config: Config, record: RunRecord): Promise<boolean> {
  return withTemporal(config, async (look) => (await look(record)).kind === 'open');
}

const UNKNOWN: Life = { kind: 'unknown' };

async function standingOf(config: Config, record: RunRecord, life: Life): Promise<StandingRun> {
  if (life.kind === 'open') return { record: withHolds(record, life.holds), holds: life.holds };
  if (life.kind === 'unknown') return { record, holds: [] };
  const endedAt = new Date().toISOString();
  const closed = await savedRuns(config).change(record.runId, (current) =>
    // The run may have written its end while Temporal was asked.
    isEnded(current.status) ? current : asLost(current, endedAt, life.how),
  );
  return { record: closed ?? record, holds: [] };
}

async function withTemporal<Result>(
  config: Config,
  work: (look: (record: RunRecord) => Promise<Life>) => Promise<Result>,
): Promise<Result> {
  const target = presentTarget(config);
  if (target === 'none') return work(async () => ({ kind: 'lost', how: null }));
  if (target === undefined) return work(async () => UNKNOWN);
  const connection = await connectTemporal(target, openEnvelope(config)).catch(() => undefined);
  if (connection === undefined) return work(async () => UNKNOWN);
  try {
    return await work((record) => workflowLife(connection.client, record));
  } finally {
    await connection.close();
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
async function workflowLife(client: Client, record: RunRecord): Promise<Life> {
  const { WorkflowNotFoundError } = await import('@temporalio/client');
  const { isOpen, operatorHolds, outsideEnd } = await import('../../client/index.js');
  try {
    const found = await client.workflow.getHandle(record.workflowId).describe();
    const isOurs = found.memo?.['runId'] === undefined || found.memo['runId'] === record.runId;
    if (!isOurs) return { kind: 'lost', how: null };
    if (isOpen(found)) return { kind: 'open', holds: await operatorHolds(client, record) };
    return { kind: 'lost', how: (await outsideEnd(client, found)) ?? null };
  } catch (error) {
    return error instanceof WorkflowNotFoundError ? { kind: 'lost', how: null } : UNKNOWN;
  }
}

function asLost(record: RunRecord, endedAt: string, how: string | null): RunRecord {
  const next =
    record.kind === 'proof'
      ? 'run codetether proof again'
      : record.kind === 'swarm'
        ? `codetether swarm retry ${record.runId} goes on behind the subtasks that are done`
        : record.kind === 'rlm'
          ? `codetether rlm retry ${record.runId} goes on behind what was answered`
          : record.kind === 'session'
            ? `codetether run -s ${record.runId} goes on behind what was answered`
            : `codetether ralph run -p ${record.prdPath} goes on behind the passed stories`;
  const reason =
    how === null
      ? `lost: its workflow is gone from Temporal (deleted or past its retention); ${next}`
      : `${how}; ${next}`;
  return {
    ...record,
    status: 'failed',
    reason,
    endedAt,
    standstill: null,
    failure: {
      code: how === null ? 'ERR_RUN_LOST' : 'ERR_RUN_TERMINATED',
      message: reason,
      exitCode: 3,
    },
    stories: record.stories.map((entry) =>
      entry.status === 'running' ? { ...entry, status: 'pending', reason: how ?? 'lost' } : entry,
    ),
  };
}
