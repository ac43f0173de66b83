import type { Command } from 'commander';
import { createContext, exitWith } from '../context.js';
import type { Output } from '../output.js';

const HELP = `
Examples:
  codetether upgrade check          would the open runs go on under this version?
  codetether upgrade check --json

Nothing is changed and nothing is started. Runs that do not replay are finished by the version that started them, on a queue
of their own, while new runs get this version.

Exit codes: 0 all open workflows replay, 1 some stay with their own version, 3 the service does not run.`;

/** Adds `codetether upgrade`. */
export function addUpgradeCommand(program: Command): void {
  const upgrade = program
    .command('upgrade')
    .description('what an upgrade does to open runs')
    .addHelpText('after', HELP);
  upgrade
    .command('check')
    .description('replay every open workflow against this version; changes nothing')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: { json?: boolean }, command: Command) => {
      const { output, config } = await createContext(command);
      const { checkUpgrade } = await import('../../upkeep/index.js');
      const check = await checkUpgrade(config);
      const workflows = check.queues.flatMap((queue) => queue.workflows);
      if (options.json === true) {
        output.document({
          bundle: check.digest,
          is_served: check.isServed,
          queues: check.queues.map(({ taskQueue, digest, workflows: found }) => ({
            task_queue: taskQueue,
            bundle: digest,
            workflows: found.map(({ workflowId, problem }) => ({
              workflow_id: workflowId,
              replays: problem === null,
              problem,
            })),
          })),
        });
      } else showCheck(workflows, check.isServed, output);
      exitWith(workflows.every(({ problem }) => problem === null) ? 0 : 1);
    });
}

function showCheck(
  workflows: readonly { readonly workflowId: string; readonly problem: string | null }[],
  isServed: boolean,
  output: Output,
): void {
  if (isServed) output.result('the running service has this version already');
  if (workflows.length === 0) output.result('no run is open');
  for (const { workflowId, problem } of workflows) {
    output.result(
      problem === null
        ? `replays     ${workflowId}`
        : `stays       ${workflowId}: ${problem} (its own version finishes it)`,
    );
  }
}
