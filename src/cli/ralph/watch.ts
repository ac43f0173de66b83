import type { Gateway } from '../../client/index.js';
import type { ExitCode, RunRecord } from '../../domain/index.js';
import { exitWith } from '../context.js';
import type { Output } from '../output.js';
import { progressLine } from './progress.js';

/** A run to watch. */
export interface WatchedRun {
  readonly gateway: Gateway;
  readonly output: Output;
  readonly runId: string;
  readonly workflowId: string;
  /** See `followRun`. */
  readonly since?: string | undefined;
}

/**
 * Shows a run's progress on stderr until it has ended and gives its record. Ctrl+C detaches: the run goes on, the command
 * says how to come back and ends with 130, and the answer is undefined.
 */
export async function watchRun(run: WatchedRun): Promise<RunRecord | undefined> {
  const { followRun } = await import('../../client/index.js');
  const detach = new AbortController();
  const onInterrupt = (): void => detach.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const style = { isTerminal: run.output.isTerminal };
    const record = await followRun(run.gateway, {
      runId: run.runId,
      workflowId: run.workflowId,
      since: run.since,
      signal: detach.signal,
      onEvent: (event) => {
        const line = progressLine(event, style);
        if (line !== undefined) run.output.paintedNote(line);
      },
    });
    if (record !== undefined) return record;
    run.output.note(
      `\ndetached; the run goes on. Watch it again with: codetether attach ${run.runId}`,
    );
    exitWith(130);
    return undefined;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

/** 0 when every story passed, 2 when an input turned out to be bad, 3 when the infrastructure ended the run, else 1. */
export function exitCodeOf(record: RunRecord): ExitCode {
  if (record.status === 'passed') return 0;
  if (record.failure === null) return 1;
  return record.failure.exitCode === 2 ? 2 : 3;
}
