import type { Command } from 'commander';
import { createContext } from '../context.js';
import { formatTable } from '../output.js';

/** Adds `codetether ps`. */
export function addPsCommand(program: Command): void {
  program
    .command('ps')
    .description('list the processes of the service')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExamples:\n  codetether ps\n  codetether ps --json')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { output, config } = await createContext(command);
      const { serviceStatus } = await import('../../host/index.js');
      const { processes, olderQueues } = serviceStatus(config.home);
      if (options.json === true) {
        output.document({
          processes: processes.map(({ role, pid, port, startedAt, restarts }) => ({
            role,
            pid,
            port,
            started_at: startedAt,
            restarts,
          })),
          older_bundles: olderQueues.map(({ generation, digest, problem }) => ({
            generation,
            bundle: digest,
            problem,
          })),
        });
        return;
      }
      if (processes.length === 0) {
        output.result('nothing is running (start it with: codetether up)');
        return;
      }
      const rows = processes.map((process) => [
        process.role,
        String(process.pid),
        String(process.port ?? '-'),
        process.startedAt,
        String(process.restarts),
      ]);
      output.result(formatTable([['ROLE', 'PID', 'PORT', 'STARTED', 'RESTARTS'], ...rows]));
      for (const { digest, problem } of olderQueues) {
        const state = problem ?? 'its runs go on beside the new version';
        output.result(`older bundle ${digest.slice(0, 12)}: ${state}`);
      }
    });
}
