import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { createTaskService } from '../../../../src/client/tasks/create-task-service.js';
import type { TaskEvent } from '../../../../src/client/tasks/task-service.js';
import type { RunEvent, TaskRequest, TaskView } from '../../../../src/domain/index.js';

const ME = { name: 'me' };
const order = (messageId: string, text = 'What?') => ({
  origin: 'a2a' as const,
  skill: 'chat' as const,
  message: { messageId, role: 'user' as const, parts: [{ kind: 'text' as const, text }] },
});

/** A disk in memory, and a Temporal server of which a test says what it answers. */
function setup(
  answers: {
    update?: () => unknown;
    start?: () => void;
    isOpen?: boolean;
    open?: number;
    maxOpen?: number;
  } = {},
) {
  const keys = new Map<string, { taskId: string; digest: string; at: string }>();
  const requests = new Map<string, TaskRequest>();
  const ends = new Map<string, TaskView>();
  const artifacts = new Map<string, string>();
  const events = new Map<string, RunEvent[]>();
  const started = new Set<string>();
  const asked: string[] = [];
  let clock = Date.parse('2026-11-29T10:00:00.000Z');
  const temporal = {
    workflow: {
      list: async function* () {
        const others = Array.from({ length: answers.open ?? 0 }, (_, at) => `task/other-${at}`);
        for (const workflowId of [...others, ...started]) yield { workflowId };
      },
      start: async (type: string, { workflowId }: { workflowId: string }) => {
        answers.start?.();
        if (started.has(workflowId))
          throw new WorkflowExecutionAlreadyStartedError('there', workflowId, type);
        started.add(workflowId);
      },
      getHandle: (workflowId: string) => ({
        executeUpdate: async () => answers.update?.(),
        signal: async ({ name }: { name: string }) => {
          asked.push(name);
        },
        cancel: async () => {
          asked.push(`cancel ${workflowId}`);
          add(workflowId.slice(5), 'task.end', { text: 'stopped', data: { state: 'canceled' } });
        },
        describe: async () => {
          if (answers.isOpen === false)
            throw new WorkflowNotFoundError('gone', workflowId, undefined);
          return { status: { name: 'RUNNING' } };
        },
      }),
    },
  } as unknown as Client;
  function add(taskId: string, type: RunEvent['type'], fields: Partial<RunEvent> = {}): void {
    const log = events.get(taskId) ?? [];
    events.set(taskId, log);
    log.push({
      source: 's',
      seq: log.length + 1,
      type,
      at: new Date(clock).toISOString(),
      ...fields,
    });
  }
  const service = createTaskService({
    temporal,
    taskQueue: 'queue',
    maxOpen: answers.maxOpen ?? 100,
    maxOpenPerOwner: 20,
    hasSearchAttributes: false,
    now: () => clock,
    events: {
      read: async (taskId, offset) => {
        const all = events.get(taskId) ?? [];
        return { events: all.slice(offset), nextOffset: Math.max(offset, all.length), skipped: 0 };
      },
    },
    tasks: {
      reserve: async (key, wanted, maxAgeMs) => {
        const known = keys.get(key);
        if (known !== undefined && Date.parse(wanted.at) - Date.parse(known.at) < maxAgeMs)
          return known;
        keys.set(key, wanted);
        return wanted;
      },
      writeRequest: async (request) => {
        requests.set(request.taskId, request);
      },
      readRequest: async (taskId) => requests.get(taskId),
      list: async () => [...requests.keys()].toReversed(),
      writeEnd: async (view) => {
        ends.set(view.taskId, view);
      },
      readEnd: async (taskId) => ends.get(taskId),
      readArtifact: async (taskId, artifactId) => artifacts.get(`${taskId} ${artifactId}`),
      nextChange: (_taskId, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
          setImmediate(resolve);
        }),
    },
  });
  const wait = (ms: number): void => {
    clock += ms;
  };
  return { service, add, asked, started, requests, ends, events, artifacts, wait };
}

async function all(events: AsyncIterable<TaskEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events)
    seen.push(event.kind === 'gap' ? `gap ${event.view.state}` : `${event.update.seq}`);
  return seen;
}

const signal = new AbortController().signal;
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

describe('handing a task in', () => {
  it('starts one workflow for a message, and gives its task again and again', async () => {
    const { service, started } = setup();
    const first = await service.submit(ME, order('m'));
    const again = await service.submit(ME, order('m'));
    expect([again.taskId, started.size]).toEqual([first.taskId, 1]);
    expect(first.contextId).toBe(first.taskId);
    const other = await service.submit({ name: 'other' }, order('m'));
    expect(other.taskId).not.toBe(first.taskId);
  });

  it('makes another task of the same message a day later, and refuses another body before', async () => {
    const { service, wait } = setup();
    const first = await service.submit(ME, order('m'));
    await expect(service.submit(ME, order('m', 'Else?'))).rejects.toThrow(
      code('ERR_MESSAGE_REUSED'),
    );
    wait(24 * 3_600_000);
    expect((await service.submit(ME, order('m', 'Else?'))).taskId).not.toBe(first.taskId);
  });

  it('starts what an earlier try had only written down', async () => {
    let isDown = true;
    const { service, started } = setup({
      start: () => {
        if (isDown) throw new Error('connection refused');
      },
    });
    await expect(service.submit(ME, order('m'))).rejects.toThrow(code('ERR_TASKS_UNREACHABLE'));
    isDown = false;
    const { taskId } = await service.submit(ME, order('m'));
    expect([...started]).toEqual([`task/${taskId}`]);
  });

  it('is refused at the cap, and later taken under the same id', async () => {
    const answers = { open: 5, maxOpen: 5 };
    const { service, requests } = setup(answers);
    await expect(service.submit(ME, order('m'))).rejects.toThrow(code('ERR_TOO_MANY_TASKS'));
    expect(requests.size).toBe(0);
    answers.open = 4;
    expect((await service.submit(ME, order('m'))).state).toBe('submitted');
  });

  it('is refused with what is wrong, and nothing is kept', async () => {
    const { service, requests } = setup();
    const bad = { ...order('m'), message: { ...order('m').message, parts: [] } };
    await expect(service.submit(ME, bad)).rejects.toMatchObject({
      code: 'ERR_TASK_INPUT',
      message: expect.stringContaining('message.parts') as string,
    });
    expect(requests.size).toBe(0);
  });
});

describe('asking about tasks', () => {
  it('is for their owner', async () => {
    const { service } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    const other = { name: 'other' };
    const missing = code('ERR_TASK_NOT_FOUND');
    await expect(service.get(other, taskId)).rejects.toThrow(missing);
    await expect(service.cancel(other, taskId)).rejects.toThrow(missing);
    await expect(service.tell(other, { taskId, message: order('n').message })).rejects.toThrow(
      missing,
    );
    await expect(service.artifact(other, { taskId, artifactId: 'a' })).rejects.toThrow(missing);
    await expect(all(service.follow(other, { taskId, cursor: 0, signal }))).rejects.toThrow(
      missing,
    );
    expect(await service.list(other, { pageSize: 5 })).toEqual({
      tasks: [],
      nextPageToken: '',
      totalSize: 0,
    });
  });

  it('says of one whose workflow is gone that it has failed, for good, also to those who follow it', async () => {
    const { service, add, wait, ends } = setup({ isOpen: false });
    const { taskId } = await service.submit(ME, order('m'));
    add(taskId, 'task.start');
    expect((await service.get(ME, taskId)).state).toBe('working');
    const seen = all(service.follow(ME, { taskId, cursor: 0, signal }));
    await new Promise(setImmediate);
    wait(61_000);
    expect(await service.get(ME, taskId)).toMatchObject({
      state: 'failed',
      text: expect.stringContaining('ERR_TASK_LOST') as string,
    });
    expect(ends.get(taskId)?.state).toBe('failed');
    expect(await seen).toEqual(['1', 'gap failed']);
    expect(await all(service.follow(ME, { taskId, cursor: 1, signal }))).toEqual(['gap failed']);
  });

  it('starts what was written down and never begun, because Temporal did not answer', async () => {
    let isDown = true;
    const { service, started, wait, requests } = setup({
      isOpen: false,
      start: () => {
        if (isDown) throw new Error('connection refused');
      },
    });
    await expect(service.submit(ME, order('m'))).rejects.toThrow(code('ERR_TASKS_UNREACHABLE'));
    isDown = false;
    wait(61_000);
    const [taskId = ''] = requests.keys();
    expect((await service.get(ME, taskId)).state).toBe('submitted');
    expect([...started]).toEqual([`task/${taskId}`]);
  });

  it('lists without the bytes of large files, which the task itself has', async () => {
    const { service } = setup();
    const bytes = Buffer.alloc(30_000, 1).toString('base64');
    const parts = [{ kind: 'file' as const, bytes, name: 'a.txt' }];
    const asked = order('m');
    const { taskId } = await service.submit(ME, { ...asked, message: { ...asked.message, parts } });
    const shown = (view: TaskView | undefined) => view?.history[0]?.parts;
    expect(shown((await service.list(ME, { pageSize: 5 })).tasks[0])).toEqual([
      { kind: 'file', bytes: '', name: 'a.txt' },
    ]);
    expect(shown(await service.get(ME, taskId))).toEqual(parts);
  });

  it('lists by state, context and time, in pages that lose nothing', async () => {
    const { service, add, wait } = setup();
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      wait(1000);
      const { taskId } = await service.submit(ME, {
        ...order(`m${index}`),
        contextId: `c${index % 2}`,
      });
      ids.push(taskId);
    }
    wait(1000);
    add(ids[0] ?? '', 'task.start');
    const pages: string[][] = [];
    let pageToken: string | undefined;
    do {
      const page = await service.list(ME, {
        pageSize: 3,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      expect(page.totalSize).toBe(7);
      pages.push(page.tasks.map(({ taskId }) => taskId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(pages.flat()).toEqual([ids[0], ...ids.slice(1).toReversed()]);
    const counted = async (filter: object) =>
      (await service.list(ME, { pageSize: 9, ...filter })).totalSize;
    expect(await counted({ state: 'working' })).toBe(1);
    expect(await counted({ contextId: 'c1' })).toBe(3);
    expect(await counted({ since: '2026-11-29T10:00:07.000Z' })).toBe(2);
    await expect(service.list(ME, { pageSize: 1, pageToken: 'x' })).rejects.toThrow(
      code('ERR_PAGE_TOKEN'),
    );
  });

  it('gives artifacts whole, small ones from the task and large ones from their file', async () => {
    const { service, add, artifacts } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    const common = { name: 'n', mediaType: 'text/plain', bytes: 1 };
    add(taskId, 'task.artifact', { data: { ...common, artifactId: 'small', text: 's' } });
    add(taskId, 'task.artifact', {
      data: { ...common, artifactId: 'large', text: 'l', digest: 'd' },
    });
    add(taskId, 'task.artifact', {
      data: { ...common, artifactId: 'lost', text: 'l', digest: 'd' },
    });
    artifacts.set(`${taskId} large`, 'l'.repeat(10));
    const text = async (artifactId: string) =>
      (await service.artifact(ME, { taskId, artifactId })).text;
    expect([await text('small'), await text('large')]).toEqual(['s', 'l'.repeat(10)]);
    for (const artifactId of ['lost', 'none'])
      await expect(text(artifactId)).rejects.toThrow(code('ERR_ARTIFACT_NOT_FOUND'));
  });
});

describe('telling a task something', () => {
  const told = (taskId: string, fields: object = {}) => ({
    taskId,
    message: order('n', 'ok').message,
    ...fields,
  });

  it('reaches its workflow', async () => {
    const { service } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    expect((await service.tell(ME, told(taskId, { contextId: taskId }))).taskId).toBe(taskId);
  });

  it('is refused by another context, with files, and when it has ended', async () => {
    const { service, add } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    await expect(service.tell(ME, told(taskId, { contextId: 'other' }))).rejects.toThrow(
      code('ERR_CONTEXT_MISMATCH'),
    );
    const file = {
      messageId: 'f',
      role: 'user' as const,
      parts: [{ kind: 'data' as const, data: 1 }],
    };
    await expect(service.tell(ME, { taskId, message: file })).rejects.toThrow(
      code('ERR_TASK_INPUT'),
    );
    add(taskId, 'task.end', { data: { state: 'completed' } });
    await expect(service.tell(ME, told(taskId))).rejects.toThrow(code('ERR_TASK_ENDED'));
  });

  it.each([
    ['ERR_TASK_ASKS_NOTHING', 'ERR_TASK_ASKS_NOTHING'],
    ['ERR_TASK_ENDED', 'ERR_TASK_ENDED'],
  ])('is refused by the task itself: %s', async (type, expected) => {
    const failure = new WorkflowUpdateFailedError(
      'no',
      ApplicationFailure.nonRetryable('no', type),
    );
    const { service } = setup({
      update: () => {
        throw failure;
      },
    });
    const { taskId } = await service.submit(ME, order('m'));
    await expect(service.tell(ME, told(taskId))).rejects.toThrow(code(expected));
  });
});

describe('cancelling', () => {
  it('stops the workflow and gives the task as it ended; once more is refused', async () => {
    const { service, asked } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    expect((await service.cancel(ME, taskId)).state).toBe('canceled');
    expect(asked).toEqual(['stopRun', `cancel task/${taskId}`]);
    await expect(service.cancel(ME, taskId)).rejects.toThrow(code('ERR_TASK_ENDED'));
  });
});

describe('following', () => {
  it('gives everybody the same, from any place, until the end', async () => {
    const { service, add } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    add(taskId, 'task.start');
    const early = all(service.follow(ME, { taskId, cursor: 0, signal }));
    const behind = all(service.follow(ME, { taskId, cursor: 1, signal }));
    for (let count = 0; count < 3; count += 1) {
      add(taskId, 'tool.start');
      await new Promise(setImmediate);
    }
    add(taskId, 'task.end', { data: { state: 'completed' } });
    add(taskId, 'task.note');
    expect(await early).toEqual(['1', '2', '3', '4', '5']);
    expect(await behind).toEqual(['2', '3', '4', '5']);
    expect(await all(service.follow(ME, { taskId, cursor: 5, signal }))).toEqual([]);
  });

  it('says that there is a gap where the cursor is none of the task, and goes on', async () => {
    const { service, add } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    add(taskId, 'task.start');
    const seen = all(service.follow(ME, { taskId, cursor: 99, signal }));
    await new Promise(setImmediate);
    add(taskId, 'task.end', { data: { state: 'completed' } });
    expect(await seen).toEqual(['gap working', '2']);
  });

  it('says that there is a gap where the log of an ended task is gone', async () => {
    const { service, add, events, ends } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    add(taskId, 'task.start');
    add(taskId, 'task.end', { data: { state: 'completed' } });
    ends.set(taskId, await service.get(ME, taskId));
    const later = setup();
    for (const [id, view] of ends) {
      later.ends.set(id, view);
      later.requests.set(id, {
        ...order('m'),
        version: 1,
        taskId: id,
        contextId: id,
        owner: 'me',
        createdAt: view.createdAt,
      });
    }
    events.clear();
    expect(await all(later.service.follow(ME, { taskId, cursor: 1, signal }))).toEqual([
      'gap completed',
    ]);
    expect(await all(later.service.follow(ME, { taskId, cursor: 2, signal }))).toEqual([]);
  });

  it('ends without a word when nobody listens any more', async () => {
    const { service } = setup();
    const { taskId } = await service.submit(ME, order('m'));
    const stop = new AbortController();
    const seen = all(service.follow(ME, { taskId, cursor: 0, signal: stop.signal }));
    stop.abort();
    expect(await seen).toEqual([]);
  });
});
