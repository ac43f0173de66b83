import type { Client } from '@temporalio/client';
import type { WorkerSettings } from '../../config/index.js';
import { DEFAULTS } from '../../contracts/index.js';
import type { TemporalTarget } from '../../host/index.js';
import { homePaths, openStores, saveRunPlan, type Envelope } from '../../platform/index.js';
import { renderReport } from '../../report/index.js';
import { localEvents, localRunRecords } from '../local-ports.js';
import { createBoardDesk, type BoardDesk } from './board-desk.js';

/** Whose runs the board shows, and where new ones go. */
export interface BoardPlace {
  readonly config: { readonly home: string; readonly worker: WorkerSettings };
  readonly envelope: Envelope | null;
  readonly target: TemporalTarget;
  readonly taskQueue: string;
  readonly uiUrl: string | null;
}

/** The board over a client of Temporal that somebody else holds. */
export async function openBoard(
  client: Client,
  { config, envelope, target, taskQueue, uiUrl }: BoardPlace,
  hasSearchAttributes: boolean,
): Promise<BoardDesk> {
  const { createGateway } = await import('../../client/index.js');
  const { home, worker } = config;
  const gateway = createGateway({
    temporal: client,
    records: localRunRecords(home),
    events: localEvents(home, envelope),
    taskQueue,
    savePlan: (plan) => saveRunPlan(home, plan),
    maxOpenRuns: DEFAULTS.maxOpenRuns,
  });
  return createBoardDesk({
    home,
    settings: worker,
    gateway,
    blobs: openStores({ home, envelope, renderReport, cacheBytes: 0 }).blobs,
    folder: homePaths(home).runs,
    hasSearchAttributes,
    ui: uiUrl === null ? null : { url: uiUrl, namespace: target.namespace },
  });
}
