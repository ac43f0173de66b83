import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { ServiceEndpoint } from '../../service/index.js';
import { createContext } from '../context.js';
import { FAILED_RUNS } from '../../contracts/light/index.js';
import { InfrastructureError } from '../../domain/index.js';

/** Adds `codetether open`. */
export function addOpenCommand(program: Command): void {
  program
    .command('open')
    .description("print a link to a workflow in Temporal's web interface; on a terminal, open it")
    .argument('[id]', 'run id or workflow id; without one, the list of workflows')
    .option('--failed', 'the list of runs that did not pass')
    .option('--no-browser', 'only print')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether open\n  codetether open ralph/3f2a/feature-login\n  codetether open --failed\n\nThe link is good once, within two minutes; the browser then stays signed in for twelve hours.',
    )
    .action(
      async (
        id: string | undefined,
        options: { browser: boolean; failed?: boolean },
        command: Command,
      ) => {
        const { output, globals, config } = await createContext(command);
        const { codecToken, uiLink } = await import('../../host/index.js');
        const { ensureRunning } = await import('../../service/index.js');
        const { localRunRecords } = await import('../../runs/index.js');
        const endpoint = await ensureRunning(config, {
          temporalCli: globals.temporalCli,
          onProgress: (text) => output.note(text),
        });
        if (endpoint.uiUrl === null) throw noInterface(endpoint, id);
        const record = id === undefined ? null : await localRunRecords(config.home).read(id);
        const workflowId = record?.workflowId ?? id;
        const list = `/namespaces/${endpoint.target.namespace}/workflows`;
        const query = options.failed === true ? `?query=${encodeURIComponent(FAILED_RUNS)}` : '';
        const page =
          workflowId === undefined
            ? `${list}${query}`
            : `${list}/${encodeURIComponent(workflowId)}`;
        const url = uiLink(config.home, endpoint.uiUrl, page);
        output.result(url);
        if (config.worker.codec.isEnabled && endpoint.apiPort !== null) {
          const codec = `http://127.0.0.1:${endpoint.apiPort}/codec/${codecToken(config.home)}`;
          output.note(
            `payloads are encrypted: set "Remote Codec Endpoint" (glasses, top right) to ${codec}`,
          );
        }
        if (options.browser && output.isTerminal) openBrowser(url);
      },
    );
}

function noInterface(endpoint: ServiceEndpoint, id: string | undefined): InfrastructureError {
  const { kind, address, namespace } = endpoint.target;
  const isEmbedded = kind === 'embedded';
  return new InfrastructureError('ERR_UI_UNKNOWN', {
    message: isEmbedded
      ? "Temporal's web interface is off, because the embedded server cannot be closed to other processes of this machine"
      : `Temporal runs at ${address}; where its web interface is, only its operator knows`,
    hint: isEmbedded
      ? 'run: codetether doctor (temporal access)'
      : `look there for ${id === undefined ? 'the workflows' : `the workflow ${id}`} in namespace ${namespace}`,
    isRetryable: false,
  });
}

/** Tries to open the address; the printed one is the result, so failing is silent. */
function openBrowser(url: string): void {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { detached: true, stdio: 'ignore' });
  child.once('error', () => undefined);
  child.unref();
}
