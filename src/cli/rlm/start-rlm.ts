import type { RunRecord } from '../../domain/index.js';
import type { PlannedRlm } from '../../runs/index.js';
import type { CommandContext } from '../context.js';
import { startAndWatch } from '../ralph/start-run.js';

/** Starts a question that was planned, and watches it until it has ended; undefined when the command leaves it. */
export async function startRlm(
  { workflowId, input }: PlannedRlm,
  options: { readonly detach?: boolean | undefined; readonly json?: boolean | undefined },
  context: CommandContext,
): Promise<RunRecord | undefined> {
  const { assertModelReachable } = await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const { options: limits, subModel, runId, carried } = input;
  await assertModelReachable(limits.model, context.config, processEnvironment());
  await assertModelReachable(subModel, context.config, processEnvironment());
  return startAndWatch(
    {
      runId,
      workflowId,
      since: carried?.endedAt ?? undefined,
      start: (gateway, hasSearchAttributes) =>
        gateway.startRlm(workflowId, { ...input, hasSearchAttributes }),
      started: (ui) => `question ${runId} started${ui}`,
    },
    options,
    context,
  );
}
