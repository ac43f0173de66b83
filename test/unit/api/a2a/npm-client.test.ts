import { TaskState, type Task } from '@a2a-js/sdk';
import {
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import { describe, expect, it } from 'vitest';
import {
  collect,
  npmClient,
  request,
  shape,
  type ClientTransport,
} from '../../../support/remote/npm-client.js';
import { remoteBench } from '../../../support/remote/remote-bench.js';

const TRANSPORTS: readonly ClientTransport[] = ['JSONRPC', 'HTTP+JSON', 'JSONRPC 0.3'];
const { TASK_STATE_WORKING: WORKING, TASK_STATE_COMPLETED: COMPLETED } = TaskState;
const { TASK_STATE_INPUT_REQUIRED: ASKING, TASK_STATE_CANCELED: CANCELED } = TaskState;
const SUBMITTED = TaskState.TASK_STATE_SUBMITTED;

function textsOf(task: Task): string[] {
  return task.artifacts.flatMap(({ parts }) =>
    parts.map(({ content }) => (content?.$case === 'text' ? content.value : '')),
  );
}

describe.each(TRANSPORTS)('the client of @a2a-js/sdk over %s', (transport) => {
  it('sends a message and gets the task with its artifact', async () => {
    const { url } = await remoteBench();
    const client = await npmClient(url, { transport });
    const task = (await client.sendMessage(request('hello'))) as Task;
    expect(task.status?.state).toBe(COMPLETED);
    expect(textsOf(task)).toEqual(['done: hello']);
    const again = await client.getTask({ id: task.id, tenant: '', historyLength: undefined });
    expect(again.history.map(({ parts }) => parts[0]?.content)).toEqual([
      { $case: 'text', value: 'hello' },
    ]);
    expect(again.contextId).toBe(task.contextId);
  });

  it('streams the task, its states and its artifact, in order, and ends', async () => {
    const { url, tasks } = await remoteBench();
    const client = await npmClient(url, { transport });
    const events = await collect(client.sendMessageStream(request('hello')));
    expect(events.map(shape)).toEqual([
      `task ${SUBMITTED}`,
      `statusUpdate ${WORKING}`,
      'artifactUpdate',
      `statusUpdate ${COMPLETED}`,
    ]);
    expect(tasks.followers).toBe(0);
  });

  it('answers a question and gets the rest of the task', async () => {
    const { url } = await remoteBench();
    const client = await npmClient(url, { transport });
    const asked = (await client.sendMessage(request('ask me'))) as Task;
    expect(asked.status?.state).toBe(ASKING);
    expect(asked.status?.message?.parts[0]?.content?.value).toBe('Which branch?');
    const told = request('main', { taskId: asked.id, contextId: asked.contextId });
    const done = (await client.sendMessage(told)) as Task;
    expect([done.id, done.status?.state, textsOf(done)]).toEqual([
      asked.id,
      COMPLETED,
      ['done: main'],
    ]);
  });

  it('streams up to a question, and from the answer to the end', async () => {
    const { url } = await remoteBench();
    const client = await npmClient(url, { transport });
    const first = await collect(client.sendMessageStream(request('ask me')));
    expect(first.map(shape).at(-1)).toBe(`statusUpdate ${ASKING}`);
    const task = first[0]?.payload?.value as Task;
    const second = await collect(client.sendMessageStream(request('main', { taskId: task.id })));
    expect(second.map(shape).at(-1)).toBe(`statusUpdate ${COMPLETED}`);
  });

  it('subscribes to a running task, cancels it, and the stream ends', async () => {
    const { url } = await remoteBench();
    const client = await npmClient(url, { transport });
    const task = (await client.sendMessage(request('wait', { returnImmediately: true }))) as Task;
    const stream = client.resubscribeTask({ id: task.id, tenant: '' });
    const first = await stream.next();
    expect(first.value?.payload?.$case).toBe('task');
    const canceled = await client.cancelTask({ id: task.id, tenant: '', metadata: undefined });
    expect(canceled.status?.state).toBe(CANCELED);
    expect((await collect(stream)).map(shape).at(-1)).toBe(`statusUpdate ${CANCELED}`);
  });

  it('names the errors of the protocol', async () => {
    const { url } = await remoteBench();
    const client = await npmClient(url, { transport });
    const nobody = { id: '01j00000000000000000000000', tenant: '' };
    await expect(client.getTask({ ...nobody, historyLength: undefined })).rejects.toThrow(
      TaskNotFoundError,
    );
    const task = (await client.sendMessage(request('hello'))) as Task;
    await expect(
      client.cancelTask({ id: task.id, tenant: '', metadata: undefined }),
    ).rejects.toThrow(TaskNotCancelableError);
    await expect(client.sendMessage(request('more', { taskId: task.id }))).rejects.toThrow(
      UnsupportedOperationError,
    );
    await expect(collect(client.resubscribeTask({ id: task.id, tenant: '' }))).rejects.toThrow(
      UnsupportedOperationError,
    );
  });

  it('sets, reads, lists and deletes a push configuration', async () => {
    const { url, push } = await remoteBench();
    const client = await npmClient(url, { transport });
    const { id: taskId } = (await client.sendMessage(
      request('wait', { returnImmediately: true }),
    )) as Task;
    const set = await client.createTaskPushNotificationConfig({
      tenant: '',
      taskId,
      id: 'mine',
      url: 'https://example.com/hook',
      token: 'opaque',
      authentication: { scheme: 'Bearer', credentials: 'secret' },
    });
    expect([set.id, set.url, set.authentication?.scheme]).toEqual([
      'mine',
      'https://example.com/hook',
      'Bearer',
    ]);
    expect(push.configs.get(`${taskId}/mine`)?.protocolVersion).toBe(
      transport === 'JSONRPC 0.3' ? '0.3' : '1.0',
    );
    const read = await client.getTaskPushNotificationConfig({ tenant: '', taskId, id: 'mine' });
    expect(read.token).toBe('opaque');
    const wanted = { tenant: '', taskId, pageSize: 0, pageToken: '' };
    expect((await client.listTaskPushNotificationConfig(wanted)).configs).toHaveLength(1);
    const gone = { tenant: '', taskId, id: 'mine' };
    await client.deleteTaskPushNotificationConfig(gone);
    await client.deleteTaskPushNotificationConfig(gone);
    expect((await client.listTaskPushNotificationConfig(wanted)).configs).toEqual([]);
  });
});

describe.each(['JSONRPC', 'HTTP+JSON'] as const)('lists over %s', (transport) => {
  it('come newest first, by pages, with filters', async () => {
    const { url } = await remoteBench();
    const client = await npmClient(url, { transport });
    const contextId = 'talk';
    const ids: string[] = [];
    for (const text of ['one', 'two', 'wait three'])
      ids.unshift(
        (
          (await client.sendMessage(
            request(text, { contextId, returnImmediately: text.startsWith('wait') }),
          )) as Task
        ).id,
      );
    const wanted = {
      tenant: '',
      contextId,
      status: TaskState.TASK_STATE_UNSPECIFIED,
      pageSize: 2,
      pageToken: '',
      historyLength: undefined,
      statusTimestampAfter: undefined,
      includeArtifacts: false,
    };
    const first = await client.listTasks(wanted);
    expect([first.totalSize, first.pageSize]).toEqual([3, 2]);
    const second = await client.listTasks({ ...wanted, pageToken: first.nextPageToken });
    expect([...first.tasks, ...second.tasks].map(({ id }) => id)).toEqual(ids);
    expect(second.nextPageToken).toBe('');
    const done = await client.listTasks({ ...wanted, status: COMPLETED, pageSize: 50 });
    expect(done.tasks.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(done.tasks.every(({ artifacts }) => artifacts.length === 0)).toBe(true);
    const whole = await client.listTasks({ ...wanted, status: COMPLETED, includeArtifacts: true });
    expect(whole.tasks.flatMap(textsOf)).toEqual(['done: two', 'done: one']);
    const since = done.tasks[0]?.status?.timestamp;
    const late = await client.listTasks({ ...wanted, statusTimestampAfter: since });
    expect(late.tasks.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  });
});
