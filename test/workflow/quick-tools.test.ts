import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { AgentInput, AgentResult } from '../../src/domain/agent/agent.js';
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

const bash = fakeCall('bash', { execution: 'activity', access: 'execute' });

interface Ended {
  readonly result: AgentResult;
  readonly calls: readonly string[];
  /** Types of the events of its history. */
  readonly events: readonly string[];
}

/** An agent that runs one command, then ends its story. */
async function runAgent(
  script: (cancel: () => Promise<unknown>) => Omit<FakeScript, 'callModel'>,
): Promise<Ended> {
  queue += 1;
  const taskQueue = `quick-${queue}`;
  const { client } = environment();
  const fake = new FakeActivities({
    ...script(() => client.workflow.getHandle(taskQueue).cancel()),
    callModel: (_input, count) => fakeReply({ calls: [count === 1 ? bash : storyDone()] }),
  });
  return withWorker(environment(), { taskQueue, activities: fake }, async () => {
    const handle = await client.workflow.start<(input: AgentInput) => Promise<AgentResult>>(
      'agentWorkflow',
      { workflowId: taskQueue, taskQueue, args: [agentInput] },
    );
    const result = await handle.result();
    const { events } = await handle.fetchHistory();
    const attributes = (events ?? []).map(
      (event) => Object.keys(event).find((name) => name.endsWith('EventAttributes')) ?? '',
    );
    return { result, calls: fake.calls, events: attributes };
  });
}

const scheduled = ({ events }: Ended): number =>
  events.filter((name) => name === 'activityTaskScheduledEventAttributes').length;

describe('a command', () => {
  it('that takes less than a second costs a marker instead of an activity', async () => {
    const ended = await runAgent(() => ({}));
    expect(ended.result).toMatchObject({ outcome: 'done' });
    expect(ended.calls).toEqual(['callModel', 'executeTool', 'callModel']);
    expect(scheduled(ended)).toBe(2);
  });

  it('that takes longer goes on as an activity, under the same step', async () => {
    const keys: unknown[] = [];
    const ended = await runAgent(() => ({
      tryTool: ({ key }) => {
        keys.push(key);
        return null;
      },
      executeTool: ({ key }) => {
        keys.push(key);
        return {};
      },
    }));
    expect(ended.calls).toEqual(['callModel', 'tryTool', 'executeTool', 'callModel']);
    expect(keys[1]).toEqual(keys[0]);
    expect(scheduled(ended)).toBe(3);
  });

  it('whose first second fails is left to the activity, which is tried again', async () => {
    let tries = 0;
    const ended = await runAgent(() => ({
      tryTool: () => {
        tries += 1;
        throw ApplicationFailure.create({ message: 'no room', type: 'ERR_DISK_FULL' });
      },
      executeTool: (_input, count) => {
        if (count === 1)
          throw ApplicationFailure.create({ message: 'no room', type: 'ERR_DISK_FULL' });
        return {};
      },
    }));
    expect(tries).toBe(1);
    expect(ended.calls).toEqual([
      'callModel',
      'tryTool',
      'executeTool',
      'executeTool',
      'callModel',
    ]);
    expect(ended.result.outcome).toBe('done');
  });

  it('whose agent is cancelled while it is handed on is ended in the worker', async () => {
    const ended = await runAgent((cancel) => ({
      tryTool: async () => {
        await cancel();
        return null;
      },
      executeTool: async () => {
        const context = Context.current();
        const timer = setInterval(() => context.heartbeat(), 50);
        return context.cancelled.finally(() => clearInterval(timer));
      },
    }));
    expect(ended.result).toMatchObject({ outcome: 'cancelled' });
    expect(ended.calls.filter((name) => name !== 'executeTool')).toEqual([
      'callModel',
      'tryTool',
      'dropTool',
    ]);
  });
});
