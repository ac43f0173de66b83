import { describe, expect, it } from 'vitest';
import { parseRlmCall, runRlmCall } from '../../../../src/workflows/agent/rlm-tool.js';
import type { SubAgents } from '../../../../src/workflows/agent/sub-agents.js';
import type { TaskCaller } from '../../../../src/workflows/agent/task-tool.js';
import { rlmTaskInput } from '../../../../src/workflows/agent/rlm-task-input.js';
import { fakeCall } from '../../../support/fake-activities.js';

const call = (name: string, args: string | undefined) =>
  parseRlmCall(
    fakeCall(name, { execution: 'workflow', ...(args === undefined ? {} : { arguments: args }) }),
  );

describe('a question of an agent', () => {
  it('is asked over files, a text, or its own conversation', () => {
    expect(call('rlm', '{"question":"Q","files":["a.log"]}')).toEqual({
      question: 'Q',
      source: { kind: 'files', files: ['a.log'] },
      tools: [],
    });
    expect(call('rlm', '{"question":"Q","text":"T","tools":["grep"]}')).toEqual({
      question: 'Q',
      source: { kind: 'text', text: 'T' },
      tools: ['grep'],
    });
    expect(call('recall', '{"question":"Q"}')).toEqual({
      question: 'Q',
      source: { kind: 'conversation' },
      tools: [],
    });
    expect(rlmTaskInput).toBeTypeOf('function');
  });

  it.each([
    ['rlm', '{"question":"Q"}', 'name files'],
    ['rlm', '{"files":["a"]}', 'question'],
    ['recall', '{}', 'question'],
    ['recall', '{bad', 'not valid JSON'],
    ['rlm', undefined, 'too long'],
  ])('%s with %s is answered with what is wrong', (name, args, problem) => {
    expect(JSON.stringify(call(name, args))).toContain(problem);
  });
});

describe('questions of an agent over its own past', () => {
  const asked = fakeCall('recall', { execution: 'workflow', arguments: '{"question":"Q"}' });
  const texts: unknown[] = [];
  /** An agent that may start no agent any more. */
  const callerWith = (left: { recallsLeft: number | undefined; recalls?: number }): TaskCaller => ({
    session: {
      input: { subAgents: { depth: 1, count: 2, recalls: left.recalls } },
      profile: { tools: ['recall', 'task'] },
      state: { spending: { turns: 1 } },
      events: { add: () => undefined },
      do: () => undefined,
      say: (message: object) => texts.push(message),
    } as unknown as TaskCaller['session'],
    tasks: {
      left: 0,
      recallsLeft: left.recallsLeft,
      launch: () => ({
        ending: Promise.resolve({ how: 'done', reason: 'found', answer: null, landing: null }),
      }),
      resting: (wait: () => Promise<unknown>) => wait(),
    } as unknown as SubAgents,
  });
  const said = async (caller: TaskCaller): Promise<unknown> => {
    texts.length = 0;
    await runRlmCall(caller, asked, 1);
    return texts;
  };

  it('are answered when it may start no agents any more', async () => {
    expect(await said(callerWith({ recallsLeft: 1, recalls: 1 }))).toEqual([
      expect.objectContaining({ isError: false, text: 'Found' }),
    ]);
  });

  it('end at a limit of their own', async () => {
    expect(await said(callerWith({ recallsLeft: 0, recalls: 3 }))).toEqual([
      expect.objectContaining({
        isError: true,
        text: expect.stringContaining('at most 3 questions over this conversation') as string,
      }),
    ]);
  });

  it('count as agents where the agent was started before they had one', async () => {
    expect(await said(callerWith({ recallsLeft: undefined }))).toEqual([
      expect.objectContaining({
        isError: true,
        text: expect.stringContaining('at most 2 agents') as string,
      }),
    ]);
  });
});
