import { describe, expect, it } from 'vitest';
import { draftCost } from '../../../../src/cli/await-draft.js';
import { isConfirmed } from '../../../../src/cli/confirm.js';
import { createOutput } from '../../../../src/cli/output.js';
import { scriptLines } from '../../../../src/cli/script/script-lines.js';
import { runDraftedScript } from '../../../../src/cli/swarm/drafted-script.js';
import { addSwarmCommand } from '../../../../src/cli/swarm/swarm.js';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import { NO_BUDGET } from '../../../../src/domain/run/budget.js';
import type { PlannedScript } from '../../../../src/runs/index.js';
import { commandBench } from '../../../support/command-bench.js';
import { RALPH_OPTIONS } from '../../../support/ralph-bench.js';

describe('swarm TASK -s script', () => {
  it.each([
    ['--plan', 'plan.json'],
    ['--input', 'rows.csv'],
    ['--template', 'x {a}'],
    ['--agent', 'reviewer'],
  ])('takes no %s: the program says what is done', async (flag, value) => {
    const { run } = await commandBench(addSwarmCommand);
    const { code, err } = await run('swarm', 'do it', '-s', 'script', flag, value);
    expect([code, err]).toEqual([2, expect.stringContaining(`${flag} does not go with -s script`)]);
  });

  it('says what is wrong with task and model before anything is started', async () => {
    const { run } = await commandBench(addSwarmCommand);
    const none = await run('swarm', '-s', 'script');
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('the task is missing')]);
    const long = await run('swarm', 'x'.repeat(140 * 1024), '-s', 'script');
    expect([long.code, long.err]).toEqual([2, expect.stringContaining('more than 128 KiB')]);
    const model = await run('swarm', 'do it', '-s', 'script', '-m', 'nobody/one');
    expect([model.code, model.err]).toEqual([2, expect.stringContaining('ERR_PROVIDER_UNKNOWN')]);
  });

  it('is the same by itself', async () => {
    const output = createOutput();
    const context = { output } as Parameters<typeof runDraftedScript>[2];
    await expect(runDraftedScript('do it', { schema: 'x.json' }, context)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      where: { field: '--schema' },
    });
  });
});

describe('what is about to run', () => {
  it('is told with limits, branch, checks and notes', () => {
    const plan = {
      script: { meta: { name: 'one', description: 'does it' }, path: '/x/one.js' },
      input: {
        options: { ...RALPH_OPTIONS, parallel: 4, budget: { ...NO_BUDGET, tokens: 900 } },
        script: { mostAgents: 7 },
        branch: 'script/one',
        hasFiles: true,
        checks: [{ name: 'test' }],
        notes: ['mind this'],
      },
    } as unknown as PlannedScript;
    expect(scriptLines(plan)).toBe(
      'one: does it\n  file      /x/one.js\n  limits    7 agents, 4 at once, 900 tokens\n  branch    script/one\n  checks    test\n  note      mind this',
    );
    const bare = { ...plan, input: { ...plan.input, hasFiles: false, notes: [] } };
    expect(scriptLines(bare)).not.toContain('branch');
  });
});

describe('a question that needs a yes', () => {
  it('is refused where nobody can answer, with what to add', async () => {
    const output = createOutput();
    const asked = { question: 'Go?', unanswered: 'nobody is there' };
    const without = { output: { ...output, isTerminal: false } } as { output: typeof output };
    await expect(isConfirmed(without, asked)).rejects.toMatchObject({
      code: 'ERR_NOT_CONFIRMED',
      message: 'nobody is there',
      hint: 'add --yes',
    });
    const half = { output: { ...output, isTerminal: true } } as { output: typeof output };
    await expect(isConfirmed(half, { ...asked, hint: 'say so' })).rejects.toMatchObject({
      hint: 'say so',
    });
  });
});

describe('what a draft has cost', () => {
  it('is told with who had it made', () => {
    const spending = {
      turns: 2,
      modelCalls: 2,
      repeatedModelCalls: 0,
      usage: { ...ZERO_USAGE, inputTokens: 30, outputTokens: 4 },
      costMicroUsd: 1_500_000,
    };
    const told = '2 model calls, 30 tokens in, 4 out; cost $1.5000';
    expect(draftCost({ isKnown: false, spending })).toBe(told);
    expect(draftCost({ isKnown: true, spending })).toBe(`made by an earlier command: ${told}`);
    const again = draftCost({ isKnown: true, spending }, ' (--again makes another)');
    expect(again).toBe(`made by an earlier command (--again makes another): ${told}`);
  });
});
