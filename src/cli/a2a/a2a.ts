import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  taskStateSchema,
  type ExitCode,
  type RemoteTask,
  type TaskState,
} from '../../domain/index.js';
import type { AgentConnection, AgentTransport, followTask } from '../../upkeep/index.js';
import { createContext, exitWith, type CommandContext } from '../context.js';
import { messageOf, type MessageOptions } from './message.js';
import {
  cardScreen,
  eventDocument,
  eventLine,
  listScreen,
  taskDocument,
  taskScreen,
} from './screens.js';

interface CommonOptions {
  readonly transport?: AgentTransport;
  readonly json?: boolean;
}

interface SendOptions extends CommonOptions, MessageOptions {
  readonly wait: boolean;
  readonly timeout?: number;
}

interface StreamOptions extends CommonOptions, MessageOptions {
  readonly lastEventId?: number;
}

interface ListOptions extends CommonOptions {
  readonly context?: string;
  readonly state?: TaskState;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

const HELP = `
An agent is a name of [a2a.agents.NAME] in your configuration, or an address. Its token comes from Vault (auth = "vault" there, and
codetether auth set a2a/NAME), and goes to that agent's own server only. The service of this home, at the address that codetether up prints,
is asked with the home's own token.

Examples:
  codetether a2a card http://127.0.0.1:4096
  codetether a2a send build-host "Fix the failing test" --skill code --workspace shop
  codetether a2a send build-host --skill ralph --git-url https://git.example/shop.git -f prd.json --no-wait
  codetether a2a stream build-host "Explain src/pay" --json
  codetether a2a stream build-host --task 01hx3v6m2q8w0c5r7t9y1z3b5d --last-event-id 17
  codetether a2a send build-host "yes" --task 01hx3v6m2q8w0c5r7t9y1z3b5d       answers what it asks
  codetether a2a list build-host --state working
  codetether a2a cancel build-host 01hx3v6m2q8w0c5r7t9y1z3b5d

Exit codes: 0 done, 1 the task failed, was refused, cancelled, or waits for somebody, 2 bad input, or the agent says no,
3 the agent cannot be reached, 130 detached by Ctrl+C (the task goes on).`;

/** Adds the family `codetether a2a …`. */
export function addA2aCommand(program: Command): void {
  const a2a = program
    .command('a2a')
    .description('hand work to agents elsewhere (A2A), and ask what became of it')
    .addHelpText('after', HELP);
  addCard(a2a);
  addSend(a2a);
  addStream(a2a);
  addAsking(a2a);
  addList(a2a);
}

/** A command of the family, with what all have. */
function subcommand(
  a2a: Command,
  name: string,
  texts: { what: string; examples: string },
): Command {
  return a2a
    .command(name)
    .description(texts.what)
    .argument('<agent>', 'name of the configuration, or address')
    .addOption(
      new Option(
        '--transport <name>',
        'how it is spoken to (default: what its card prefers)',
      ).choices(['jsonrpc', 'rest']),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExamples:\n${texts.examples}`);
}

function addMessageOptions(command: Command): Command {
  return command
    .argument('[text]', 'what is said')
    .option('-f, --file <file>', 'send a file along; repeatable', collect, [])
    .option('--skill <id>', 'the skill that is wanted; the card lists them')
    .option('--workspace <name>', 'the repository, by the name that the agent has for it')
    .option('--git-url <url>', 'the repository, by its address')
    .option('--git-ref <ref>', 'branch or commit of --git-url to begin at')
    .option('-m, --model <provider/model>', 'the model; default: what the agent uses')
    .option('--context <id>', 'go on with what was said in this context')
    .option('--task <id>', 'tell this task: answers what it asks');
}

function addCard(a2a: Command): void {
  subcommand(a2a, 'card', {
    what: 'show what an agent says of itself',
    examples:
      '  codetether a2a card http://127.0.0.1:4096\n  codetether a2a card build-host --json',
  }).action(async (agent: string, options: CommonOptions, self: Command) => {
    await withAgent({ agent, options, self }, ({ card }, { output }) => {
      if (options.json === true) output.document(card);
      else output.result(cardScreen(card));
      return Promise.resolve(0 as const);
    });
  });
}

function addSend(a2a: Command): void {
  addMessageOptions(
    subcommand(a2a, 'send', {
      what: 'send a message and wait for what comes of it',
      examples:
        '  codetether a2a send build-host "Fix the failing test" --skill code --workspace shop\n  codetether a2a send build-host -f prd.json --skill ralph --no-wait --json',
    }),
  )
    .option('--no-wait', 'return with the task at once')
    .option('--timeout <seconds>', 'wait no longer (default: until the end)', parseCount)
    .action(async (...given: [string, string | undefined, SendOptions, Command]) => {
      const [agent, text, options, self] = given;
      const message = await messageOf(text, options);
      await withAgent({ agent, options, self }, async (connection, { output }, signal) => {
        const sent = await connection.send(message, signal);
        if (!options.wait || sent.taskId === '') return showTask(sent, options, output);
        output.note(`task ${sent.taskId} is at work; Ctrl+C leaves it so`);
        const { awaitTask } = await import('../../upkeep/index.js');
        const task = await awaitTask(connection, sent.taskId, {
          waitMs: (options.timeout ?? Number.MAX_SAFE_INTEGER) * 1000,
          signal,
          onLook: () => undefined,
        });
        return showTask(task, options, output);
      });
    });
}

function addStream(a2a: Command): void {
  addMessageOptions(
    subcommand(a2a, 'stream', {
      what: 'send a message, or name a task, and follow what happens',
      examples:
        '  codetether a2a stream build-host "Explain src/pay"\n  codetether a2a stream build-host --task 01hx3v6m2q8w0c5r7t9y1z3b5d --last-event-id 17 --json',
    }),
  )
    .option('--last-event-id <number>', 'with --task: go on behind this event', parseCount)
    .action(async (...given: [string, string | undefined, StreamOptions, Command]) => {
      const [agent, text, options, self] = given;
      const { task: taskId, lastEventId, file = [] } = options;
      const isTold = text !== undefined || file.length > 0;
      if (lastEventId !== undefined && (taskId === undefined || isTold))
        throw new InvalidArgumentError('--last-event-id goes with --task, and with no message');
      const followed =
        taskId !== undefined && !isTold
          ? { taskId, lastEventId }
          : { message: await messageOf(text, options) };
      await withAgent({ agent, options, self }, (connection, { output }, signal) =>
        follow({ connection, followed, signal, isJson: options.json === true }, output),
      );
    });
}

interface Following {
  readonly connection: AgentConnection;
  readonly followed: Parameters<typeof followTask>[1];
  readonly signal: AbortSignal;
  readonly isJson: boolean;
}

async function follow(
  { connection, followed, signal, isJson }: Following,
  output: CommandContext['output'],
): Promise<ExitCode> {
  const { followTask } = await import('../../upkeep/index.js');
  let state: RemoteTask['state'] = 'unknown';
  const events = followTask(connection, followed, {
    signal,
    onBreak: (reason, behind) =>
      output.note(`${reason}; going on${behind === undefined ? '' : ` behind event ${behind}`}`),
  });
  for await (const event of events) {
    if (event.kind === 'status') state = event.state;
    if (event.kind === 'task') state = event.task.state;
    if (event.kind === 'message' && state === 'unknown') state = 'completed';
    if (isJson) {
      output.line(eventDocument(event));
      continue;
    }
    const line = eventLine(event);
    if (line !== undefined) output.result(line);
    if (event.kind === 'artifact') output.result(taskScreen(artifactTask(event.artifact)));
  }
  return exitCodeOf(state);
}

/** What an artifact holds, shown as that of a task. */
function artifactTask(artifact: RemoteTask['artifacts'][number]): RemoteTask {
  return {
    taskId: '',
    contextId: '',
    state: 'working',
    said: [],
    at: '',
    artifacts: [artifact],
    history: [],
  };
}

function addAsking(a2a: Command): void {
  const asked = {
    get: {
      what: 'show a task',
      examples: '  codetether a2a get build-host 01hx3v6m2q8w0c5r7t9y1z3b5d --json',
    },
    cancel: {
      what: 'stop a task',
      examples: '  codetether a2a cancel build-host 01hx3v6m2q8w0c5r7t9y1z3b5d',
    },
  } as const;
  for (const name of ['get', 'cancel'] as const)
    subcommand(a2a, name, asked[name])
      .argument('<task>', 'its id')
      .action(async (...given: [string, string, CommonOptions, Command]) => {
        const [agent, task, options, self] = given;
        await withAgent({ agent, options, self }, async (connection, { output }, signal) => {
          const code = showTask(await connection[name](task, signal), options, output);
          return name === 'get' ? code : 0;
        });
      });
}

function addList(a2a: Command): void {
  subcommand(a2a, 'list', {
    what: 'list the tasks that you may see, newest state first',
    examples:
      '  codetether a2a list build-host\n  codetether a2a list build-host --state input-required --json',
  })
    .option('--context <id>', 'only those of this context')
    .addOption(
      new Option('--state <state>', 'only those in this state').choices(taskStateSchema.options),
    )
    .option('--page-size <count>', 'at most so many (1 to 100)', parseCount)
    .option('--page-token <token>', 'the page behind the one that named it')
    .action(async (agent: string, options: ListOptions, self: Command) => {
      await withAgent({ agent, options, self }, async (connection, { output }, signal) => {
        const { context: contextId, state, pageSize, pageToken } = options;
        const page = await connection.list({ contextId, state, pageSize, pageToken }, signal);
        if (options.json === true)
          output.document({
            tasks: page.tasks.map(taskDocument),
            next_page_token: page.nextPageToken,
            total: page.total,
          });
        else output.result(listScreen(page));
        return 0;
      });
    });
}

interface Asked {
  readonly agent: string;
  readonly options: CommonOptions;
  readonly self: Command;
}

/** Does something with an agent. Ctrl+C ends the command and nothing else. */
async function withAgent(
  { agent, options, self }: Asked,
  action: (
    connection: AgentConnection,
    context: CommandContext,
    signal: AbortSignal,
  ) => Promise<ExitCode>,
): Promise<void> {
  const context = await createContext(self);
  const { reachAgent } = await import('../../upkeep/index.js');
  const detach = new AbortController();
  const onInterrupt = (): void => detach.abort();
  process.once('SIGINT', onInterrupt);
  const { signal } = detach;
  try {
    const connection = await reachAgent(context.config, {
      agent,
      transport: options.transport,
      signal,
    });
    exitWith(await action(connection, context, signal));
  } catch (error) {
    if (!signal.aborted) throw error;
    context.output.note('\ndetached; what was sent goes on. codetether a2a list shows it');
    exitWith(130);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

function showTask(
  task: RemoteTask,
  { json }: CommonOptions,
  output: CommandContext['output'],
): ExitCode {
  if (json === true) output.document(taskDocument(task));
  else output.result(taskScreen(task));
  return exitCodeOf(task.state);
}

const NOT_DONE: ReadonlySet<string> = new Set([
  'failed',
  'rejected',
  'canceled',
  'input-required',
  'auth-required',
]);

function exitCodeOf(state: RemoteTask['state']): ExitCode {
  return NOT_DONE.has(state) ? 1 : 0;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function parseCount(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number');
}
