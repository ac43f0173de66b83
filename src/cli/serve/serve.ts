import { InvalidArgumentError, type Command } from 'commander';
import type { ServiceEndpoint } from '../../service/index.js';
import { type CommandContext, createContext } from '../context.js';
import type { ServeOptions } from './run-serve.js';
import { addTokenCommands } from './token-commands.js';

const HELP = `
codetether up serves the same on this machine, by token, at the address that it prints; this command is for another port or address.
Other agents find the card at /.well-known/agent-card.json and speak A2A 1.0 (JSON-RPC and HTTP+JSON) or 0.3 (JSON-RPC). Tasks are durable:
they go on when this command ends, and everything is there again when it starts. On this machine no token is needed until the first one is
made; on any other address one is.

Examples:
  codetether serve
  codetether serve -p 8080 --json
  codetether serve token create ci --scope code:run --scope tasks:read
  codetether serve --hostname 0.0.0.0        with [serve] hosts = ["agent.example.com"] in your configuration`;

/** Adds `codetether serve`. */
export function addServeCommand(program: Command): void {
  const serve = program
    .command('serve')
    .description('take tasks of other agents and platforms (A2A), and do them as durable runs')
    .option('-p, --port <port>', 'port to listen on (default: 4096)', parsePort)
    .option('--hostname <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--json', 'print one JSON line when it is ready')
    .addHelpText('after', HELP)
    .action(async (options: ServeOptions, command: Command) => {
      const { runServe } = await import('./run-serve.js');
      const { openTasks } = await import('../../runs/index.js');
      const context = await createContext(command);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      await runServe(options, context, {
        open: async () => openTasks(context.config, await runningService(context)),
        version: program.version() ?? '',
        stop: stop.signal,
      });
    });
  addTokenCommands(serve);
}

async function runningService({
  config,
  globals,
  output,
}: CommandContext): Promise<ServiceEndpoint> {
  const { ensureRunning } = await import('../../service/index.js');
  return ensureRunning(config, {
    temporalCli: globals.temporalCli,
    ...(globals.logLevel === undefined ? {} : { logLevel: globals.logLevel }),
    onProgress: (text) => output.note(text),
  });
}

const MOST_PORT = 65_535;

/** A port, 0 = any that is free. */
function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= MOST_PORT) return port;
  throw new InvalidArgumentError(`expected a port, 0 to ${MOST_PORT}`);
}
