import { describe, expect, it } from 'vitest';
import { AGENT_SIGNALS } from '../../../../src/contracts/messages.js';
import { agentTool } from '../../../../src/tools/orchestration/agent-tool.js';
import { runAgentCall } from '../../../../src/workflows/agent/agent-tool.js';
import { OpenTasks, type OpenTask } from '../../../../src/workflows/agent/open-tasks.js';
import type { TaskCaller } from '../../../../src/workflows/agent/task-tool.js';
import { fakeCall } from '../../../support/fake-activities.js';

type Signal = readonly [name: string, argument: unknown];

/** An agent with agents at work, of which each hears what it is told unless it is deaf. */
function caller(titles: readonly string[], { isDeaf = false } = {}) {
  const said: string[] = [];
  const heard: Signal[] = [];
  const stopped: number[] = [];
  const open = new OpenTasks();
  for (const [at, title] of titles.entries()) {
    const child = {
      signal: ({ name }: { name: string }, argument: unknown) => {
        heard.push([name, argument]);
        return isDeaf ? Promise.reject(new Error('gone')) : Promise.resolve();
      },
    };
    const task = { number: at + 1, title, count: 2, child: title === 'early' ? undefined : child };
    open.set(`root/task/${at + 1}`, task as unknown as OpenTask);
  }
  const made = {
    session: {
      state: { spending: { turns: 1 } },
      events: { add: () => undefined },
      do: () => undefined,
      say: ({ text }: { text: string }) => said.push(text),
    },
    tasks: {
      open,
      stop: (number: number) => {
        const isThere = open.numbered(number) !== undefined;
        if (isThere) stopped.push(number);
        return Promise.resolve(isThere);
      },
    },
  };
  const call = async (input: object | string) => {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    const answer = await runAgentCall(
      made as unknown as TaskCaller,
      fakeCall('agent', { arguments: text }),
    );
    return [said.at(-1), answer.progress.length === 0];
  };
  return { call, heard, stopped, open };
}

describe('a call of agent', () => {
  it('lists who is at work, by number', async () => {
    const { call } = caller(['Look at\nlogs', 'Write docs']);
    expect(await call({})).toEqual(['At work:\n1: Look at logs\n2: Write docs', false]);
    expect(await caller([]).call({ action: 'list' })).toEqual([
      'No agent of yours is at work.',
      false,
    ]);
  });

  it('tells one of them something, as its starter', async () => {
    const { call, heard } = caller(['one', 'two']);
    const [text] = await call({ action: 'message', id: 2, text: ' skip tests ' });
    expect(text).toBe('Agent 2 reads it before its next step.');
    expect(heard).toEqual([['messageAgent', { text: 'skip tests', from: 'starter' }]]);
  });

  it('stops one of them', async () => {
    const { call, stopped } = caller(['one', 'two']);
    expect((await call({ action: 'stop', id: 1 }))[0]).toContain('Agent 1 was stopped.');
    expect(stopped).toEqual([1]);
  });

  it.each([
    [{ action: 'message', id: 3, text: 'x' }, 'there is no agent 3 at work. At work:\n1: one'],
    [{ action: 'stop', id: 3 }, 'there is no agent 3 at work'],
    [{ action: 'stop' }, 'stop needs id. At work:'],
    [{ action: 'message', id: 1 }, 'message needs text'],
    [{ action: 'start' }, 'action'],
    [{ action: 'message', id: 1, text: 'x'.repeat(4001) }, 'text'],
    ['{', 'not valid JSON'],
  ])('says of %j what is wrong', async (input, words) => {
    const { call, heard, stopped } = caller(['one']);
    const [text, isError] = await call(input);
    expect(text).toContain(words);
    expect([isError, heard, stopped]).toEqual([true, [], []]);
  });

  it('does not claim that somebody heard who has not begun, or is gone', async () => {
    const message = { action: 'message', id: 1, text: 'x' };
    expect((await caller(['early']).call(message))[0]).toContain('there is no agent 1');
    expect((await caller(['one'], { isDeaf: true }).call(message))[0]).toContain(
      'there is no agent 1',
    );
  });
});

describe('agents at work', () => {
  it('are counted with those that they may have below them, and told together', () => {
    const { open, heard } = caller(['one', 'early', 'two']);
    expect(open.below).toBe(6);
    open.tell(AGENT_SIGNALS.pause);
    expect(heard).toEqual([
      ['pauseAgent', undefined],
      ['pauseAgent', undefined],
    ]);
  });
});

describe('the tool agent', () => {
  it('is found by those who look for it, reads, and has a line for people', () => {
    expect([agentTool.isDeferred, agentTool.access, agentTool.execution]).toEqual([
      true,
      'read',
      'workflow',
    ]);
    expect(agentTool.title({ action: 'stop', id: 3 })).toBe('agent: stop 3');
    expect(agentTool.title({ action: 'list' })).toBe('agent: list');
  });
});
