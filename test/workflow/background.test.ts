import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { AgentInput, AgentResult } from '../../src/domain/agent/agent.js';
import type { agentWorkflow } from '../../src/workflows/agent/agent.js';
import {
  FakeActivities,
  fakeCall,
  fakeReply,
  storyDone,
  type FakeScript,
} from '../support/fake-activities.js';
import { agentInput } from '../replay/scenarios.js';
import { useDevelopmentServer, withWorker } from '../support/workflow-environment.js';

const environment = useDevelopmentServer();
let queue = 0;

const input: AgentInput = {
  ...agentInput,
  limits: { maxTurns: 4, maxCallsPerTurn: 3, maxTotalTokens: 1_000_000 },
};

const server = fakeCall('bash', {
  execution: 'activity',
  access: 'execute',
  title: 'bash in the background: npm start',
  leavesRunning: true,
});
const plain = fakeCall('bash', { execution: 'activity', access: 'execute' });

interface Started {
  readonly fake: FakeActivities;
  readonly result: Promise<AgentResult>;
}

/** An agent whose calls are what `script` says; `during` has the handle while it runs. */
async function runAgent(
  script: FakeScript,
  during?: (id: string) => Promise<void>,
): Promise<Started> {
  queue += 1;
  const taskQueue = `background-${queue}`;
  const { client } = environment();
  const fake = new FakeActivities(script);
  const result = await withWorker(environment(), { taskQueue, activities: fake }, async () => {
    const handle = await client.workflow.start<typeof agentWorkflow>('agentWorkflow', {
      workflowId: taskQueue,
      taskQueue,
      args: [input],
    });
    await during?.(taskQueue);
    return handle.result().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  });
  return {
    fake,
    result:
      'value' in result ? Promise.resolve(result.value) : Promise.reject(result.error as Error),
  };
}

const ENDS = 'endBackgroundCommands';

describe('commands that an agent left running', () => {
  it('are ended when it is done, before its owner hears of it', async () => {
    const { fake, result } = await runAgent({
      callModel: (_input, count) => fakeReply({ calls: [count === 1 ? server : storyDone()] }),
    });
    expect((await result).outcome).toBe('done');
    expect(fake.calls).toEqual(['callModel', 'executeTool', 'callModel', ENDS]);
  });

  it('cost nothing where there are none', async () => {
    const { fake, result } = await runAgent({
      callModel: (_input, count) => fakeReply({ calls: [count === 1 ? plain : storyDone()] }),
    });
    expect((await result).outcome).toBe('done');
    expect(fake.calls).not.toContain(ENDS);
  });

  it('are ended at a limit, also when the call that began them said that it failed', async () => {
    const { fake, result } = await runAgent({
      callModel: (_input, count) => fakeReply({ calls: [count === 1 ? server : plain] }),
      executeTool: () => ({ isError: true }),
    });
    expect((await result).outcome).toBe('limit');
    expect(fake.calls.at(-1)).toBe(ENDS);
  });

  it('are ended when the agent is cancelled, and it still says what it spent', async () => {
    const { client } = environment();
    let cancel: () => Promise<unknown> = async () => undefined;
    const { fake, result } = await runAgent(
      {
        callModel: async (_input, count) => {
          if (count === 1) return fakeReply({ calls: [server] });
          await cancel();
          const context = Context.current();
          const timer = setInterval(() => context.heartbeat(), 50);
          return context.cancelled.finally(() => clearInterval(timer));
        },
      },
      async (id) => {
        cancel = () => client.workflow.getHandle(id).cancel();
      },
    );
    expect(await result).toMatchObject({ outcome: 'cancelled', spending: { turns: 1 } });
    expect(fake.calls.at(-1)).toBe(ENDS);
  });

  it('are ended when the agent fails', async () => {
    const { fake, result } = await runAgent({
      callModel: (_input, count) => {
        if (count === 1) return fakeReply({ calls: [server] });
        throw ApplicationFailure.nonRetryable('the key is not there', 'ERR_SECRET_MISSING');
      },
    });
    await expect(result).rejects.toThrow();
    expect(fake.calls.filter((name) => name === ENDS)).toHaveLength(1);
  });

  it('hold nobody up when they cannot be ended: the lane is cleared by who takes it next', async () => {
    const { result } = await runAgent({
      callModel: (_input, count) => fakeReply({ calls: [count === 1 ? server : storyDone()] }),
      endBackgroundCommands: () => {
        throw ApplicationFailure.nonRetryable('no', 'ERR_STEP_INPUT_INVALID');
      },
    });
    expect((await result).outcome).toBe('done');
  });
});
