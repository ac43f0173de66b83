import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addStatsCommand } from '../../../../src/cli/commands/stats.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { createEventLog } from '../../../../src/platform/storage/event-log.js';
import { commandBench } from '../../../support/command-bench.js';
import { runRecord } from '../../../support/run-records.js';
import { saveRunRecord } from '../../../support/saved-records.js';

const DAY_MS = 86_400_000;
const id = (digit: number): string => `01hx3v6m2q8w0c5r7t9y1z3b5${digit}`;

async function bench() {
  const made = await commandBench(addStatsCommand);
  const save = (digit: number, days: number, changes: Partial<RunRecord> = {}) =>
    saveRunRecord(
      made.home,
      runRecord({
        runId: id(digit),
        startedAt: new Date(Date.now() - days * DAY_MS).toISOString(),
        overhead: { ...ZERO_SPENDING, modelCalls: 2, costMicroUsd: 1_500_000 },
        ...changes,
      }),
    );
  return { ...made, save };
}

interface Document {
  readonly days: number | null;
  readonly total?: {
    readonly runs: number;
    readonly cost_usd: number;
    readonly model_calls: number;
  };
  readonly by_day?: readonly { readonly name: string }[];
  readonly tools?: readonly {
    readonly name: string;
    readonly calls: number;
    readonly errors: number;
  }[];
}

describe('stats', () => {
  it('says that there is nothing, where there is nothing', async () => {
    const { run } = await bench();
    expect(await run('stats')).toEqual({
      code: 0,
      out: 'no runs in this time (--all counts all of them)\n',
      err: '',
    });
    expect((await run('stats', '--tools')).out).toBe('no calls of tools in this time\n');
  });

  it('adds up the last thirty days, or as many as are asked for, or all', async () => {
    const { run, save } = await bench();
    await save(1, 1);
    await save(2, 20);
    await save(3, 40);
    const of = async (...words: string[]) => {
      const { days, total } = JSON.parse((await run('stats', '--json', ...words)).out) as Document;
      return [days, total?.runs, total?.cost_usd];
    };
    expect(await of()).toEqual([30, 2, 3]);
    expect(await of('--days', '2')).toEqual([2, 1, 1.5]);
    expect(await of('--all')).toEqual([null, 3, 4.5]);
  });

  it('is a table for people, with what has no price named', async () => {
    const { run, save } = await bench();
    await save(1, 1);
    await save(2, 1, { overhead: { ...ZERO_SPENDING, costMicroUsd: null } });
    const { out } = await run('stats');
    for (const title of ['MODEL', 'KIND', 'DAY', 'TOTAL'])
      expect(out).toMatch(new RegExp(`^${title} +RUNS`, 'm'));
    expect(out).toContain('$1.5000 + 1 of unknown price');
  });

  it('counts only the runs of this repository with --project', async () => {
    const { run, save, folder } = await bench();
    await save(1, 1);
    await save(2, 1, { repository: folder });
    const total = async () =>
      (JSON.parse((await run('stats', '--project', '--json')).out) as Document).total?.runs;
    expect(await total()).toBe(1);
    execFileSync('git', ['init', '-q', folder]);
    expect(await total()).toBe(1);
  });

  it('counts calls of tools by the events of the runs, all or one', async () => {
    const { run, save, home } = await bench();
    await save(1, 1);
    const log = createEventLog(join(home, 'events'));
    const end = (seq: number, tool: string, isError: boolean) => ({
      source: 's',
      seq,
      type: 'tool.end' as const,
      at: new Date().toISOString(),
      data: { tool, is_error: isError, duration_ms: 1500 },
    });
    await log.append(id(1), [end(1, 'bash', true), end(2, 'bash', false), end(3, 'edit', false)]);
    expect((await run('stats', '-t')).out).toBe(
      'TOOL  CALLS  ERRORS  TIME\nbash  2      1       3.0 s\nedit  1      0       1.5 s\n',
    );
    const one = JSON.parse((await run('stats', '--tool', 'edit', '--json')).out) as Document;
    expect([one.tools, one.total]).toEqual([
      [{ name: 'edit', calls: 1, errors: 0, total_ms: 1500 }],
      undefined,
    ]);
    const both = JSON.parse(
      (await run('stats', '-t', '--tokens', '-l', '1', '--json')).out,
    ) as Document;
    expect([both.tools?.length, both.total?.model_calls]).toEqual([1, 2]);
  });

  it('leaves out a record that cannot be read, and names it', async () => {
    const { run, home } = await bench();
    await mkdir(join(home, 'runs', id(4)), { recursive: true });
    await writeFile(join(home, 'runs', id(4), 'record.json'), '{');
    const { code, err } = await run('stats');
    expect([code, err]).toEqual([0, expect.stringContaining(id(4))]);
  });

  it.each([
    ['--days', '0'],
    ['--limit', 'x'],
    ['--nonsense', ''],
  ])('refuses %s %s', async (flag, value) => {
    const { run } = await bench();
    expect((await run('stats', flag, value)).code).toBe(2);
  });
});
