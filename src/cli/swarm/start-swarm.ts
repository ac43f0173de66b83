import type { RunRecord } from '../../domain/index.js';
import type { PlannedSwarm } from '../../runs/index.js';
import type { CommandContext } from '../context.js';
import { startAndWatch, type PlannedStart } from '../ralph/start-run.js';
import { LiveSwarm } from './live-swarm.js';

/** Starts a swarm and watches it until it has ended; undefined when the command leaves it. */
export function startSwarm(
  { workflowId, input, sandbox }: PlannedSwarm,
  options: { readonly detach?: boolean | undefined; readonly json?: boolean | undefined },
  context: CommandContext,
): Promise<RunRecord | undefined> {
  const { runId, carried } = input;
  const run: PlannedStart = {
    runId,
    workflowId,
    since: carried?.endedAt ?? undefined,
    view: options.json === true ? undefined : new LiveSwarm(),
    start: (gateway, hasSearchAttributes) =>
      gateway.startSwarm(workflowId, { ...input, hasSearchAttributes }),
    started: (ui) => `swarm ${runId} started, sandbox ${sandbox.level}${ui}`,
  };
  return startAndWatch(run, options, context);
}
