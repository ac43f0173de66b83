import type { Command } from 'commander';
import type { ServiceEndpoint } from '../../service/index.js';
import { createContext, exitWith } from '../context.js';
import type { Output } from '../output.js';

interface UpOptions {
  readonly foreground?: boolean;
  readonly json?: boolean;
}

/** Adds `codetether up`. */
export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description(
      'start the service: embedded Temporal, worker and API, supervised in the background',
    )
    .option('--foreground', 'stay until the service ends; a signal drains and stops it')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether up\n  codetether up --foreground      for a service manager\n  CODETETHER_HOME=/tmp/second codetether up   a second, separate service\n  codetether a2a send http://127.0.0.1:PORT "Explain src/pay"   asks the service itself, at the address that up prints',
    )
    .action(async (options: UpOptions, command: Command) => {
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
          tasks_url: endpoint.tasksUrl,
          board_url: endpoint.tasksUrl === null ? null : `${endpoint.tasksUrl}/board/`,
          task_queue: endpoint.taskQueue,
        });
      } else show(endpoint, config.home, output);
      if (options.foreground === true) await stay(config.home, output);
    });
}

function show(endpoint: ServiceEndpoint, home: string, output: Output): void {
  output.result(endpoint.wasStarted ? 'service started' : 'service is running');
  output.result(
    `  temporal  ${endpoint.target.address} (${endpoint.target.kind}, namespace ${endpoint.target.namespace})`,
  );
  if (endpoint.uiUrl !== null) output.result('  ui        codetether open');
  if (endpoint.apiPort !== null)
    output.result(`  api       http://127.0.0.1:${endpoint.apiPort}/health`);
  if (endpoint.tasksUrl !== null) {
    output.result(`  board     ${endpoint.tasksUrl}/board/ (token: ${home}/temporal/serve-token)`);
    output.result(`  tasks     ${endpoint.tasksUrl} (A2A and /v1/runs, by token)`);
  }
  output.result(`  home      ${home}`);
}

/** Ends with 0 when the service was stopped in order, so that a service manager leaves it so. */
async function stay(home: string, output: Output): Promise<void> {
  const { stayWithService } = await import('../../service/index.js');
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const end = await stayWithService(home, stop.signal);
  output.note(end === 'stopped' ? 'service stopped' : 'the service is gone');
  exitWith(end === 'stopped' ? 0 : 3);
}
