import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { TASK_UPDATES, type ClosedTask, type OpenedTask } from '../../src/contracts/index.js';
import type { RunEvent } from '../../src/domain/index.js';
import type { remoteTaskWorkflow } from '../../src/workflows/remote/remote-task.js';
import { fakeReply, storyDone, type FakeScript } from '../support/fake-activities.js';
import { createDoor } from '../support/ralph-workflow.js';
import { plannedTask, TASK_ID, TaskFakes, type TaskDesk } from '../support/task-fakes.js';
import {
  useDevelopmentServer,
  useTimeSkipping,
  withWorker,
} from '../support/workflow-environment.js';

const skipping = useTimeSkipping();
const development = useDevelopmentServer();
let queue = 0;

type Handle = WorkflowHandle<typeof remoteTaskWorkflow>;

function withTask<Result>(
  {
    script = {},
    desk = {},
    environment = skipping,
  }: {
    readonly script?: FakeScript;
    readonly desk?: TaskDesk;
    readonly environment?: typeof skipping;
  },
  work: (task: { readonly handle: Handle; readonly fake: TaskFakes }) => Promise<Result>,
): Promise<Result> {
  const fake = new TaskFakes(
    { callModel: () => fakeReply({ calls: [storyDone()] }), ...script },
    desk,
  );
  queue += 1;
  const taskQueue = `task-${process.pid}-${queue}`;
  return withWorker(environment(), { taskQueue, activities: fake }, async () => {
    const handle = await environment().client.workflow.start<typeof remoteTaskWorkflow>(
      'remoteTaskWorkflow',
      {
        workflowId: taskQueue,
        taskQueue,
        args: [
          { taskId: TASK_ID, skill: 'code', title: 'Write a file', hasSearchAttributes: false },
        ],
      },
    );
    return work({ handle, fake });
  });
}

const say = (messageId: string, text: string) => ({
  args: [{ message: { messageId, role: 'user', parts: [{ kind: 'text', text }] } }] as [unknown],
});
const types = (events: readonly RunEvent[]) => events.map(({ type }) => type);

describe('remoteTaskWorkflow', () => {
  it('opens, runs, collects and ends, and tells of each', async () => {
    const artifact = {
      artifactId: 'patch',
      name: 'p',
      mediaType: 'text/x-patch',
      text: '+',
      bytes: 1,
    };
    await withTask(
      {
        desk: { close: () => ({ state: 'completed', text: 'all passed', artifacts: [artifact] }) },
      },
      async ({ handle, fake }) => {
        expect(await handle.result()).toEqual({ state: 'completed', text: 'all passed' });
        expect([fake.calls[0], fake.calls.at(-1)]).toEqual(['openTask', 'closeTask']);
        expect(fake.calls).toContain('prepareRun');
        const own = [...fake.events, ...fake.log].filter(({ type }) => type.startsWith('task.'));
        expect(types(own)).toEqual(['task.start', 'task.note', 'task.artifact', 'task.end']);
        expect(own.at(-1)).toMatchObject({ text: 'all passed', data: { state: 'completed' } });
        expect(own.find(({ type }) => type === 'task.artifact')?.data).toEqual(artifact);
      },
    );
  });

  it('is rejected with the reason, and nothing was run', async () => {
    const reason = 'ERR_TASK_WORKSPACE: there is no workspace of that name';
    const open = (): OpenedTask => ({ kind: 'rejected', code: 'ERR_TASK_WORKSPACE', reason });
    await withTask({ desk: { open } }, async ({ handle, fake }) => {
      expect(await handle.result()).toEqual({ state: 'rejected', text: reason });
      expect(fake.calls).toEqual(['openTask']);
    });
  });

  it('collects what a run made that did not pass', async () => {
    const close = (): ClosedTask => ({ state: 'failed', text: '0 of 1 passed', artifacts: [] });
    await withTask(
      {
        script: { callModel: () => fakeReply({ calls: [storyDone('blocked')] }) },
        desk: { close },
      },
      async ({ handle, fake }) => {
        expect(await handle.result()).toEqual({ state: 'failed', text: '0 of 1 passed' });
        expect(fake.calls).toContain('closeTask');
      },
    );
  });

  it('ends as it was cut short where nothing can be collected, because nothing was made', async () => {
    const laying = createDoor();
    const desk: TaskDesk = {
      open: async () => {
        await laying.opened;
        return plannedTask();
      },
      close: () => {
        throw ApplicationFailure.nonRetryable('there is no run', 'ERR_RUN_NOT_FOUND');
      },
    };
    await withTask({ desk, environment: development }, async ({ handle }) => {
      await handle.cancel();
      laying.open();
      expect(await handle.result()).toEqual({ state: 'canceled', text: 'cancelled by request' });
    });
  });

  it('waits out a network that is away, and gives up on what nobody mends', async () => {
    const open = (count: number): OpenedTask => {
      if (count === 1) throw ApplicationFailure.nonRetryable('no network', 'ERR_PROVIDER_WAIT');
      if (count === 2) throw ApplicationFailure.nonRetryable('broken', 'ERR_BROKEN');
      return plannedTask();
    };
    await withTask({ desk: { open } }, async ({ handle, fake }) => {
      expect(await handle.result()).toEqual({ state: 'failed', text: 'ERR_BROKEN: broken' });
      expect(fake.calls).toEqual(['openTask', 'openTask']);
    });
  });

  it('hands an answer on once, however often it comes; a refused one may come again', async () => {
    const door = createDoor();
    let isAsking = false;
    const tell = (): string => {
      if (isAsking) return 'it goes on with the answer';
      throw ApplicationFailure.nonRetryable('asks nothing', 'ERR_TASK_ASKS_NOTHING');
    };
    const script: FakeScript = { beforeStory: () => door.opened };
    await withTask({ script, desk: { tell } }, async ({ handle, fake }) => {
      const hear = () => handle.executeUpdate(TASK_UPDATES.tell, say('m-1', 'ok'));
      await expect(hear()).rejects.toMatchObject({ cause: expect.anything() as Error });
      isAsking = true;
      expect(await Promise.all([hear(), hear()])).toEqual([
        'it goes on with the answer',
        'it goes on with the answer',
      ]);
      door.open();
      await handle.result();
      expect(fake.told).toEqual(['ok']);
      const said = fake.events.filter(({ type }) => type === 'task.message');
      expect(said.map(({ data }) => data?.['messageId'])).toEqual(['m-1']);
    });
  });

  it.each([
    ['no text', { messageId: 'm', role: 'user', parts: [{ kind: 'data', data: 1 }] }],
    [
      'too much text',
      { messageId: 'm', role: 'user', parts: [{ kind: 'text', text: 'x'.repeat(8001) }] },
    ],
    ['nothing', {}],
  ])('refuses a message with %s before it is in the history', async (_what, message) => {
    const door = createDoor();
    await withTask({ script: { beforeStory: () => door.opened } }, async ({ handle, fake }) => {
      await expect(
        handle.executeUpdate(TASK_UPDATES.tell, { args: [{ message }] }),
      ).rejects.toThrow();
      door.open();
      await handle.result();
      expect(fake.told).toEqual([]);
      const { events } = await handle.fetchHistory();
      expect(events?.some((event) => event.workflowExecutionUpdateAcceptedEventAttributes)).toBe(
        false,
      );
    });
  });

  it('is cancelled while it is laid out, and while its run works: what was made is collected', async () => {
    const laying = createDoor();
    const open = async (): Promise<OpenedTask> => {
      await laying.opened;
      return plannedTask();
    };
    await withTask({ desk: { open }, environment: development }, async ({ handle, fake }) => {
      await handle.cancel();
      laying.open();
      expect((await handle.result()).state).toBe('canceled');
      expect(fake.calls).not.toContain('prepareRun');
    });
    const working = createDoor();
    const begun = createDoor();
    const script: FakeScript = {
      beforeStory: async () => {
        begun.open();
        await working.opened;
      },
    };
    await withTask({ script, environment: development }, async ({ handle, fake }) => {
      await begun.opened;
      await handle.cancel();
      working.open();
      expect(await handle.result()).toEqual({ state: 'canceled', text: 'cancelled by request' });
      expect(fake.calls.at(-1)).toBe('closeTask');
      expect(fake.records.at(-1)?.status).toBe('cancelled');
    });
  });
});
