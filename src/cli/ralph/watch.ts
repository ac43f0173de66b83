import type { Gateway } from '../../client/index.js';
import type { ExitCode, RunRecord } from '../../domain/index.js';
import { exitWith } from '../context.js';
import type { Output } from '../output.js';
import { progressLine } from './progress.js';
import type { RunView } from './run-view.js';

/** A run to watch. */
export interface WatchedRun {
  readonly gateway: Gateway;
  readonly output: Output;
  readonly runId: string;
  readonly workflowId: string;
  /** See `followRun`. */
  readonly since?: string | undefined;
  /** How it is drawn on a terminal; absent = one line an event. */
  readonly view?: RunView | undefined;
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
    const { output } = run;
    const view = output.screen === undefined ? undefined : run.view;
    const record = await followRun(run.gateway, {
      runId: run.runId,
      workflowId: run.workflowId,
      since: run.since,
      signal: detach.signal,
      onEvent: (event) => {
        const isShown = view?.take(event) ?? true;
        const line = isShown ? progressLine(event, style) : undefined;
        if (line !== undefined) output.paintedNote(line);
      },
      onLook: (known) => draw(run, view, known),
    });
    if (record !== undefined) return record;
    run.output.note(
      `\ndetached; the run goes on. Watch it again with: codetether attach ${run.runId}`,
    );
    exitWith(130);
    return undefined;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    run.output.draw([]);
  }
}

function draw(
  { output, since }: WatchedRun,
  view: RunView | undefined,
  record: RunRecord | undefined,
): void {
  const { screen } = output;
  if (view === undefined || screen === undefined) return;
  // A run that goes on has the record of its end until it has written its first.
  const isOld = since !== undefined && record?.endedAt === since;
  output.draw(view.lines(isOld ? undefined : record, screen, new Date()));
}

/** 0 when every story passed, 2 when an input turned out to be bad, 3 when the infrastructure ended the run, else 1. */
export function exitCodeOf(record: RunRecord): ExitCode {
  if (record.status === 'passed') return 0;
  if (record.failure === null) return 1;
  return record.failure.exitCode === 2 ? 2 : 3;
}

/** Says what ended a run that failed, and ends the command with `code`. */
export function exitAtEnd(record: RunRecord, output: Output, code = exitCodeOf(record)): void {
  const { failure } = record;
  if (failure !== null) output.note(`error[${failure.code}]: ${failure.message}`);
  exitWith(code);
}
