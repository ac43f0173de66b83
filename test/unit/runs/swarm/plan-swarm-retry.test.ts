import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import { runSpending, type RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import { planSwarmRetry, type RetryFlags } from '../../../../src/runs/swarm/plan-swarm-retry.js';
import { attemptRecord, RALPH_OPTIONS } from '../../../support/ralph-bench.js';
import { runRecord, storyRecord } from '../../../support/run-records.js';
import { story } from '../../../support/stories.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** One attempt that cost one model call. */
const attempt = attemptRecord({
  reason: 'it ended',
  spending: { ...ZERO_SPENDING, modelCalls: 1 },
});
const subtask = (id: string, more: Parameters<typeof storyRecord>[1] = {}) =>
  storyRecord(id, { story: story(id, { description: `Do ${id}` }), attempts: [attempt], ...more });

function ended(changes: Partial<RunRecord> = {}): RunRecord {
  const stories = [
    subtask('a', { status: 'unverified', commit: 'c'.repeat(40) }),
    subtask('b', { status: 'failed' }),
    subtask('c', {
      status: 'waiting_on_dependency',
      attempts: [],
      story: story('c', { description: 'Do c', dependsOn: ['b'] }),
    }),
    subtask('d', { status: 'failed' }),
  ];
  return runRecord({
    kind: 'swarm',
    status: 'failed',
    options: { ...RALPH_OPTIONS, model: { provider: 'openai', model: 'gpt-5' } },
    stories,
    swarm: {
      task: 'The task',
      strategy: 'auto',
      planned: 'file',
      maxSubagents: 9,
      timeoutMs: 60_000,
      verify: 0,
      traits: ['a', 'b', 'c', 'd'].map((id) => ({ id, agent: 'explore', touches: [] })),
      hasFiles: false,
      answer: null,
      isFinished: false,
      isVerified: null,
    },
    ...changes,
  });
}

async function setup() {
  const cwd = await temporaryFolder();
  const config = await loadConfig({ project: cwd, environment: { HOME: cwd } });
  const retry = (record: RunRecord, flags: RetryFlags & { readonly subtask?: string } = {}) =>
    planSwarmRetry(record, flags, { config, cwd });
  return { cwd, retry };
}

const code = (refused: Promise<unknown>): Promise<string> =>
  refused.then(
    () => '',
    (error: { readonly code: string }) => error.code,
  );

describe('planSwarmRetry', () => {
  it('goes on with the same run, limits and plan, on another model where one is named', async () => {
    const { retry } = await setup();
    const { workflowId, input } = await retry(ended(), { model: 'openai/gpt-5-mini', timeout: 5 });
    expect([workflowId, input.runId, input.timeoutMs, input.options.model]).toEqual([
      ended().workflowId,
      'run-1',
      5000,
      { provider: 'openai', model: 'gpt-5-mini' },
    ]);
    expect(input.subtasks.map(({ id, instruction }) => `${id} ${instruction}`)).toEqual([
      'a Do a',
      'b Do b',
      'c Do c',
      'd Do d',
    ]);
    expect(input.reopen).toBeUndefined();
  });

  it('opens one subtask and what waits for it when it is named', async () => {
    const { retry } = await setup();
    expect((await retry(ended(), { subtask: 'b' })).input.reopen).toEqual(['b', 'c']);
    expect(await code(retry(ended(), { subtask: 'a' }))).toBe('ERR_STORY_DONE');
    expect(await code(retry(ended(), { subtask: 'z' }))).toBe('ERR_STORY_UNKNOWN');
  });

  it('counts what an edited plan threw away, and gives edited work no result of before', async () => {
    const { cwd, retry } = await setup();
    const subtasks = [
      { id: 'a', instruction: 'Do a in another way' },
      { id: 'b', instruction: 'Do b' },
      { id: 'e', instruction: 'Do e' },
    ];
    await writeFile(join(cwd, 'plan.json'), JSON.stringify({ subtasks }));
    const record = ended();
    const { input } = await retry(record, { plan: 'plan.json' });
    const { carried } = input;
    if (carried === undefined) throw new Error('nothing is carried');
    expect(
      carried.stories.map(({ story: { id }, status, commit }) => [id, status, commit]),
    ).toEqual([
      ['a', 'failed', null],
      ['b', 'failed', null],
    ]);
    expect(carried.stories[0]?.attempts.at(-1)?.reason).toBe(
      'the plan gives it other work since; before: it ended',
    );
    expect(runSpending(carried)).toEqual(runSpending(record));
  });

  it('keeps every limit that nobody gave anew, and takes those that somebody did', async () => {
    const { retry } = await setup();
    const before = {
      ...RALPH_OPTIONS,
      model: { provider: 'openai', model: 'gpt-5' },
      contextWindow: 400_000,
      maxTurns: 7,
      parallel: 3,
      budget: { costMicroUsd: 5_000_000, tokens: 1000, calls: 20 },
      until: '2030-01-01T00:00:00.000Z',
      waitLimitMs: 60_000,
      allowRedBaseline: true,
      subAgents: { depth: 1, count: 20, recalls: 20 },
      questions: { waitMs: 600_000, unattended: 'park' as const },
    };
    const record = ended({ options: before });
    const { options, timeoutMs, maxSubagents } = (await retry(record)).input;
    // the moment until which it was to work has nothing to do with a retry
    expect([options, timeoutMs, maxSubagents]).toEqual([
      { ...before, maxAttempts: 1, maxIterations: 1_000_000, canaries: 'off', until: null },
      60_000,
      9,
    ]);
    const given = await retry(record, { budgetUsd: 9, maxCalls: 30, maxWait: '2h', maxSteps: 4 });
    expect(given.input.options).toMatchObject({
      budget: { costMicroUsd: 9_000_000, tokens: 1000, calls: 30 },
      waitLimitMs: 7_200_000,
      maxTurns: 4,
      parallel: 3,
    });
  });

  it('carries a swarm of a thousand wide subtasks in one message', async () => {
    const { retry } = await setup();
    const files = Array.from(
      { length: 500 },
      (_, index) => `packages/some-name/src/file-${index}.ts`,
    );
    const wide = attemptRecord({
      summary: 's'.repeat(1000),
      reason: 'r'.repeat(1000),
      changedFiles: files,
      spending: { ...ZERO_SPENDING, modelCalls: 1 },
    });
    const stories = Array.from({ length: 1000 }, (_, index) =>
      subtask(`s-${index}`, { status: index < 20 ? 'failed' : 'unverified', attempts: [wide] }),
    );
    const record = ended({ stories });
    const { carried } = (await retry(record)).input;
    if (carried === undefined) throw new Error('nothing is carried');
    expect([carried.stories.length, runSpending(carried)]).toEqual([1000, runSpending(record)]);
  });

  it('asks a person about many agents or much money, as a start does', async () => {
    const { retry } = await setup();
    const stories = Array.from({ length: 30 }, (_, index) =>
      subtask(`s-${index}`, { status: 'failed' }),
    );
    const many = ended({ stories });
    expect(await code(retry(many))).toBe('ERR_SWARM_NEEDS_YES');
    expect((await retry(many, { yes: true })).estimate?.agents).toBe(30);
    // what is done is not done again
    const few = stories.map((entry, index) =>
      index < 10 ? { ...entry, status: 'unverified' as const } : entry,
    );
    expect((await retry(ended({ stories: few }))).estimate?.agents).toBe(20);
    expect((await retry(many, { subtask: 's-1' })).estimate?.agents).toBe(1);
  });

  it('says how a dry run is carried out instead of starting it', async () => {
    const { retry } = await setup();
    const { swarm, ...rest } = ended();
    if (swarm === undefined) throw new Error('no swarm');
    const stories = [subtask('a', { status: 'skipped', attempts: [] })];
    for (const dry of [
      ended({ ...rest, stories, swarm: { ...swarm, isDryRun: true } }),
      ended({ ...rest, stories, status: 'passed', reason: 'dry run: planned 1 subtasks' }),
    ])
      await expect(retry(dry)).rejects.toMatchObject({
        code: 'ERR_SWARM_DRY_RUN',
        hint: expect.stringContaining('codetether swarm --plan plan.json'),
      });
  });

  it.each([
    ['is open', { status: 'running', endedAt: null }, 'ERR_RUN_OPEN'],
    ['was discarded', { discardedAt: '2026-01-02T03:04:05.000Z' }, 'ERR_RUN_DISCARDED'],
    [
      'is done',
      { status: 'passed', stories: [subtask('a', { status: 'passed' })] },
      'ERR_SWARM_FINISHED',
    ],
  ] as const)('refuses one that %s', async (...[, changes, expected]) => {
    const { retry } = await setup();
    const { stories, ...rest } = { stories: undefined, ...changes };
    const record = ended({ ...rest, ...(stories === undefined ? {} : { stories: [...stories] }) });
    expect(await code(retry(record))).toBe(expected);
  });
});
