import { describe, expect, it, vi } from 'vitest';
import type { ToolResult } from '../../src/domain/agent/tool-call.js';
import type { RuleNote } from '../../src/domain/agent/denial.js';
import {
  fakeCall,
  fakeRef,
  fakeReply,
  storyDone,
  type FakeScript,
} from '../support/fake-activities.js';
import { endedRecord, RALPH_INPUT, statuses, withRalph } from '../support/ralph-workflow.js';
import { story } from '../support/stories.js';
import { useTimeSkipping } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
const MINUTE = 60_000;
const ASK: RuleNote = {
  effect: 'ask',
  rule: 'bash(git push) in a.toml',
  call: 'bash {"command":"git push"}',
};

function options(waitMs: number, unattended: 'park' | 'deny' = 'deny') {
  return {
    stories: [story('US-001')],
    options: {
      ...RALPH_INPUT.options,
      waitLimitMs: 8 * 60 * MINUTE,
      questions: { waitMs, unattended },
      definitions: fakeRef(77),
    },
  };
}

/** One call, then the end. */
function calls(
  call: ReturnType<typeof fakeCall>,
  executeTool?: (input: { approved?: string | undefined }) => Partial<ToolResult>,
): FakeScript {
  let turn = 0;
  return {
    callModel: () => {
      turn += 1;
      return fakeReply({ calls: [turn === 1 ? call : storyDone()] });
    },
    ...(executeTool === undefined
      ? {}
      : { executeTool: (input: object) => Promise.resolve(executeTool(input)) }),
  } as FakeScript;
}

const BASH = fakeCall('bash', { access: 'execute', title: 'bash: git push', digest: 'abc123' });

function texts({ fake }: { readonly fake: { readonly modelInputs: readonly unknown[] } }): string {
  return JSON.stringify(fake.modelInputs);
}

const until = (condition: () => void | Promise<void>): Promise<void> =>
  vi.waitFor(condition, { timeout: 20_000, interval: 10 });

describe('a call that a rule asks about', () => {
  it('is carried out once more, with the digest of the call, when a person says yes', async () => {
    const seen: (string | undefined)[] = [];
    const script = calls(BASH, ({ approved }) => {
      seen.push(approved);
      return approved === undefined ? { isError: true, ruled: ASK } : {};
    });
    await withRalph(environment(), { input: options(10 * MINUTE), script }, async (run) => {
      await until(async () =>
        expect((await run.status()).standstill).toMatchObject({
          reason: expect.stringContaining('May this be run? bash {"command":"git push"}') as string,
        }),
      );
      await run.update('answer', { story: 'US-001', text: 'Yes!' });
      const record = await endedRecord(run.handle);
      expect(statuses(record)).toEqual(['US-001 passed 1']);
      expect(seen).toEqual([undefined, 'abc123']);
      expect(record.stories[0]?.attempts[0]).not.toHaveProperty('denials');
      expect(run.fake.events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['permission.ask', 'permission.answer']),
      );
    });
  });

  it('is refused with what the person says instead', async () => {
    const script = calls(BASH, () => ({ isError: true, ruled: ASK }));
    await withRalph(environment(), { input: options(10 * MINUTE), script }, async (run) => {
      await until(async () =>
        expect((await run.status()).standstill?.reason).toContain('May this be run?'),
      );
      await run.update('answer', { story: 'US-001', text: 'not on a Friday' });
      const record = await endedRecord(run.handle);
      expect(texts(run)).toContain('the person who owns this work answers: not on a Friday');
      expect(record.stories[0]?.attempts[0]?.denials).toEqual([
        { title: 'bash: git push', rule: 'bash(git push) in a.toml' },
      ]);
    });
  });

  it('is refused when nobody answers, or sets the story aside, as the run says', async () => {
    const script = (): FakeScript => calls(BASH, () => ({ isError: true, ruled: ASK }));
    await withRalph(environment(), { input: options(0), script: script() }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(statuses(record)).toEqual(['US-001 passed 1']);
      expect(texts(run)).toContain('and nobody answered.');
    });
    await withRalph(environment(), { input: options(0, 'park'), script: script() }, async (run) => {
      await until(async () => expect(statuses(await run.status())).toEqual(['US-001 blocked 1']));
      expect((await run.status()).stories[0]?.attempts[0]?.question).toMatchObject({
        question: expect.stringContaining('rule bash(git push) in a.toml; call abc123') as string,
        options: ['yes', 'no'],
      });
    });
  });

  it('is refused at once when it is too long to be looked at', async () => {
    const script = calls(BASH, () => ({ isError: true, ruled: { effect: 'ask', rule: 'bash' } }));
    await withRalph(environment(), { input: options(10 * MINUTE), script }, async (run) => {
      await endedRecord(run.handle);
      expect(texts(run)).toContain('it is too long for a person to look at');
    });
  });
});

describe('a call that a rule denies', () => {
  it('is told to the model, and stands in the record', async () => {
    const ruled: RuleNote = { effect: 'deny', rule: 'web in b.toml' };
    const script = calls(BASH, () => ({ isError: true, ruled, innerRuled: [ruled] }));
    await withRalph(environment(), { input: options(0), script }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(record.stories[0]?.attempts[0]?.denials).toEqual([
        { title: 'bash: git push', rule: 'web in b.toml' },
      ]);
      expect(run.fake.events.filter(({ type }) => type === 'permission.deny')).toHaveLength(2);
    });
  });

  it('is not carried out by the workflow either', async () => {
    const call = fakeCall('task', {
      execution: 'workflow',
      title: 'task (general): x',
      arguments: JSON.stringify({ description: 'x', prompt: 'y', agent: 'general' }),
      ruled: { effect: 'deny', rule: 'task in a.toml' },
    });
    await withRalph(environment(), { input: options(0), script: calls(call) }, async (run) => {
      const record = await endedRecord(run.handle);
      expect(texts(run)).toContain('task: not run, this call is denied by the rule task in a.toml');
      expect(record.stories[0]?.attempts[0]?.denials).toEqual([
        { title: 'task (general): x', rule: 'task in a.toml' },
      ]);
    });
  });
});

describe('a plan', () => {
  it('keeps the agent from changing anything until it is made', async () => {
    const enter = fakeCall('plan_enter', {
      execution: 'workflow',
      arguments: '{"goal":"g","steps":["one"]}',
    });
    const exit = fakeCall('plan_exit', { execution: 'workflow', arguments: '{"summary":"s"}' });
    const flags: (boolean | undefined)[] = [];
    const turns = [[enter], [BASH], [exit], [BASH], [exit], [storyDone()]];
    let turn = -1;
    const script = {
      callModel: () => {
        turn += 1;
        return fakeReply({ calls: turns[turn] ?? [storyDone()] });
      },
      executeTool: (input: { isPlanning?: boolean | undefined }) => {
        flags.push(input.isPlanning);
        return Promise.resolve({});
      },
    } as FakeScript;
    await withRalph(environment(), { input: options(0), script }, async (run) => {
      await endedRecord(run.handle);
      expect(flags).toEqual([true, undefined]);
      expect(texts(run)).toContain('You make a plan now');
      expect(texts(run)).toContain('You were making no plan.');
    });
  });
});
