import type { RunRecord } from '../../domain/index.js';
import type { PlannedSwarm } from '../../runs/index.js';
import type { CommandContext } from '../context.js';
import { watchRun } from '../ralph/watch.js';

/** Starts a swarm and watches it until it has ended; undefined when the command leaves it. */
export async function startSwarm(
  plan: PlannedSwarm,
  options: { readonly detach?: boolean | undefined; readonly json?: boolean | undefined },
  { output, config, globals }: CommandContext,
): Promise<RunRecord | undefined> {
  const { ensureRunning } = await import('../../service/index.js');
  const { openGateway } = await import('../../runs/index.js');
  const endpoint = await ensureRunning(config, {
    temporalCli: globals.temporalCli,
    ...(globals.logLevel === undefined ? {} : { logLevel: globals.logLevel }),
    onProgress: (text) => output.note(text),
  });
  const open = await openGateway(config, endpoint);
  const { workflowId, input } = plan;
  const { runId } = input;
  const { hasSearchAttributes, gateway } = open;
  try {
    await gateway.startSwarm(workflowId, { ...input, hasSearchAttributes });
    const ui = endpoint.uiUrl === null ? '' : `; Temporal UI: codetether open ${runId}`;
    output.note(`swarm ${runId} started, sandbox ${plan.sandbox.level}${ui}`);
    if (options.detach === true) {
      if (options.json === true)
        output.document({ run_id: runId, workflow_id: workflowId, status: 'running' });
      else output.result(`${runId}\nwatch it with: codetether attach ${runId}`);
      return undefined;
    }
    const since = input.carried?.endedAt ?? undefined;
    return await watchRun({ gateway, output, runId, workflowId, since });
  } finally {
    await open.close();
  }
}
