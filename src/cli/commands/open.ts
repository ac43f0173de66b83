import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { createContext } from '../context.js';
import { InfrastructureError } from '../../domain/index.js';

/** Adds `codetether open`. */
export function addOpenCommand(program: Command): void {
  program
    .command('open')
    .description(
      "print the address of a workflow in Temporal's web interface; on a terminal, open it",
    )
    .argument('<id>', 'run id or workflow id')
    .option('--no-browser', 'only print')
    .addHelpText('after', '\nExample:\n  codetether open ralph/3f2a/feature-login')
    .action(async (id: string, options: { browser: boolean }, command: Command) => {
      const { output, globals, config } = await createContext(command);
      const { codecToken, ensureRunning, localRunRecords } = await import('../../service/index.js');
      const endpoint = await ensureRunning(config, {
        temporalCli: globals.temporalCli,
        onProgress: (text) => output.note(text),
      });
      if (endpoint.uiUrl === null) {
        throw new InfrastructureError('ERR_UI_UNKNOWN', {
          message: `Temporal runs at ${endpoint.target.address}; where its web interface is, only its operator knows`,
          hint: `look there for the workflow ${id} in namespace ${endpoint.target.namespace}`,
          isRetryable: false,
        });
      }
      const record = await localRunRecords(config.home).read(id);
      const workflowId = record?.workflowId ?? id;
      const url = `${endpoint.uiUrl}/namespaces/${endpoint.target.namespace}/workflows/${encodeURIComponent(workflowId)}`;
      output.result(url);
      if (config.worker.codec.isEnabled && endpoint.apiPort !== null) {
        const codec = `http://127.0.0.1:${endpoint.apiPort}/codec/${codecToken(config.home)}`;
        output.note(
          `payloads are encrypted: set "Remote Codec Endpoint" (glasses, top right) to ${codec}`,
        );
      }
      if (options.browser && output.isTerminal) openBrowser(url);
    });
}

/** Tries to open the address; the printed one is the result, so failing is silent. */
function openBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { detached: true, stdio: 'ignore' });
  child.once('error', () => undefined);
  child.unref();
}
