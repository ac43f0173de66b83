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
