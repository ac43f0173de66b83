import type { Gateway } from '../../client/index.js';
import type { RunRecord } from '../../domain/index.js';
import type { CommandContext } from '../context.js';
import { openService } from './run-access.js';
import type { RunView } from './run-view.js';
import { watchRun } from './watch.js';

/** A run that a command has planned. */
export interface PlannedStart {
  readonly runId: string;
  readonly workflowId: string;
  /** See `followRun`. */
  readonly since?: string | undefined;
  /** How it is drawn on a terminal. */
  readonly view?: RunView | undefined;
  readonly start: (gateway: Gateway, hasSearchAttributes: boolean) => Promise<void>;
  /** What is said once it has started; `ui` names the way to Temporal's interface, and is empty where there is none. */
  readonly started: (ui: string) => string;
}

/** Starts a run, with the service where it does not run yet, and watches it until it has ended; undefined when the command leaves it. */
export async function startAndWatch(
  { runId, workflowId, since, view, start, started }: PlannedStart,
  options: { readonly detach?: boolean | undefined; readonly json?: boolean | undefined },
  context: CommandContext,
): Promise<RunRecord | undefined> {
  const { output } = context;
  const open = await openService(context);
  const { gateway, hasSearchAttributes } = open;
  try {
    await start(gateway, hasSearchAttributes);
    output.note(started(open.uiUrl === null ? '' : `; Temporal UI: codetether open ${runId}`));
    if (options.detach === true) {
      if (options.json === true)
        output.document({ run_id: runId, workflow_id: workflowId, status: 'running' });
      else output.result(`${runId}\nwatch it with: codetether attach ${runId}`);
      return undefined;
    }
    return await watchRun({ gateway, output, runId, workflowId, since, view });
  } finally {
    await open.close();
  }
}
