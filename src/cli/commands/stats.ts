import { realpath } from 'node:fs/promises';
import type { Command } from 'commander';
import { toUsd, type RunRecord } from '../../domain/index.js';
import {
  addToolRows,
  formatUsd,
  runStatistics,
  toolStatistics,
  type RunStatistics,
  type SpendingRow,
  type ToolRow,
} from '../../report/index.js';
import { createContext, type CommandContext } from '../context.js';
import { formatTable } from '../output.js';
import { parseCount } from '../ralph/limit-options.js';

interface StatsOptions {
  readonly days: number;
  readonly all?: boolean;
  readonly project?: boolean;
  readonly tools?: boolean;
  readonly tool?: string;
  readonly tokens?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

const HELP = `
Tokens, cost and calls come from the records of runs, calls of tools from their events; both go with codetether cleanup. Cost is that of
runs whose prices are known.

Examples:
  codetether stats
  codetether stats --days 7 --project
  codetether stats --tools --all
  codetether stats --tool bash --json`;

const DAY_MS = 86_400_000;
/** Records read at most; the newest. */
const RECORDS_READ = 10_000;

/** Adds `codetether stats`. */
export function addStatsCommand(program: Command): void {
  program
    .command('stats')
    .description('tokens, cost and calls of runs by model, kind and day; calls of tools')
    .option('--days <count>', 'runs that were started in the last days', parseCount, 30)
    .option('--all', 'all runs, however old')
    .option('--project', 'only runs of the repository of this folder')
    .option('-t, --tools', 'how often agents called each tool')
    .option('--tool <name>', 'only this tool')
    .option('--tokens', 'tokens, cost and calls (the default)')
    .option('-l, --limit <count>', 'rows of each table', parseCount, 20)
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (options: StatsOptions, command: Command) => {
      const context = await createContext(command);
      const records = await chosenRuns(options, context);
      const isOfTools = options.tools === true || options.tool !== undefined;
      const tools = isOfTools ? await countTools(records, options, context) : undefined;
      const spending = !isOfTools || options.tokens === true ? runStatistics(records) : undefined;
      show({ tools, spending }, options, context);
    });
}

async function chosenRuns(options: StatsOptions, context: CommandContext): Promise<RunRecord[]> {
  const { localRunRecords, repositoryAround } = await import('../../runs/index.js');
  const { records, unreadable } = await localRunRecords(context.config.home).newest(RECORDS_READ);
  for (const file of unreadable) context.output.note(`warning: ${file} cannot be read; left out`);
  const since = options.all === true ? 0 : Date.now() - options.days * DAY_MS;
  const chosen = records.filter(({ startedAt }) => Date.parse(startedAt) >= since);
  if (options.project !== true) return chosen;
  const here = await realpath(process.cwd());
  const repository = (await repositoryAround(here)) ?? here;
  return chosen.filter((record) => record.repository === repository);
}

/** Calls of tools in the events of the runs; `--tool` leaves one row. */
async function countTools(
  records: readonly RunRecord[],
  { tool }: StatsOptions,
  { config, output }: CommandContext,
): Promise<ToolRow[]> {
  const { localEvents } = await import('../../runs/index.js');
  const { openEnvelope } = await import('../../keys/index.js');
  const log = localEvents(config.home, openEnvelope(config));
  const found: ToolRow[][] = [];
  let skipped = 0;
  for (const { runId } of records) {
    const page = await log.read(runId, 0);
    skipped += page.skipped;
    found.push(toolStatistics(page.events));
  }
  if (skipped > 0) output.note(`warning: ${skipped} unreadable lines of event logs were left out`);
  const rows = addToolRows(found.flat());
  return tool === undefined ? rows : rows.filter(({ name }) => name === tool);
}

interface Shown {
  readonly tools: readonly ToolRow[] | undefined;
  readonly spending: RunStatistics | undefined;
}

function show({ tools, spending }: Shown, options: StatsOptions, { output }: CommandContext): void {
  const { limit } = options;
  if (options.json === true) {
    output.document({
      days: options.all === true ? null : options.days,
      ...(spending === undefined ? {} : spendingDocument(spending, limit)),
      ...(tools === undefined ? {} : { tools: tools.slice(0, limit).map(toolDocument) }),
    });
    return;
  }
  if (spending !== undefined) {
    if (spending.total.runs === 0) output.result('no runs in this time (--all counts all of them)');
    else output.result(spendingScreen(spending, limit));
  }
  if (tools === undefined) return;
  const rows = tools
    .slice(0, limit)
    .map(({ name, calls, errors, totalMs }) => [
      name,
      String(calls),
      String(errors),
      `${(totalMs / 1000).toFixed(1)} s`,
    ]);
  if (rows.length === 0) output.result('no calls of tools in this time');
  else output.result(formatTable([['TOOL', 'CALLS', 'ERRORS', 'TIME'], ...rows]));
}

function spendingScreen({ total, byModel, byKind, byDay }: RunStatistics, limit: number): string {
  const table = (title: string, rows: readonly SpendingRow[]): string =>
    formatTable([
      [title, 'RUNS', 'PASSED', 'CALLS', 'TOKENS IN', 'CACHED', 'TOKENS OUT', 'COST'],
      ...rows.slice(0, limit).map(cells),
    ]);
  return [
    table('MODEL', byModel),
    table('KIND', byKind),
    table('DAY', byDay),
    table('TOTAL', [total]),
  ].join('\n\n');
}

function cells(row: SpendingRow): string[] {
  const cost = formatUsd(toUsd(row.costMicroUsd));
  return [
    row.name,
    String(row.runs),
    String(row.passed),
    String(row.modelCalls),
    String(row.inputTokens),
    String(row.cachedInputTokens),
    String(row.outputTokens),
    row.unpricedRuns === 0 ? cost : `${cost} + ${row.unpricedRuns} of unknown price`,
  ];
}

function spendingDocument(
  { total, byModel, byKind, byDay }: RunStatistics,
  limit: number,
): Record<string, unknown> {
  const rows = (all: readonly SpendingRow[]) => all.slice(0, limit).map(rowDocument);
  return {
    total: rowDocument(total),
    by_model: rows(byModel),
    by_kind: rows(byKind),
    by_day: rows(byDay),
  };
}

function rowDocument(row: SpendingRow): Record<string, unknown> {
  return {
    name: row.name,
    runs: row.runs,
    passed: row.passed,
    model_calls: row.modelCalls,
    repeated_model_calls: row.repeatedModelCalls,
    input_tokens: row.inputTokens,
    cached_input_tokens: row.cachedInputTokens,
    output_tokens: row.outputTokens,
    cost_usd: toUsd(row.costMicroUsd),
    unpriced_runs: row.unpricedRuns,
  };
}

function toolDocument({ name, calls, errors, totalMs }: ToolRow): Record<string, unknown> {
  return { name, calls, errors, total_ms: totalMs };
}
