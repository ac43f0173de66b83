import { scriptThread } from '../../../support/script-activity-bench.js';
import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import type { ScriptFacts } from '../../../../src/domain/script/script-facts.js';
import { addToScript } from '../../../../src/platform/storage/repl-journal.js';
import { commandStores } from '../../../../src/runs/results/command-stores.js';
import {
  planScriptRetry,
  type ScriptRetryFlags,
} from '../../../../src/runs/script/plan-script-retry.js';
import { planScriptRun } from '../../../../src/runs/script/plan-script-run.js';
import {
  closeScript,
  openSwarmRecord,
  withFacts,
} from '../../../../src/workflows/swarm/swarm-record.js';
import { play, promptOf } from '../../../support/script-bench.js';
import { namedScript, scriptFiles } from '../../../support/script-files.js';

const AT = '2026-01-02T03:04:05.000Z';
const BODY = `
const found = await parallel(['a', 'b'].map((name) => () => agent('find ' + name)));
return agent('join ' + found.length);`;

/** A script that has ended, with what it paid for in its journal. */
async function setup(facts: Partial<ScriptFacts> = { state: 'failed' }) {
  const files = await scriptFiles();
  const { repository, config, save } = files;
  const { blobs } = commandStores(config);
  const text = namedScript('one', BODY);
  const path = await save('one', text);
  const flags = { checks: false as const, budgetTokens: 1000, model: 'openai/gpt-5', maxAgents: 9 };
  const { input, workflowId } = await planScriptRun('one', flags, { config, cwd: repository });
  const { calls, ends } = await play(text, { answer: () => 'ok' });
  const chains = calls.map(({ id, chain }) => ({ id, chain }));
  const begun = await addToScript(null, { ends: null, chains, hash: '' }, blobs);
  // the last call had not ended
  const known = ends.slice(0, 2);
  const journal = await addToScript(begun, { ends: known, chains: [], hash: '' }, blobs);
  const opened = openSwarmRecord(input, { workflowId, startedAt: AT });
  const script = opened.swarm?.script;
  if (script === undefined) throw new Error('no script');
  const record = closeScript(
    withFacts(opened, { script: { ...script, state: 'failed', journal, ...facts } }),
    AT,
  );
  const retry = (given: ScriptRetryFlags = {}, changes: Partial<RunRecord> = {}) =>
    planScriptRetry({ ...record, ...changes }, given, { config, cwd: repository, ...scriptThread });
  const returned: Partial<RunRecord> = {
    ...withFacts(record, { script: { ...script, journal, state: 'done' } }),
    status: 'passed',
  };
  expect(calls.map(promptOf)).toHaveLength(3);
  return { ...files, record, returned, retry, path, blobs, task: script.task };
}

const codeOf = (refused: Promise<unknown>) =>
  refused.then(
    () => '',
    (error: { readonly code: string }) => error.code,
  );

describe('a script that goes on', () => {
  it('is the same run with what it has paid for, and asks what is left', async () => {
    const { retry, record, task } = await setup();
    const { input, workflowId, preview, task: again } = await retry();
    expect([workflowId, input.runId, input.branch]).toEqual([
      record.workflowId,
      record.runId,
      record.branch,
    ]);
    expect(preview).toEqual({ taken: 2, asked: ['agent join 2'], end: null });
    expect(again).toEqual({ ...task, known: expect.any(Object) });
    expect(input).toMatchObject({
      planned: 'script',
      subtasks: [],
      isConfirmed: true,
      script: { budgetTokens: 1000, mostAgents: 9 },
      options: { budget: { tokens: 1000 }, model: { provider: 'openai', model: 'gpt-5' } },
      carried: { runId: record.runId },
    });
  });

  it('has the limits that are given now, and the script sees them', async () => {
    const { retry } = await setup();
    const { input } = await retry({ budgetTokens: 9000, model: 'openai/gpt-5-mini', timeout: 5 });
    expect(input).toMatchObject({
      timeoutMs: 5000,
      script: { budgetTokens: 9000 },
      options: { model: { model: 'gpt-5-mini' }, budget: { tokens: 9000 } },
    });
  });

  it('runs the text that it began with, whatever its file is now', async () => {
    const { retry, save, path, task } = await setup();
    await save('one', namedScript('one', BODY.replace("'b'", "'B'")));
    expect((await retry()).task.source).toEqual(task?.source);
    await rm(path);
    expect((await retry()).preview.taken).toBe(2);
    expect(await codeOf(retry({ edited: true }))).toBe('ERR_SCRIPT_UNKNOWN');
  });

  it('runs its file as it is now where that is asked for, and shows what is asked again', async () => {
    const { retry, save, task } = await setup();
    await save('one', namedScript('one', BODY.replace("'b'", "'B'")));
    const { task: edited, preview } = await retry({ edited: true });
    expect(preview).toEqual({ taken: 1, asked: ['agent find B'], end: null });
    expect([edited.source, edited.args]).toEqual([
      expect.not.objectContaining(task?.source ?? {}),
      task?.args,
    ]);
    await save('one', namedScript('one', 'return ;;;)'));
    expect(await codeOf(retry({ edited: true }))).toBe('ERR_SCRIPT_INVALID');
  });

  it('that had asked nothing begins anew', async () => {
    const { retry } = await setup({ state: 'cut', journal: null });
    const { task, preview } = await retry();
    expect([task.known, preview.taken]).toEqual([null, 0]);
  });
});

describe('a script that does not go on', () => {
  it('is open, was discarded, has returned, or is none; what to do instead is said', async () => {
    const { retry, record, returned } = await setup();
    const { runId } = record;
    for (const [changes, code, message, hint] of [
      [
        { status: 'running' as const },
        'ERR_RUN_OPEN',
        `script ${runId} has not ended: running`,
        `codetether runs cancel ${runId} ends it`,
      ],
      [
        { discardedAt: AT },
        'ERR_RUN_DISCARDED',
        `script ${runId} was discarded at ${AT}`,
        'codetether runs list',
      ],
      [
        returned,
        'ERR_SCRIPT_FINISHED',
        `script ${runId} has returned, and nothing speaks against its result`,
        `codetether script retry ${runId} --edited runs the file as it is now`,
      ],
      [
        { swarm: undefined } as unknown as Partial<RunRecord>,
        'ERR_REQUEST_INVALID',
        `run ${runId} is no script`,
        'codetether runs list',
      ],
    ] as const)
      await expect(retry({}, changes)).rejects.toMatchObject({ code, message, hint });
  });

  it('goes on all the same when it has returned and was edited, or its result is not verified', async () => {
    const { retry, returned } = await setup();
    expect(await codeOf(retry({ edited: true }, returned))).toBe('');
    expect(await codeOf(retry({}, { ...returned, status: 'failed' }))).toBe('');
  });
});
