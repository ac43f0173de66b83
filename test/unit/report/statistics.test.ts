import { describe, expect, it } from 'vitest';
import { ZERO_USAGE } from '../../../src/domain/agent/model.js';
import type { RunEvent } from '../../../src/domain/run/event.js';
import type { RunRecord } from '../../../src/domain/run/ralph-run.js';
import { ZERO_SPENDING } from '../../../src/domain/run/spending.js';
import { addToolRows, runStatistics, toolStatistics } from '../../../src/report/statistics.js';
import { runRecord } from '../../support/run-records.js';

const record = runRecord();

function spent(
  changes: Partial<RunRecord>,
  { cost, model = 'kimi-k2.5' }: { readonly cost: number | null; readonly model?: string },
): RunRecord {
  return runRecord({
    ...changes,
    options: { ...record.options, model: { ...record.options.model, model } },
    overhead: {
      ...ZERO_SPENDING,
      modelCalls: 3,
      repeatedModelCalls: 1,
      usage: { ...ZERO_USAGE, inputTokens: 1000, cachedInputTokens: 400, outputTokens: 50 },
      costMicroUsd: cost,
    },
  });
}

const event = (data: RunEvent['data'], type: RunEvent['type'] = 'tool.end'): RunEvent => ({
  source: 's',
  seq: 1,
  type,
  at: '2026-01-02T03:04:05.000Z',
  ...(data === undefined ? {} : { data }),
});

describe('runStatistics', () => {
  const runs = [
    spent({ startedAt: '2026-01-02T23:59:59.000Z' }, { cost: 2000 }),
    spent(
      { startedAt: '2026-01-03T00:00:00.000Z', status: 'failed' },
      { cost: 5000, model: 'big' },
    ),
    spent({ startedAt: '2026-01-03T12:00:00.000Z', kind: 'swarm' }, { cost: null }),
  ];

  it('adds up runs by model, kind and day', () => {
    const { total, byModel, byKind, byDay } = runStatistics(runs);
    expect(total).toEqual({
      name: 'total',
      runs: 3,
      passed: 2,
      modelCalls: 9,
      repeatedModelCalls: 3,
      inputTokens: 3000,
      cachedInputTokens: 1200,
      outputTokens: 150,
      costMicroUsd: 7000,
      unpricedRuns: 1,
    });
    const names = (rows: typeof byModel) =>
      rows.map(({ name, runs: count, costMicroUsd }) => [name, count, costMicroUsd]);
    const { provider } = record.options.model;
    expect(names(byModel)).toEqual([
      [`${provider}/big`, 1, 5000],
      [`${provider}/kimi-k2.5`, 2, 2000],
    ]);
    expect(names(byKind)).toEqual([
      ['ralph', 2, 7000],
      ['swarm', 1, 0],
    ]);
    expect(names(byDay)).toEqual([
      ['2026-01-03', 2, 5000],
      ['2026-01-02', 1, 2000],
    ]);
  });

  it('counts a proof for no model', () => {
    expect(runStatistics([runRecord({ kind: 'proof' })]).byModel.map(({ name }) => name)).toEqual([
      'none',
    ]);
  });

  it('is nothing of nothing', () => {
    expect(runStatistics([])).toMatchObject({
      total: { runs: 0, costMicroUsd: 0 },
      byModel: [],
      byKind: [],
      byDay: [],
    });
  });
});

describe('toolStatistics', () => {
  it('counts calls, errors and time, most called first', () => {
    expect(
      toolStatistics([
        event({ tool: 'edit', is_error: false, duration_ms: 5 }),
        event({ tool: 'bash', is_error: true, duration_ms: 10 }),
        event({ tool: 'bash', is_error: false, duration_ms: 20 }),
        event({ tool: 'bash' }),
      ]),
    ).toEqual([
      { name: 'bash', calls: 3, errors: 1, totalMs: 30 },
      { name: 'edit', calls: 1, errors: 0, totalMs: 5 },
    ]);
  });

  it('leaves out what is no end of a call, or names no tool', () => {
    expect(
      toolStatistics([event({ tool: 'bash' }, 'tool.start'), event(undefined), event({ tool: 7 })]),
    ).toEqual([]);
  });

  it('adds rows of many runs up', () => {
    const row = { name: 'bash', calls: 1, errors: 1, totalMs: 2 };
    expect(
      addToolRows([row, row, { ...row, name: 'a' }, { ...row, name: 'b' }]).map(
        ({ name, calls }) => [name, calls],
      ),
    ).toEqual([
      ['bash', 2],
      ['a', 1],
      ['b', 1],
    ]);
  });
});
