import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ACTIVITY_POLICIES } from '../../../../src/contracts/activity-options.js';
import { EventBuffer } from '../../../../src/workflows/lib/event-buffer.js';
import { standaloneSteps, Steps } from '../../../../src/workflows/lib/step.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

beforeEach(() => {
  played.calls.length = 0;
  played.answer = () => undefined;
});

const REFRESH = { summary: 'look', args: { prdPath: '/repo/prd.json', digest: '' } };

describe('the steps of a workflow', () => {
  it('number their keys through, and add what each activity takes', async () => {
    const events = new EventBuffer({});
    const steps = new Steps({ runId: 'run-1', events, endure: (call) => call() });
    events.add('run.note', { text: 'a' });
    const args = { record: {} } as unknown as Parameters<typeof steps.run<'saveRun'>>[1]['args'];
    await steps.run('saveRun', { summary: 'save', args });
    await steps.run('refreshPrd', REFRESH);
    expect([steps.nextKey(), steps.nextKey()].map(({ step }) => step)).toEqual([1, 2]);
    expect(played.calls.map(({ name, isLocal, input }) => [name, isLocal, input])).toEqual([
      ['saveRun', true, { record: {}, events: [expect.objectContaining({ seq: 1 })] }],
      ['refreshPrd', true, { ...REFRESH.args, runId: 'run-1' }],
    ]);
    expect(events.isEmpty).toBe(true);
  });

  it('make the same call again under the same key, with arguments that are asked anew', async () => {
    const tries: unknown[] = [];
    const steps = new Steps({
      runId: 'run-1',
      events: new EventBuffer({}),
      async endure(call, who) {
        tries.push(who);
        await call().catch(() => undefined);
        return call();
      },
    });
    let asked = 0;
    played.answer = () => {
      if (played.calls.length === 1) throw new Error('down');
      return { problem: null };
    };
    const result = await steps.run('callModel', {
      who: 'agent',
      summary: 's',
      args: () => ({ attempt: (asked += 1) }) as never,
    });
    expect([result, tries]).toEqual([{ problem: null }, ['agent']]);
    const [first, second] = played.calls.map(({ input }) => input as Record<string, unknown>);
    expect(second).toEqual({ ...first, attempt: 2 });
    expect(first?.['key']).toEqual({ scope: 'workflow-1/run-1', step: 1, index: 0 });
  });

  it('follow the table of limits, with the time that the work itself may take on top', async () => {
    const steps = standaloneSteps('run-1');
    const args = {} as never;
    await steps.once('proveStory', { summary: 'x'.repeat(500), args, extraMs: 7000 });
    await steps.once('executeTool', { summary: 's', args, policy: 'localTool' });
    const { startToCloseTimeout } = ACTIVITY_POLICIES.checks;
    expect(played.calls).toMatchObject([
      {
        name: 'proveStory',
        isLocal: false,
        options: {
          startToCloseTimeout: startToCloseTimeout + 7000,
          summary: `${'x'.repeat(199)}…`,
          cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        },
      },
      { name: 'executeTool', isLocal: true },
    ]);
    expect(played.calls[1]?.options).not.toHaveProperty('cancellationType');
  });
});
