import type { Client } from '@temporalio/client';
import { OPEN_WORKFLOWS } from '../../contracts/index.js';

/** An open workflow, and why it cannot go on under another bundle; null when it can. */
export interface ReplayedWorkflow {
  readonly workflowId: string;
  readonly problem: string | null;
}

/** What {@link replayOpenWorkflows} reads. */
export interface ReplayRequest {
  /** Its codec opens the histories. */
  readonly client: Client;
  readonly taskQueue: string;
  /** The bundle that is to take over. */
  readonly codePath: string;
  /** What is not replayed by then counts as not replayable: the older bundle can always go on. Milliseconds, default 45 s. */
  readonly limitMs?: number;
  /** Done before the first history is replayed; not where none is: a runtime that nothing uses keeps its process alive. */
  readonly beforeReplay?: () => Promise<void>;
}

const LIMIT_MS = 45_000;

/** Ids of the open workflows on a queue. */
export async function openWorkflows(
  client: Client,
  taskQueue: string,
): Promise<{ readonly workflowId: string; readonly runId: string }[]> {
  const query = `TaskQueue = '${taskQueue}' AND ${OPEN_WORKFLOWS}`;
  const open = [];
  for await (const { workflowId, runId } of client.workflow.list({ query }))
    open.push({ workflowId, runId });
  return open;
}

/**
 * Replays the history of every open workflow of a queue against a bundle, one after the other so that one history is in
 * memory at a time. Changes nothing. Read-only for the runs: workers may go on meanwhile.
 */
export async function replayOpenWorkflows(request: ReplayRequest): Promise<ReplayedWorkflow[]> {
  const open = await openWorkflows(request.client, request.taskQueue);
  if (open.length === 0) return [];
  // loaded here: commands that only show things must not wait for the worker's library
  const { Worker } = await import('@temporalio/worker');
  await request.beforeReplay?.();
  const deadline = Date.now() + (request.limitMs ?? LIMIT_MS);
  const histories = async function* () {
    for (const { workflowId, runId } of open) {
      if (Date.now() > deadline) return;
      const history = await request.client.workflow.getHandle(workflowId, runId).fetchHistory();
      yield { workflowId, history };
    }
  };
  const { payloadCodecs } = request.client.options.loadedDataConverter;
  const workflowBundle = { codePath: request.codePath };
  const results: ReplayedWorkflow[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle, dataConverter: { payloadCodecs } },
    histories(),
  )) {
    results.push({ workflowId, problem: error === undefined ? null : firstLine(error.message) });
  }
  const seen = new Set(results.map(({ workflowId }) => workflowId));
  const missed = open.filter(({ workflowId }) => !seen.has(workflowId));
  return [
    ...results,
    ...missed.map(({ workflowId }) => ({ workflowId, problem: 'not replayed in time' })),
  ];
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.slice(0, 300) ?? '';
}
