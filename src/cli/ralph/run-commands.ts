import type { Command } from 'commander';
import {
  proofDocument,
  proofScreen,
  runDocument,
  swarmDocument,
  swarmScreen,
} from '../../report/index.js';
import { isSatisfied, shortLine, type RunRecord } from '../../domain/index.js';
import { LiveSwarm } from '../swarm/live-swarm.js';
import { createContext, exitWith, type CommandContext } from '../context.js';
import { formatTable } from '../output.js';
import { findRecord, findRunById } from './find-run.js';
import { progressLine } from './progress.js';
import { addReportCommand } from './report.js';
import { withGateway } from './run-access.js';
import { runScreen } from './screens.js';
import { addSteeringCommands } from './steering-commands.js';
import { exitCodeOf, watchRun } from './watch.js';

interface JsonOption {
  readonly json?: boolean;
}

const LIST_LIMIT = 50;

/** Adds the family `codetether runs …`. */
export function addRunsCommand(program: Command): void {
  const runs = program
    .command('runs')
    .description('list, show, steer and report runs of every kind')
    .addHelpText('after', '\nExample:\n  codetether runs list');
  addListCommand(runs);
  addShowCommand(runs);
  addReportCommand(runs);
  addCancelCommand(runs);
  addSteeringCommands(runs);
  addEventsCommand(runs);
}

/** Adds `codetether attach`. */
export function addAttachCommand(program: Command): void {
  program
    .command('attach')
    .description('watch a run until it has ended; Ctrl+C detaches again')
    .argument('<id>', 'run id or workflow id')
    .option('--json', 'print one JSON document when the run has ended')
    .addHelpText('after', '\nExample:\n  codetether attach 01hx3v6m2q8w0c5r7t9y1z3b5d')
    .action(async (id: string, options: JsonOption, command: Command) => {
      const context = await createContext(command);
      const known = await findByEitherId(context, id);
      await withGateway(context, async (gateway) => {
        const record = await watchRun({
          gateway,
          output: context.output,
          runId: known.runId,
          workflowId: known.workflowId,
          view: known.kind === 'swarm' && options.json !== true ? new LiveSwarm() : undefined,
        });
        if (record === undefined) return;
        show(record, options, context);
        exitWith(exitCodeOf(record));
      });
    });
}

/** A run id names one record; only a workflow id has to be looked for. */
function findByEitherId(context: CommandContext, id: string): Promise<RunRecord> {
  return id.includes('/')
    ? findRecord(context, (record) => record.workflowId === id, id)
    : findRunById(context, id);
}

/** Adds `ralph status`: the latest run of a PRD. */
export function addRalphStatusCommand(ralph: Command): void {
  ralph
    .command('status')
    .description('how the latest run of a PRD stands')
    .argument('[run]', 'a run id, instead of the latest run of the PRD')
    .option('-p, --prd <file>', 'the PRD', 'prd.json')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  codetether ralph status -p prd.json\n  codetether ralph status 01hx3v6m2q8w0c5r7t9y1z3b5d --json',
    )
    .action(
      async (run: string | undefined, options: JsonOption & { prd: string }, command: Command) => {
        const context = await createContext(command);
        const { prdLocation } = await import('../../runs/index.js');
        const prdPath = await prdLocation(options.prd, process.cwd());
        const record =
          run === undefined
            ? await findRecord(context, (candidate) => candidate.prdPath === prdPath, options.prd)
            : await findRunById(context, run);
        show(record, options, context);
      },
    );
}

/** Adds `cancel RUN` to a family. */
export function addCancelCommand(family: Command): void {
  family
    .command('cancel')
    .description('stop a run; passed stories stay committed')
    .argument('<run>', 'run id')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `\nExample:\n  codetether ${family.name()} cancel 01hx3v6m2q8w0c5r7t9y1z3b5d`,
    )
    .action(async (run: string, _own: JsonOption, command: Command) => {
      // A family whose own command has options of the same names takes them first.
      const options = command.optsWithGlobals<JsonOption>();
      const context = await createContext(command);
      // Before the service is started for a run that nobody knows.
      await findRunById(context, run);
      await withGateway(context, (gateway) => gateway.cancelRun(run));
      if (options.json === true) context.output.document({ run_id: run, status: 'cancelling' });
      else context.output.result(`${run} is being cancelled`);
    });
}

/** What happened in a run, from its event log. */
function addEventsCommand(runs: Command): void {
  runs
    .command('logs')
    .description('what happened in a run, from its beginning')
    .argument('<run>', 'run id')
    .option('--json', 'print the events as JSON, one a line')
    .addHelpText('after', '\nExample:\n  codetether runs logs 01hx3v6m2q8w0c5r7t9y1z3b5d')
    .action(async (run: string, options: JsonOption, command: Command) => {
      const context = await createContext(command);
      await findRunById(context, run);
      const { config } = context;
      const { localEvents } = await import('../../runs/index.js');
      const { openEnvelope } = await import('../../keys/index.js');
      const { events, skipped } = await localEvents(config.home, openEnvelope(config)).read(run, 0);
      for (const event of events) {
        if (options.json === true) {
          context.output.line(event);
          continue;
        }
        const line = progressLine(event, { isTerminal: context.output.isTerminal });
        if (line !== undefined) context.output.paintedResult(line);
      }
      if (skipped > 0)
        context.output.note(`warning: ${skipped} unreadable lines of the event log were left out`);
    });
}

function addListCommand(runs: Command): void {
  runs
    .command('list')
    .description('the latest runs, newest first')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  codetether runs list')
    .action(async (options: JsonOption, command: Command) => {
      const { output, config } = await createContext(command);
      const { localRunRecords, standingRuns } = await import('../../runs/index.js');
      const { records: saved, unreadable } = await localRunRecords(config.home).newest(LIST_LIMIT);
      const records = (await standingRuns(config, saved)).map(({ record }) => record);
      for (const file of unreadable) output.note(`warning: ${file} cannot be read; left out`);
      if (options.json === true) {
        const now = new Date();
        output.document({
          runs: records.map((record) => runDocument(record, now)),
          ...(unreadable.length === 0 ? {} : { unreadable }),
        });
        return;
      }
      if (records.length === 0) {
        output.result('no runs yet (start one with: codetether ralph run -p prd.json)');
        return;
      }
      const rows = records.map((record) => [
        record.runId,
        record.status,
        `${doneOf(record)}/${record.stories.length}`,
        record.startedAt.slice(0, 19),
        whatOf(record),
      ]);
      output.result(formatTable([['RUN', 'STATUS', 'PASSED', 'STARTED', 'WHAT'], ...rows]));
    });
}

/** What the run is about; of one that stands still or was ended by somebody else, first why. */
function whatOf({ project, feature, standstill, failure, reason }: RunRecord): string {
  const what = `${project}: ${feature}`;
  const why = standstill?.reason ?? (failure === null ? reason : failure.message);
  return why.includes(OPERATOR) ? `${shortLine(why, WHY_LIMIT)} · ${what}` : what;
}

const OPERATOR = 'by Temporal operator';
const WHY_LIMIT = 120;

function addShowCommand(runs: Command): void {
  runs
    .command('show')
    .description('how a run stands or ended')
    .argument('<run>', 'run id')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  codetether runs show 01hx3v6m2q8w0c5r7t9y1z3b5d --json')
    .action(async (run: string, options: JsonOption, command: Command) => {
      const context = await createContext(command);
      show(await findRunById(context, run), options, context);
    });
}

function show(record: RunRecord, options: JsonOption, { output }: CommandContext): void {
  const now = new Date();
  if (record.kind === 'swarm') {
    if (options.json === true) output.document(swarmDocument(record, preview(record), now));
    else output.result(swarmScreen(record, preview(record), now));
    return;
  }
  if (record.kind === 'proof') {
    if (options.json === true) output.document(proofDocument(record));
    else output.result(proofScreen(record));
    return;
  }
  if (options.json === true) output.document(runDocument(record, now));
  else output.result(runScreen(record, now).trimEnd());
}

/** The beginning of a swarm's answer; `swarm status` prints all of it. */
function preview({ swarm }: RunRecord): string | null {
  return swarm?.answer?.preview ?? null;
}

/** A subtask that ended well is done, whether somebody checked the whole or not. */
function doneOf({ kind, stories }: RunRecord): number {
  return stories.filter(({ status }) =>
    kind === 'swarm' ? isSatisfied(status) : status === 'passed',
  ).length;
}
