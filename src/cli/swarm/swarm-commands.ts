import type { Command } from 'commander';
import type { Gateway } from '../../client/index.js';
import { InvalidInputError, type RunRecord } from '../../domain/index.js';
import type { RetryFlags } from '../../runs/index.js';
import { createContext, type CommandContext } from '../context.js';
import { addRalphDiffCommand } from '../ralph/diff.js';
import { findRecord, findRunById } from '../ralph/find-run.js';
import {
  addBudgetOptions,
  addWaitOptions,
  addWorkerOptions,
  parseCount,
} from '../ralph/limit-options.js';
import { addRalphMergeCommand } from '../ralph/merge.js';
import { addReportCommand } from '../ralph/report.js';
import { withGateway } from '../ralph/run-access.js';
import { addCancelCommand } from '../ralph/run-commands.js';
import { resumeRequest } from '../ralph/steering-commands.js';
import { showSwarm, showSwarmEnd } from './show-swarm.js';
import { startSwarm } from './start-swarm.js';

const RUN = '01hx3v6m2q8w0c5r7t9y1z3b5d';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds what people do with a swarm: status, cancel, retry, report, diff, merge, message, stop. */
export function addSwarmCommands(swarm: Command): void {
  addStatusCommand(swarm);
  addCancelCommand(swarm);
  addRetryCommand(swarm);
  addReportCommand(swarm);
  addRalphDiffCommand(swarm);
  addRalphMergeCommand(swarm);
  addMessageCommand(swarm);
  addStopCommand(swarm);
}

function addStatusCommand(swarm: Command): void {
  swarm
    .command('status')
    .description('how a swarm stands or ended')
    .argument('[run]', 'run id (default: the latest swarm)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nExamples:\n  codetether swarm status\n  codetether swarm status ${RUN} --json`,
    )
    .action(async (run: string | undefined, _options: JsonOption, command: Command) => {
      const context = await createContext(command);
      const record =
        run === undefined
          ? await findRecord(context, ({ kind }) => kind === 'swarm', 'of kind swarm')
          : await findSwarm(context, run);
      await showSwarm(record, jsonOf(command), context);
    });
}

/** Options of the parent and of the command have the same names; either counts. */
function jsonOf(command: Command): { readonly json: boolean } {
  return { json: command.optsWithGlobals<JsonOption>().json === true };
}

async function findSwarm(context: CommandContext, run: string): Promise<RunRecord> {
  const record = await findRunById(context, run);
  if (record.kind === 'swarm') return record;
  throw new InvalidInputError('ERR_REQUEST_INVALID', {
    message: `run ${run} is no swarm but of kind ${record.kind}`,
    hint: `codetether runs show ${run}`,
  });
}

function addRetryCommand(swarm: Command): void {
  const command = swarm
    .command('retry')
    .alias('resume')
    .description('do again what did not end well; finished results and files stay')
    .argument('<run[/subtask]>', 'run id, or one subtask of it')
    .option('-m, --model <provider/model>', 'another model')
    .option(
      '--plan <file>',
      'an edited plan: subtasks with the same instruction keep their result',
    );
  addWorkerOptions(command, { who: 'subtask' }).option(
    '--verify <count>',
    'judges that look at the merged result',
    parseCount,
  );
  addWaitOptions(addBudgetOptions(command), 'before')
    .option('--yes', 'also with many agents, or above [swarm] confirm_above_usd')
    .option('--detach', 'start it and return')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nBudgets are totals of the whole run. A subtask of an open swarm is opened again; a swarm that is paused goes on, as with codetether runs resume RUN\n\nExamples:\n  codetether swarm retry ${RUN}\n  codetether swarm retry ${RUN} -m openai/gpt-5 --budget-usd 10\n  codetether swarm retry ${RUN}/api`,
    )
    .action(async (target: string, _options: object, self: Command) => {
      await retry(target, self);
    });
}

async function retry(target: string, self: Command): Promise<void> {
  const [run, subtask] = splitTarget(target);
  const context = await createContext(self);
  const flags = self.optsWithGlobals<RetryFlags & JsonOption & { readonly detach?: boolean }>();
  const record = await findSwarm(context, run);
  if (record.endedAt === null && subtask !== undefined)
    return steer(context, { run, json: flags.json }, (gateway) => gateway.retryStory(run, subtask));
  if (record.status === 'paused' && !changesWork(flags)) {
    const request = await resumeRequest(flags);
    return steer(context, { run, json: flags.json }, (gateway) => gateway.resumeRun(run, request));
  }
  const { assertModelReachable, planSwarmRetry } = await import('../../runs/index.js');
  const { processEnvironment } = await import('../../config/index.js');
  const { config } = context;
  const plan = await planSwarmRetry(record, { ...flags, subtask }, { config, cwd: process.cwd() });
  await assertModelReachable(plan.input.options.model, config, processEnvironment());
  const ended = await startSwarm(plan, flags, context);
  if (ended !== undefined) await showSwarmEnd(ended, flags, context);
}

/** True for flags that an open swarm does not take: it would have to begin anew. */
function changesWork(flags: RetryFlags): boolean {
  const { model, plan, maxParallel, maxSteps, timeout, verify, maxWait, onLimit } = flags;
  const limits = [maxWait, onLimit, flags.resumeAfter === true ? undefined : flags.resumeAfter];
  return [model, plan, maxParallel, maxSteps, timeout, verify, ...limits].some(
    (flag) => flag !== undefined,
  );
}

function addMessageCommand(swarm: Command): void {
  swarm
    .command('message')
    .description('tell the agent of a running subtask something before its next model call')
    .argument('<run/subtask>', 'run id and subtask')
    .argument('<text>', 'what it is told')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nExample:\n  codetether swarm message ${RUN}/api "the schema is in docs/api.md"`,
    )
    .action(async function message(this: Command) {
      const [target = '', text = ''] = this.args;
      const [run, subtask] = wholeTarget(target);
      const context = await createContext(this);
      await findSwarm(context, run);
      await steer(context, { run, ...jsonOf(this) }, (gateway) =>
        gateway.messageSubtask(run, subtask, text),
      );
    });
}

function addStopCommand(swarm: Command): void {
  swarm
    .command('stop')
    .description('end one subtask, also inside a tool; the others go on')
    .argument('<run/subtask>', 'run id and subtask')
    .option('--json', 'print one JSON document')
    .addHelpText('after', `\nExample:\n  codetether swarm stop ${RUN}/api`)
    .action(async (target: string, _options: JsonOption, command: Command) => {
      const [run, subtask] = wholeTarget(target);
      const context = await createContext(command);
      await findSwarm(context, run);
      await steer(context, { run, ...jsonOf(command) }, (gateway) =>
        gateway.skipStory(run, subtask),
      );
    });
}

async function steer(
  context: CommandContext,
  { run, json }: { readonly run: string; readonly json?: boolean | undefined },
  ask: (gateway: Gateway) => Promise<string>,
): Promise<void> {
  const answer = await withGateway(context, ask);
  if (json === true) context.output.document({ run_id: run, answer });
  else context.output.result(`${run}: ${answer}`);
}

function splitTarget(target: string): [run: string, subtask: string | undefined] {
  const slash = target.indexOf('/');
  return slash < 0 ? [target, undefined] : [target.slice(0, slash), target.slice(slash + 1)];
}

function wholeTarget(target: string): [run: string, subtask: string] {
  const [run, subtask] = splitTarget(target);
  if (subtask !== undefined && subtask !== '') return [run, subtask];
  throw new InvalidInputError('ERR_USAGE', {
    message: `"${target}" names no subtask`,
    hint: `write RUN/SUBTASK, for example ${RUN}/api`,
  });
}
