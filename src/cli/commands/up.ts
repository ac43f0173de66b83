import type { Command } from 'commander';
import { createContext } from '../context.js';

/** Adds `codetether up`. */
export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description(
      'start the service: embedded Temporal, worker and API, supervised in the background',
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether up\n  CODETETHER_HOME=/tmp/second codetether up   a second, separate service',
    )
    .action(async (options: { json?: boolean }, command: Command) => {
      const { output, globals, config } = await createContext(command);
      const { ensureRunning } = await import('../../service/index.js');
      const endpoint = await ensureRunning(config, {
        temporalCli: globals.temporalCli,
        logLevel: globals.logLevel ?? 'info',
        onProgress: (message) => output.note(message),
      });
      if (options.json === true) {
        output.document({
          started: endpoint.wasStarted,
          home: config.home,
          temporal_address: endpoint.target.address,
          namespace: endpoint.target.namespace,
          ui_url: endpoint.uiUrl,
          api_port: endpoint.apiPort,
          task_queue: endpoint.taskQueue,
        });
        return;
      }
      output.result(endpoint.wasStarted ? 'service started' : 'service is running');
      output.result(
        `  temporal  ${endpoint.target.address} (${endpoint.target.kind}, namespace ${endpoint.target.namespace})`,
      );
      if (endpoint.uiUrl !== null) output.result(`  ui        ${endpoint.uiUrl}`);
      if (endpoint.apiPort !== null)
        output.result(`  api       http://127.0.0.1:${endpoint.apiPort}/health`);
      output.result(`  home      ${config.home}`);
    });
}
