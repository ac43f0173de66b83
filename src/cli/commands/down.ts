import type { Command } from 'commander';
import { createContext } from '../context.js';

/** Adds `codetether down`. */
export function addDownCommand(program: Command): void {
  program
    .command('down')
    .description('drain the worker and stop the service; open runs continue at the next start')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  codetether down')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { output, config } = await createContext(command);
      const { stopService } = await import('../../host/index.js');
      const stopped = await stopService(config.home);
      if (options.json === true)
        output.document({ stopped: stopped.map(({ role, pid }) => ({ role, pid })) });
      else
        output.result(
          stopped.length === 0
            ? 'nothing was running'
            : `stopped ${stopped.map(({ role }) => role).join(', ')}`,
        );
    });
}
