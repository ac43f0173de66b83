import { runSpending, type RunEvent, type RunRecord } from '../domain/index.js';

/** What some runs spent together. */
export interface SpendingRow {
  /** Model, kind of run, or day. */
  readonly name: string;
  readonly runs: number;
  readonly passed: number;
  readonly modelCalls: number;
  readonly repeatedModelCalls: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** Of the runs whose price is known. */
  readonly costMicroUsd: number;
  /** Runs whose price is not known; they cost more than nothing. */
  readonly unpricedRuns: number;
}

/** Spending of a set of runs, in four ways. */
export interface RunStatistics {
  readonly total: SpendingRow;
  /** Most expensive first. */
  readonly byModel: readonly SpendingRow[];
  readonly byKind: readonly SpendingRow[];
  /** By the day on which a run started, UTC, newest first. */
  readonly byDay: readonly SpendingRow[];
}

/** Adds up what runs spent. A run counts for the model that it was started with, also where another one took over for a time. */
export function runStatistics(records: readonly RunRecord[]): RunStatistics {
  const byCost = (left: SpendingRow, right: SpendingRow): number =>
    right.costMicroUsd - left.costMicroUsd || right.inputTokens - left.inputTokens;
  const byName = (left: SpendingRow, right: SpendingRow): number =>
    left.name < right.name ? 1 : -1;
  return {
    total: rowOf('total', records),
    byModel: grouped(records, modelOf).toSorted(byCost),
    byKind: grouped(records, ({ kind }) => kind).toSorted(byCost),
    byDay: grouped(records, ({ startedAt }) => startedAt.slice(0, 10)).toSorted(byName),
  };
}

/** A proof calls no model. */
function modelOf({ kind, options: { model } }: RunRecord): string {
  return kind === 'proof' ? 'none' : `${model.provider}/${model.model}`;
}

function grouped(
  records: readonly RunRecord[],
  nameOf: (record: RunRecord) => string,
): SpendingRow[] {
  const groups = new Map<string, RunRecord[]>();
  for (const record of records) {
    const name = nameOf(record);
    groups.set(name, [...(groups.get(name) ?? []), record]);
  }
  return [...groups].map(([name, members]) => rowOf(name, members));
}

function rowOf(name: string, records: readonly RunRecord[]): SpendingRow {
  const all = records.map(runSpending);
  const sum = (pick: (spending: (typeof all)[number]) => number): number =>
    all.reduce((total, spending) => total + pick(spending), 0);
  return {
    name,
    runs: records.length,
    passed: records.filter(({ status }) => status === 'passed').length,
    modelCalls: sum(({ modelCalls }) => modelCalls),
    repeatedModelCalls: sum(({ repeatedModelCalls }) => repeatedModelCalls),
    inputTokens: sum(({ usage }) => usage.inputTokens),
    cachedInputTokens: sum(({ usage }) => usage.cachedInputTokens),
    outputTokens: sum(({ usage }) => usage.outputTokens),
    costMicroUsd: sum(({ costMicroUsd }) => costMicroUsd ?? 0),
    unpricedRuns: all.filter(({ costMicroUsd }) => costMicroUsd === null).length,
  };
}

/** How often agents called a tool. */
export interface ToolRow {
  readonly name: string;
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: number;
}

/** Counts the calls of tools in the events of runs, most called first. */
export function toolStatistics(events: Iterable<RunEvent>): ToolRow[] {
  const found: ToolRow[] = [];
  for (const { type, data } of events) {
    const name = data?.['tool'];
    if (type !== 'tool.end' || typeof name !== 'string') continue;
    const duration = data?.['duration_ms'];
    found.push({
      name,
      calls: 1,
      errors: data?.['is_error'] === true ? 1 : 0,
      totalMs: typeof duration === 'number' ? duration : 0,
    });
  }
  return addToolRows(found);
}

/** One row for each name, most called first. */
export function addToolRows(rows: readonly ToolRow[]): ToolRow[] {
  const sums = new Map<string, ToolRow>();
  for (const { name, calls, errors, totalMs } of rows) {
    const before = sums.get(name);
    sums.set(name, {
      name,
      calls: (before?.calls ?? 0) + calls,
      errors: (before?.errors ?? 0) + errors,
      totalMs: (before?.totalMs ?? 0) + totalMs,
    });
  }
  return [...sums.values()].toSorted(
    (left, right) => right.calls - left.calls || (left.name < right.name ? -1 : 1),
  );
}
