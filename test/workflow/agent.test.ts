import type { AgentProfile } from '../../src/domain/agent/agent-profile.js';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { agentWorkflow } from '../../src/workflows/agent/agent.js';
import { type AgentInput, type AgentResult } from '../../src/domain/agent/agent.js';
import {
  FakeActivities,
  fakeCall,
  fakeCompaction,
  fakeRef,
  fakeReply,
  storyDone,
  type FakeScript,
} from '../support/fake-activities.js';
import { useTimeSkipping, withWorker } from '../support/workflow-environment.js';

const environment = useTimeSkipping();
let queue = 0;

const profile: AgentProfile = {
  name: 'build',
  end: 'story',
  tools: ['bash', 'story_done'],
  limits: { maxTurns: 20, maxCallsPerTurn: 3, maxTotalTokens: 1_000_000 },
};

const input: AgentInput = {
  runId: 'run-1',
  story: 'US-001',
  attempt: 1,
  profile,
  model: { provider: 'fake', model: 'one' },
  contextWindow: 1000,
  prompt: fakeRef(9),
  workspace: { id: 'r/1/lane-1', workdir: '.' },
};

/** What a compaction of this version says. */
const COMPACTED = fakeCompaction({ freedTokens: 500 });

/** A call whose result is a few characters. */
const storyNote = () => fakeCall('todo_read', { execution: 'workflow', arguments: '{}' });

async function runAgent(
  script: FakeScript,
  change: Partial<AgentInput> = {},
): Promise<{ result: AgentResult; fake: FakeActivities }> {
  const fake = new FakeActivities(script);
  queue += 1;
  const taskQueue = `agent-${queue}`;
  const result = await withWorker(environment(), { taskQueue, activities: fake }, () =>
    environment().client.workflow.execute<typeof agentWorkflow>('agentWorkflow', {
      workflowId: taskQueue,
      taskQueue,
      args: [{ ...input, ...change }],
    }),
  );
  return { result, fake };
}

describe('agentWorkflow', () => {
  it('runs tools and hands their results to the next call until the agent is done', async () => {
    const { result, fake } = await runAgent({
      callModel: (_input, count) =>
        count === 1
          ? fakeReply({
              calls: [
                fakeCall('edit', { index: 0 }),
                fakeCall('bash', { index: 1, execution: 'activity', access: 'execute' }),
              ],
            })
          : fakeReply({ calls: [storyDone()] }),
    });
    expect(result).toMatchObject({
      outcome: 'done',
      summary: 'it is done',
      spending: { turns: 2, modelCalls: 2, costMicroUsd: 10 },
    });
    expect(fake.calls).toEqual(['callModel', 'executeTool', 'executeTool', 'callModel']);
    expect(fake.modelInputs[1]?.newMessages).toEqual([
      { kind: 'tool', callId: 'call-edit', name: 'edit', isError: false, ref: fakeRef(1001) },
      { kind: 'tool', callId: 'call-bash', name: 'bash', isError: false, ref: fakeRef(1002) },
    ]);
  });

  it('gives every step another key and delivers every event once, in order', async () => {
    const { fake } = await runAgent({
      callModel: (_input, count) =>
        count < 4 ? fakeReply({ calls: [fakeCall('edit')] }) : fakeReply({ calls: [storyDone()] }),
    });
    const keys = fake.modelInputs.map((call) => call.key.step);
    expect(new Set(keys).size).toBe(keys.length);
    expect([...keys].sort((left, right) => left - right)).toEqual(keys);
    const numbers = [...new Set(fake.events.map((event) => event.seq))];
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
  });

  it('answers to-do tools itself', async () => {
    const todos = [{ content: 'write it', status: 'in_progress' }];
    const { fake } = await runAgent({
      callModel: (_input, count) =>
        count === 1
          ? fakeReply({
              calls: [
                fakeCall('todo_write', {
                  execution: 'workflow',
                  arguments: JSON.stringify({ todos }),
                }),
                fakeCall('todo_read', { index: 1, execution: 'workflow', arguments: '' }),
              ],
            })
          : fakeReply({ calls: [storyDone()] }),
    });
    expect(
      fake.modelInputs[1]?.newMessages.map((message) =>
        message.kind === 'tool-text' ? message.text : '',
      ),
    ).toEqual(['[>] write it', '[>] write it']);
  });

  it('answers calls beyond the limit of a turn instead of running them', async () => {
    const { fake } = await runAgent({
      callModel: (_input, count) =>
        count === 1
          ? fakeReply({
              calls: [0, 1, 2, 3].map((index) => fakeCall('edit', { index, id: `c${index}` })),
            })
          : fakeReply({ calls: [storyDone()] }),
    });
    expect(fake.calls.filter((name) => name === 'executeTool')).toHaveLength(3);
    expect(fake.modelInputs[1]?.newMessages[3]).toMatchObject({
      kind: 'tool-text',
      callId: 'c3',
      isError: true,
    });
  });

  it('refuses wrong arguments of story_done and goes on', async () => {
    const wrong = fakeCall('story_done', {
      execution: 'workflow',
      arguments: '{"status":"maybe"}',
    });
    const { result, fake } = await runAgent({
      callModel: (_input, count) =>
        fakeReply({ calls: [count === 1 ? wrong : storyDone('blocked')] }),
    });
    expect(fake.modelInputs[1]?.newMessages[0]).toMatchObject({ kind: 'tool-text', isError: true });
    expect(result).toMatchObject({ outcome: 'blocked', reason: 'no key', blockers: ['no key'] });
  });

  it('stops at the limit of turns', async () => {
    const { result } = await runAgent(
      { callModel: () => fakeReply({ calls: [fakeCall('edit')] }) },
      { profile: { ...profile, limits: { ...profile.limits, maxTurns: 4 } } },
    );
    expect(result).toMatchObject({
      outcome: 'limit',
      reason: 'the limit of 4 turns is reached',
      spending: { turns: 4 },
    });
  });

  it('notes a repeated call to the model once and stops the agent when it goes on', async () => {
    const { result, fake } = await runAgent({
      callModel: () => fakeReply({ calls: [fakeCall('grep', { access: 'read' })] }),
      executeTool: () => ({ ref: fakeRef(5), progress: [] }),
    });
    expect(result.outcome).toBe('stalled');
    expect(fake.modelInputs).toHaveLength(6);
    expect(fake.modelInputs[3]?.newMessages.at(-1)).toMatchObject({ kind: 'user' });
  });

  it('asks once when a turn has no tool call, then takes silence as the end', async () => {
    const { result, fake } = await runAgent({
      callModel: () => fakeReply({ finishReason: 'stop', preview: 'all good' }),
    });
    expect(result).toMatchObject({ outcome: 'silent', summary: 'all good' });
    expect(fake.modelInputs).toHaveLength(2);
  });

  it.each([
    ['complete', 'done'],
    ['blocked', 'blocked'],
  ] as const)('takes the textual marker STORY_%s', async (marker, outcome) => {
    const { result } = await runAgent({
      callModel: () => fakeReply({ finishReason: 'stop', marker }),
    });
    expect(result.outcome).toBe(outcome);
  });

  it('waits with a timer for as long as the provider asks, and calls again under the same key', async () => {
    const resumeAt = new Date((await environment().currentTimeMs()) + 3 * 3_600_000).toISOString();
    const { result, fake } = await runAgent({
      callModel: (_input, count) => {
        if (count > 3) return fakeReply({ calls: [storyDone()] });
        throw ApplicationFailure.create({
          type: 'ERR_PROVIDER_WAIT',
          message: 'quota',
          nonRetryable: true,
          details: [{ resumeAt }],
        });
      },
    });
    expect(result.outcome).toBe('done');
    expect(new Set(fake.modelInputs.map((call) => call.key.step)).size).toBe(1);
    expect(await environment().currentTimeMs()).toBeGreaterThanOrEqual(Date.parse(resumeAt) - 1000);
  });

  it('compacts a conversation that fills the window before the next call', async () => {
    const { fake } = await runAgent({
      callModel: (_input, count) =>
        count === 1
          ? fakeReply({ calls: [fakeCall('edit')], contextTokens: 900 })
          : fakeReply({ calls: [storyDone()] }),
    });
    expect(fake.calls).toEqual(['callModel', 'executeTool', 'compactConversation', 'callModel']);
    expect(fake.modelInputs[1]?.head).toEqual(fakeRef(2));
  });

  it('answers overflows by ever shorter conversations and results, and gives up after the third', async () => {
    const windows: number[] = [];
    const { result, fake } = await runAgent({
      compact: ({ contextWindow, depth }) => {
        windows.push(contextWindow);
        return { ...COMPACTED, depth: depth + 1 };
      },
      callModel: (_input, count) => {
        if (count === 1) return fakeReply({ calls: [fakeCall('edit')] });
        throw ApplicationFailure.nonRetryable('too long', 'ERR_PROVIDER_CONTEXT_OVERFLOW');
      },
    });
    expect(result).toMatchObject({ outcome: 'limit', reason: 'too long' });
    expect(windows).toEqual([1000, 600, 360]);
    expect(fake.modelInputs.map((call) => call.resultLimit)).toEqual([
      undefined,
      undefined,
      500,
      500,
      500,
    ]);
  });

  it('believes the window that the server names, from then on', async () => {
    const windows: number[] = [];
    const { result, fake } = await runAgent(
      {
        compact: ({ contextWindow }) => {
          windows.push(contextWindow);
          return COMPACTED;
        },
        callModel: (_input, count) => {
          if (count === 2) {
            throw ApplicationFailure.create({
              type: 'ERR_PROVIDER_CONTEXT_OVERFLOW',
              message: 'maximum context length is 5000',
              nonRetryable: true,
              details: [{ windowTokens: 5000 }],
            });
          }
          if (count < 9) return fakeReply({ calls: [fakeCall('edit')], contextTokens: 100 });
          // 80 % of what the server named, which is less than the input says.
          return count === 9
            ? fakeReply({ calls: [fakeCall('edit')], contextTokens: 4100 })
            : fakeReply({ calls: [storyDone()] });
        },
      },
      { contextWindow: 100_000 },
    );
    expect(result.outcome).toBe('done');
    expect(windows).toEqual([5000, 5000]);
    expect(fake.modelInputs[2]?.resultLimit).toBe(2250);
  });

  it('never sends the bytes again that were too many: what cannot be cut ends the attempt', async () => {
    const { result, fake } = await runAgent({
      compact: () => ({ ...COMPACTED, freedTokens: 0 }),
      callModel: (_input, count) => {
        if (count === 1) return fakeReply({ calls: [storyNote()] });
        throw ApplicationFailure.nonRetryable('too long', 'ERR_PROVIDER_CONTEXT_OVERFLOW');
      },
    });
    expect(result).toMatchObject({ outcome: 'limit', reason: 'too long' });
    expect(fake.modelInputs).toHaveLength(2);
  });

  it('notices that the conversation fills up again right after it was shortened', async () => {
    const { result, fake } = await runAgent({
      compact: () => COMPACTED,
      callModel: () => fakeReply({ calls: [fakeCall('edit')], contextTokens: 900 }),
    });
    expect(result.outcome).toBe('limit');
    expect(result.reason).toContain('the window is too small for this work');
    expect(fake.calls.filter((name) => name === 'compactConversation')).toHaveLength(2);
  });

  it('counts only turns without a call that follow each other as silent', async () => {
    const silent = fakeReply({ finishReason: 'stop', preview: 'Next I will…' });
    const turns = [silent, fakeReply({ calls: [fakeCall('edit')] }), silent];
    const { result, fake } = await runAgent({
      callModel: (_input, count) => turns[count - 1] ?? fakeReply({ calls: [storyDone()] }),
    });
    expect(result.outcome).toBe('done');
    expect(fake.modelInputs.map((call) => call.newMessages.at(-1)?.kind)).toEqual([
      'user-ref',
      'user',
      'tool',
      'user',
    ]);
  });

  it.each([
    ['unparsed-call', 2, 'the server does not parse tool calls'],
    ['failed-generation', 3, 'malformed again and again'],
  ] as const)(
    'tells the model of a call that is %s, and names the server',
    async (trouble, calls, reason) => {
      const { result, fake } = await runAgent({
        callModel: () => fakeReply({ finishReason: 'stop', trouble }),
      });
      expect(result.outcome).toBe('limit');
      expect(result.reason).toContain(reason);
      expect(fake.modelInputs).toHaveLength(calls);
      expect(fake.modelInputs[1]?.newMessages).toEqual([
        { kind: 'user', text: expect.stringContaining('nothing ran') as string },
      ]);
    },
  );

  it.each([
    ['ERR_PROVIDER_BAD_REQUEST', 1, 'refused'],
    ['ERR_PROVIDER_BAD_REQUEST', 2, 'limit'],
    ['ERR_PROVIDER_UNREADABLE', 2, 'limit'],
  ] as const)('%s at call %i costs the attempt, with what was spent', async (type, at, outcome) => {
    const { result } = await runAgent({
      callModel: (_input, count) => {
        if (count < at) return fakeReply({ calls: [fakeCall('edit')] });
        throw ApplicationFailure.nonRetryable('400 must not be empty', type);
      },
    });
    expect(result).toMatchObject({
      outcome,
      reason: '400 must not be empty',
      spending: { modelCalls: at - 1 },
    });
  });

  it('fails when a server never gave an answer that could be read', async () => {
    const failing = runAgent({
      callModel: () => {
        throw ApplicationFailure.nonRetryable('no choices', 'ERR_PROVIDER_UNREADABLE');
      },
    });
    await expect(failing).rejects.toMatchObject({
      cause: { cause: { type: 'ERR_PROVIDER_UNREADABLE' } },
    });
  });

  it('fails with the provider’s code when a call cannot succeed', async () => {
    const failing = runAgent({
      callModel: () => {
        throw ApplicationFailure.nonRetryable('no such model', 'ERR_PROVIDER_MODEL_GONE');
      },
    });
    await expect(failing).rejects.toMatchObject({
      cause: { cause: { type: 'ERR_PROVIDER_MODEL_GONE' } },
    });
  });

  it('continues as new in a long life without losing steps, spending or messages', async () => {
    const turns = 640;
    const { result, fake } = await runAgent(
      {
        callModel: (_input, count) =>
          fakeReply({ calls: [count < turns ? fakeCall('edit') : storyDone()] }),
      },
      { profile: { ...profile, limits: { ...profile.limits, maxTurns: turns + 1 } } },
    );
    expect(result).toMatchObject({ outcome: 'done', spending: { turns, modelCalls: turns } });
    expect(new Set(fake.modelInputs.map((call) => `${call.key.scope}#${call.key.step}`)).size).toBe(
      turns,
    );
    const history = await environment().client.workflow.getHandle(`agent-${queue}`).fetchHistory();
    expect(
      history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId,
    ).not.toBe('');
  });
});
