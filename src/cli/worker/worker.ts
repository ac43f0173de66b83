import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Config } from '../../config/index.js';
import { InfrastructureError } from '../../domain/index.js';
import type { OpenTasks } from '../../runs/index.js';
import type { ServiceEndpoint } from '../../service/index.js';
import type { LeftTask, LinkEvent, LinkOptions } from '../../platform-link/index.js';
import { createContext, exitWith, type CommandContext } from '../context.js';
import type { Output } from '../output.js';
import { eventDocument, eventLine, tasksOf } from './event-line.js';
import { linkOptions, offeredFolders, type WorkerFlags } from './worker-options.js';

const HELP = `
The worker registers at the platform, takes tasks that it offers, and works on each as a durable run: when this command is killed,
the same command goes on with what it had claimed. Ctrl+C stops taking tasks; those that were begun go on in the service.

Settings that no flag gives come from CODETETHER_SERVER, CODETETHER_TOKEN, CODETETHER_WORKER_NAME and [platform] of your
configuration. Without a command, codetether is this worker when a server is given.

Examples:
  CODETETHER_TOKEN=... codetether worker -s https://platform.example.com
  codetether worker -s https://platform.example.com -c ~/work/shop,api=~/work/backend --auto-approve safe
  codetether worker -s http://127.0.0.1:8000 --json`;

/** Connects to the tasks of a running service. */
export type TaskOpener = (config: Config, endpoint: ServiceEndpoint) => Promise<OpenTasks>;

const openServiceTasks: TaskOpener = async (config, endpoint) => {
  const { openTasks } = await import('../../runs/index.js');
  return openTasks(config, endpoint);
};

/** Adds `codetether worker`. `openTasks` = for tests. */
export function addWorkerCommand(program: Command, openTasks: TaskOpener = openServiceTasks): void {
  program
    .command('worker')
    .description('work for a CodeTether platform: take its tasks, tell of them, give them back')
    .option('-s, --server <url>', 'the platform (CODETETHER_SERVER)')
    .option(
      '-t, --token <token>',
      'its token; CODETETHER_TOKEN keeps it out of the list of processes',
    )
    .option(
      '-n, --name <name>',
      'as which the worker shows up (CODETETHER_WORKER_NAME; default: the host)',
    )
    .option(
      '-c, --codebases <list>',
      'folders, NAME=FOLDER, or names of [workspaces.NAME], by commas',
      parseList,
    )
    .addOption(
      new Option(
        '--auto-approve <level>',
        'what agents may do without a question (default: safe)',
      ).choices(['all', 'safe', 'none']),
    )
    .option('-e, --email <address>', 'told to the platform')
    .option('--push-url <url>', 'address that the platform may call')
    .option('--max-tasks <count>', 'tasks at a time (default: 4)', parseCount)
    .addOption(
      new Option('--prefix <name>', 'where the platform keeps its tasks (default: auto)').choices([
        'auto',
        'agent',
        'opencode',
      ]),
    )
    .option('--json', 'print each event as one JSON document a line')
    .addHelpText('after', HELP)
    .action(async (flags: WorkerFlags, command: Command) => {
      await runWorker(flags, await createContext(command), openTasks);
    });
}

async function runWorker(
  flags: WorkerFlags,
  { output, globals, config }: CommandContext,
  openTasks: TaskOpener,
): Promise<void> {
  const options = await linkOptions(flags, config);
  const { acquireLock } = await import('../../host/index.js');
  const attempt = acquireLock(`${options.folder}/lock`);
  if ('holder' in attempt) throw alreadyRunning(options.server, attempt.holder.pid);
  try {
    const { offerWorkspaces } = await import('../../runs/index.js');
    await offerWorkspaces(config.home, offeredFolders(options));
    const { ensureRunning } = await import('../../service/index.js');
    const endpoint = await ensureRunning(config, {
      temporalCli: globals.temporalCli,
      ...(globals.logLevel === undefined ? {} : { logLevel: globals.logLevel }),
      onProgress: (text) => output.note(text),
    });
    const opened = await openTasks(config, endpoint);
    try {
      const left = await listen(options, { output, opened, isJson: flags.json === true });
      sayGoodbye(left, output);
      exitWith(130);
    } finally {
      await opened.close();
    }
  } finally {
    attempt.lock.release();
  }
}

/** Works until Ctrl+C or SIGTERM; a second Ctrl+C does not wait. */
async function listen(
  options: LinkOptions,
  { output, opened, isJson }: { output: Output; opened: OpenTasks; isJson: boolean },
): Promise<readonly LeftTask[]> {
  const { platformFetch, runPlatformLink } = await import('../../platform-link/index.js');
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const onEvent = (event: LinkEvent): void => {
    if (isJson) output.line(eventDocument(event, new Date().toISOString()));
    else output.result(eventLine(event));
  };
  try {
    return await runPlatformLink({
      options,
      tasks: opened.tasks,
      fetch: platformFetch(),
      onEvent,
      stop: stop.signal,
    });
  } finally {
    for (const signal of signals) process.removeListener(signal, onSignal);
  }
}

function alreadyRunning(server: string, pid: number): InfrastructureError {
  return new InfrastructureError('ERR_WORKER_RUNNING', {
    message: `a worker for ${server} runs already (pid ${pid})`,
    hint: 'stop it, or give this one a CODETETHER_HOME of its own',
    isRetryable: false,
  });
}

function sayGoodbye(left: readonly LeftTask[], output: Output): void {
  if (left.length === 0) {
    output.note('stopped; no task was left');
    return;
  }
  output.note(
    `stopped; ${tasksOf(left.length)} of the platform ${left.length === 1 ? 'goes' : 'go'} on without this command:`,
  );
  for (const { id, run, stage } of left)
    output.note(`  ${id}  ${run === undefined ? stage : `codetether attach ${run}`}`);
  output.note('the platform hears of them when the same command runs again');
}

function parseList(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

const MOST_TASKS = 100;

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= MOST_TASKS) return count;
  throw new InvalidArgumentError(`expected a number, 1 to ${MOST_TASKS}`);
}
