import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { loadConfig, processEnvironment, userFolders, type Config } from '../../config/index.js';
import {
  InfrastructureError,
  runSpending,
  type RunEvent,
  type RunRecord,
} from '../../domain/index.js';
import { runDocument } from '../../report/index.js';
import type { ServiceEndpoint } from '../../service/index.js';
import { exitWith, type GlobalOptions } from '../context.js';
import { createOutput, type Output } from '../output.js';
import { progressLine } from '../ralph/progress.js';
import { runScreen } from '../ralph/screens.js';
import { exitCodeOf } from '../ralph/watch.js';

const runFile = promisify(execFile);
const EXAMPLE = fileURLToPath(new URL('../../../examples/demo', import.meta.url));
/** The worker is killed while this story's first shell command runs. */
const KILL_STORY = 'US-003';

interface DemoOptions {
  readonly json?: boolean;
  readonly down?: boolean;
}

/** Adds `codetether demo`. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'work off a small PRD in a scratch repository, with a replayed model and a worker killed in the middle',
    )
    .option('--down', 'stop the demo service at the end')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether demo\n  codetether demo --down --json\n\nNo key and no network are needed: the model is a transcript.',
    )
    .action(async (options: DemoOptions, command: Command) => {
      const globals: GlobalOptions = command.optsWithGlobals();
      await runDemo(options, globals);
    });
}

interface Scratch {
  readonly home: string;
  readonly repository: string;
  readonly config: Config;
}

async function runDemo(options: DemoOptions, globals: GlobalOptions): Promise<void> {
  const output = createOutput();
  output.note(
    'The model of this demo is a transcript that is played back; Temporal, tools, git and checks are real.',
  );
  const scratch = await prepareScratch();
  const { ensureRunning } = await import('../../service/index.js');
  const { openGateway, planRalphRun } = await import('../../runs/index.js');
  const { serviceStatus, stopService } = await import('../../host/index.js');
  const plan = await planRalphRun({ prd: 'prd.json' }, scratch.config, scratch.repository);
  const endpoint = await ensureRunning(scratch.config, {
    temporalCli: globals.temporalCli,
    onProgress: (text) => output.note(text),
  });
  if (serviceStatus(scratch.home).isolation === 'none') output.note(OPEN_SERVER);
  const open = await openGateway(scratch.config, endpoint);
  const killer = createKiller(scratch.home, output);
  try {
    await open.gateway.startRalph(plan.workflowId, plan.input);
    const { followRun } = await import('../../client/index.js');
    const record = await followRun(open.gateway, {
      runId: plan.input.runId,
      workflowId: plan.workflowId,
      signal: new AbortController().signal,
      onEvent: (event) => {
        const line = progressLine(event, { isTerminal: output.isTerminal });
        if (line !== undefined) output.paintedNote(line);
        killer.see(event);
      },
    });
    if (record === undefined) return;
    await killer.finished();
    if (options.json === true)
      output.document({ ...runDocument(record, new Date()), worker_kills: killer.kills() });
    else
      output.result(
        await closingWords({
          record,
          scratch,
          endpoint,
          kills: killer.kills(),
          isDown: options.down === true,
        }),
      );
    exitWith(exitCodeOf(record));
  } finally {
    await open.close();
    if (options.down === true) await stopService(scratch.home);
  }
}

/** Every command of the demo is one of ours, so that it may run wherever Node does. */
const ANY_MACHINE = '[sandbox]\nminimum = "process"\n\n[temporal]\nexposed = true\n';
const OPEN_SERVER =
  'this machine cannot close the embedded Temporal server to its other processes; the demo uses an open one, your own runs would ask (codetether doctor)';

/** A fresh copy of the example repository; the home is the demo's own and is used again by the next demo. */
async function prepareScratch(): Promise<Scratch> {
  const environment = processEnvironment();
  const folder = `${userFolders(environment).home}-demo`;
  const home = join(folder, 'home');
  const repository = join(
    folder,
    `tally-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}-${process.pid}`,
  );
  await mkdir(home, { recursive: true });
  await cp(join(EXAMPLE, 'repository'), repository, { recursive: true });
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['config', 'user.name', 'CodeTether Demo'],
    ['config', 'user.email', 'demo@localhost'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'first commit'],
  ]) {
    await runFile('git', args, { cwd: repository });
  }
  const configFile = join(folder, 'config.toml');
  const transcript = JSON.stringify(join(EXAMPLE, 'transcript.json'));
  await writeFile(
    configFile,
    `default_model = "replay/transcript"\n\n${ANY_MACHINE}\n[providers.replay]\nwire = "replay"\ntranscript = ${transcript}\nauth = "none"\n`,
  );
  const config = await loadConfig({
    configFile,
    project: repository,
    environment: { ...environment, CODETETHER_HOME: home, CODETETHER_DEFAULT_MODEL: undefined },
  });
  return { home, repository, config };
}

interface Killer {
  see(event: RunEvent): void;
  finished(): Promise<void>;
  kills(): number;
}

/** Kills the worker once, with SIGKILL, while a shell command of the agent is running. */
function createKiller(home: string, output: Output): Killer {
  let kill: Promise<void> | undefined;
  let count = 0;
  const strike = async (): Promise<void> => {
    const { serviceStatus } = await import('../../host/index.js');
    const worker = serviceStatus(home).processes.find((process) => process.role === 'worker');
    if (worker === undefined) {
      throw new InfrastructureError('ERR_DEMO_WORKER', {
        message: 'the demo found no worker to kill',
        hint: 'codetether doctor',
        isRetryable: false,
      });
    }
    process.kill(worker.pid, 'SIGKILL');
    count += 1;
    output.note(
      `         *** SIGKILL to the worker (pid ${worker.pid}) in the middle of this command ***`,
    );
  };
  return {
    see(event) {
      if (event.type === 'tool.start' && event.story === KILL_STORY) kill ??= strike();
    },
    finished: async () => kill,
    kills: () => count,
  };
}

interface Closing {
  readonly record: RunRecord;
  readonly scratch: Scratch;
  readonly endpoint: ServiceEndpoint;
  readonly kills: number;
  readonly isDown: boolean;
}

async function closingWords({
  record,
  scratch,
  endpoint,
  kills,
  isDown,
}: Closing): Promise<string> {
  const branch = record.publishedBranch ?? record.branch;
  const { stdout } = await runFile(
    'git',
    ['log', '--oneline', '--reverse', `${record.baseCommit}..${record.headCommit}`],
    { cwd: scratch.repository },
  );
  const { modelCalls, repeatedModelCalls } = runSpending(record);
  const environment = `CODETETHER_HOME=${scratch.home}`;
  return [
    runScreen(record, new Date()).trimEnd(),
    '',
    `The worker was killed ${kills === 1 ? 'once' : `${kills} times`}: ${repeatedModelCalls} of ${modelCalls} model calls repeated.`,
    `Commits on ${branch} in ${scratch.repository}:`,
    ...stdout
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
    'Written:',
    `  ${join(scratch.repository, 'prd.json')} (stories marked as passed), progress.txt beside it`,
    `  ${join(scratch.home, 'runs', record.runId)} (record and report)`,
    `  ${scratch.home} (Temporal database, journal, events, lanes)`,
    ...(isDown
      ? []
      : [
          `Temporal UI: ${endpoint.uiUrl === null ? 'not here' : 'codetether open'}`,
          `Look again: ${environment} node bin/codetether.js runs list`,
          `Stop it:    ${environment} node bin/codetether.js down`,
        ]),
  ].join('\n');
}
