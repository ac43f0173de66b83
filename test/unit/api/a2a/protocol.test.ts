import { describe, expect, it } from 'vitest';
import { TASK_ORDER } from '../../../../src/domain/index.js';
import { EVENT_SEQUENCE } from '../../../../src/domain/index.js';
import { InfrastructureError } from '../../../../src/domain/index.js';
import { artifact, type FakeAgent } from '../../../support/remote/fake-tasks.js';
import { remoteBench, said, type WireTask } from '../../../support/remote/remote-bench.js';

const OLD = {};
const now = { configuration: { returnImmediately: true } };

describe('ListTasks', () => {
  it('has every required field in its JSON when there is nothing', async () => {
    const { rpc, rest } = await remoteBench();
    const empty = { tasks: [], nextPageToken: '', pageSize: 50, totalSize: 0 };
    expect((await rpc('ListTasks')).body).toEqual({ jsonrpc: '2.0', id: 1, result: empty });
    expect(await (await rest('/tasks')).json()).toEqual(empty);
  });

  it('has artifacts only when they are asked for, then also where there are none', async () => {
    const { rpc, rest } = await remoteBench();
    await rpc('SendMessage', { message: said('wait'), ...now });
    const [without] = (await rpc('ListTasks')).body.result.tasks;
    expect(without).not.toHaveProperty('artifacts');
    const [withThem] = (await rpc('ListTasks', { includeArtifacts: true })).body.result.tasks;
    expect(withThem?.artifacts).toEqual([]);
    const page = (await (await rest('/tasks?includeArtifacts=true&pageSize=1')).json()) as {
      tasks: object[];
    };
    expect(page.tasks[0]).toHaveProperty('artifacts', []);
  });

  it.each([
    ['pageSize', 0],
    ['pageSize', 101],
    ['pageSize', 'many'],
    ['historyLength', -1],
    ['status', 'TASK_STATE_UNHEARD_OF'],
    ['statusTimestampAfter', 'yesterday'],
    ['includeArtifacts', 'perhaps'],
    ['pageToken', 'no-token'],
  ])('refuses %s = %s', async (name, value) => {
    const { rpc, rest } = await remoteBench();
    expect((await rpc('ListTasks', { [name]: value })).body.error.code).toBe(-32_602);
    expect((await rest(`/tasks?${name}=${value}`)).status).toBe(400);
  });
});

describe('history', () => {
  it('is as long as it is asked for', async () => {
    const { rpc, rest } = await remoteBench();
    const { id, contextId } = (await rpc('SendMessage', { message: said('ask') })).body.result.task;
    await rpc('SendMessage', { message: said('main', { taskId: id }) });
    const texts = (task: Pick<WireTask, 'history'>) =>
      task.history?.map(({ parts }) => parts[0]?.text);
    expect(texts((await rpc('GetTask', { id })).body.result)).toEqual(['ask', 'main']);
    expect(texts((await rpc('GetTask', { id, historyLength: 1 })).body.result)).toEqual(['main']);
    const none = (await rpc('GetTask', { id, historyLength: 0 })).body.result;
    expect(none).not.toHaveProperty('history');
    const one = (await (await rest(`/tasks/${id}?historyLength=1`)).json()) as object;
    expect(texts(one)).toEqual(['main']);
    const sent = said('again', { contextId });
    const answer = await rpc('SendMessage', { message: sent, configuration: { historyLength: 0 } });
    expect(answer.body.result.task).not.toHaveProperty('history');
  });
});

describe('sending', () => {
  it('gives one task for a hundred duplicates, and an error for another body under the id', async () => {
    const { rpc, tasks } = await remoteBench();
    const message = said('wait');
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => rpc('SendMessage', { message, ...now })),
    );
    expect(new Set(answers.map(({ body }) => body.result.task.id)).size).toBe(1);
    expect(tasks.started).toBe(1);
    const other = await rpc('SendMessage', { message: { ...message, parts: [{ text: 'other' }] } });
    expect(other.body.error).toMatchObject({
      code: -32_602,
      data: [{ reason: 'MESSAGE_REUSED', domain: 'codetether.run' }],
    });
  });

  it('infers the context, keeps the one that is given, and refuses one that does not fit', async () => {
    const { rpc } = await remoteBench();
    const first = await rpc('SendMessage', { message: said('ask', { contextId: 'mine' }) });
    const { id, contextId } = first.body.result.task;
    expect(contextId).toBe('mine');
    const wrong = await rpc('SendMessage', {
      message: said('main', { taskId: id, contextId: 'other' }),
    });
    expect(wrong.body.error.code).toBe(-32_602);
    const right = await rpc('SendMessage', { message: said('main', { taskId: id }) });
    expect(right.body.result.task.contextId).toBe('mine');
  });

  it('refuses a message to a task that works and asks nothing', async () => {
    const { rpc } = await remoteBench();
    const { id } = (await rpc('SendMessage', { message: said('wait'), ...now })).body.result.task;
    const told = await rpc('SendMessage', { message: said('more', { taskId: id }) });
    expect(told.body.error).toMatchObject({
      code: -32_004,
      data: [{ reason: 'UNSUPPORTED_OPERATION', domain: 'a2a-protocol.org' }],
    });
  });

  it('tells what an answer is to say, where one is asked for, also in v0.3', async () => {
    const { rpc } = await remoteBench();
    const asked = await rpc('SendMessage', { message: said('ask') });
    expect(asked.body.result.task.status.message).toMatchObject({
      role: 'ROLE_AGENT',
      parts: [{ text: 'Which branch?' }],
    });
    const old = {
      kind: 'message',
      messageId: 'o1',
      role: 'user',
      parts: [{ kind: 'text', text: 'ask' }],
    };
    const { result } = (await rpc('message/send', { message: old }, OLD)).body;
    expect([result.kind, result.status.state]).toEqual(['task', 'input-required']);
  });

  it('tells of rejected and failed tasks with their reason', async () => {
    const { rpc } = await remoteBench();
    const rejected = (await rpc('SendMessage', { message: said('reject') })).body.result.task;
    expect(rejected.status.state).toBe('TASK_STATE_REJECTED');
    expect(rejected.status.message.parts[0]?.text).toBe('no such workspace');
    const failed = (await rpc('SendMessage', { message: said('fail') })).body.result.task;
    expect(failed.status.state).toBe('TASK_STATE_FAILED');
  });

  it('stops to wait when the client has gone, and the task goes on', async () => {
    const { url, tasks } = await remoteBench();
    const gone = new AbortController();
    const sent = fetch(`${url}/a2a`, {
      method: 'POST',
      signal: gone.signal,
      headers: { 'content-type': 'application/json', 'A2A-Version': '1.0' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'SendMessage',
        params: { message: said('wait') },
      }),
    });
    await expect.poll(() => tasks.followers).toBe(1);
    gone.abort();
    await expect(sent).rejects.toThrow();
    await expect.poll(() => tasks.followers).toBe(0);
    const [task] = tasks.tasks.values();
    expect(task?.updates.map((update) => update.kind === 'status' && update.state)).toEqual([
      'working',
    ]);
  });

  it('keeps the task when its webhook is refused, and says which one it is', async () => {
    const { rpc, tasks } = await remoteBench();
    const answer = await rpc('SendMessage', {
      message: said('wait'),
      configuration: {
        returnImmediately: true,
        taskPushNotificationConfig: { url: 'http://10.0.0.1/hook' },
      },
    });
    const [taskId] = tasks.tasks.keys();
    expect(answer.body.error.data[0]).toMatchObject({
      reason: 'PUSH_URL',
      metadata: { taskId },
    });
    const good = await rpc('SendMessage', {
      message: said('wait'),
      configuration: {
        returnImmediately: true,
        taskPushNotificationConfig: { url: 'https://example.com/hook', token: 't' },
      },
    });
    const { id } = good.body.result.task;
    const listed = await rpc('ListTaskPushNotificationConfigs', { taskId: id });
    expect(listed.body.result.configs).toMatchObject([{ taskId: id, token: 't' }]);
  });
});

describe('what a message asks for', () => {
  const orderOf = async (message: object, request: object = {}) => {
    const { rpc, tasks } = await remoteBench();
    const answer = await rpc('SendMessage', { message, ...now, ...request });
    if (answer.body.error !== undefined) return answer.body.error.message;
    const { skill, place, model, limits } = tasks.task(answer.body.result.task.id).order;
    return { skill, place, model, limits };
  };

  it('is chat without a place, code with one', async () => {
    expect(await orderOf(said('hi'))).toMatchObject({ skill: 'chat', place: undefined });
    expect(await orderOf(said('hi', { metadata: { workspace: 'shop' } }))).toMatchObject({
      skill: 'code',
      place: { kind: 'workspace', name: 'shop' },
    });
    const git_url = 'https://git.example/shop.git';
    expect(await orderOf(said('hi', { metadata: { git_url, ref: 'main' } }))).toMatchObject({
      skill: 'code',
      place: { kind: 'git', url: git_url, ref: 'main' },
    });
  });

  it('is ralph for a PRD, as data and as a file', async () => {
    const prd = { project: 'p', user_stories: [] };
    const raw = Buffer.from(JSON.stringify(prd)).toString('base64');
    for (const part of [
      { data: prd },
      { raw, filename: 'prd.json' },
      { raw, mediaType: 'application/json' },
      { raw: Buffer.from('# PRD').toString('base64'), filename: 'my-prd.md' },
    ])
      expect(await orderOf(said('', { parts: [part] }))).toMatchObject({ skill: 'ralph' });
    const other = { raw: Buffer.from('{').toString('base64'), filename: 'a.json' };
    expect(await orderOf(said('', { parts: [other] }))).toMatchObject({ skill: 'chat' });
  });

  it('is what the extension says, which is stronger than plain keys and than the request', async () => {
    const metadata = {
      skill: 'chat',
      [TASK_ORDER]: { skill: 'swarm', model: 'a/b', limits: { budget_usd: 2, timeout_s: 60 } },
    };
    expect(
      await orderOf(said('hi', { metadata }), { metadata: { skill: 'rlm', workspace: 'w' } }),
    ).toMatchObject({
      skill: 'swarm',
      model: 'a/b',
      place: { kind: 'workspace', name: 'w' },
      limits: { budgetUsd: 2, timeoutS: 60 },
    });
  });

  it.each([
    [{ skill: 'root' }, 'skill'],
    [{ workspace: '../../etc' }, 'workspace'],
    [{ workspace: '/etc' }, 'workspace'],
    [{ git_url: '/srv/git/shop' }, 'git_url'],
    [{ git_url: 'file:///srv/git/shop' }, 'git_url'],
    [{ git_url: 'https://me:secret@git.example/shop' }, 'git_url'],
    [{ git_url: 'ext::sh -c id' }, 'git_url'],
    [{ git_url: 'https://git.example/a', workspace: 'b' }, 'git_url'],
    [{ git_url: 'https://git.example/a', ref: '--upload-pack=x' }, 'ref'],
    [{ model: 'no-provider' }, 'model'],
    [{ [TASK_ORDER]: { skil: 'code' } }, 'Unrecognized'],
    [{ [TASK_ORDER]: 'code' }, TASK_ORDER],
  ])('refuses %j', async (metadata, named) => {
    const message = await orderOf(said('hi', { metadata }));
    expect(message).toContain(named);
    expect(message).not.toContain('secret');
  });

  it('takes no media type that the card does not list', async () => {
    const { rpc, rest } = await remoteBench();
    const message = said('', { parts: [{ raw: '', mediaType: 'video/mp4' }] });
    expect((await rpc('SendMessage', { message })).body.error.code).toBe(-32_005);
    const post = await rest('/message:send', { method: 'POST', body: JSON.stringify({ message }) });
    expect([post.status, await post.json()]).toMatchObject([
      400,
      {
        error: { status: 'INVALID_ARGUMENT', details: [{ reason: 'CONTENT_TYPE_NOT_SUPPORTED' }] },
      },
    ]);
  });
});

describe('artifacts', () => {
  const agent: FakeAgent = (task) => {
    const tell = (more: Parameters<typeof artifact>[1], text: string) =>
      task.tell({ kind: 'artifact', artifact: artifact(text, more) });
    tell({ artifactId: 'rows', name: 'rows.json', mediaType: 'application/json' }, '[1,2]');
    tell({ artifactId: 'odd', name: 'odd.json', mediaType: 'application/json' }, '{');
    tell({ artifactId: 'patch', name: 'x.patch', mediaType: 'text/x-patch', digest: 'd' }, '--- a');
    task.tell({ kind: 'status', state: 'completed', text: null });
  };

  it('come as text, as data, and by the address of this server where they are large', async () => {
    const { rpc, url } = await remoteBench({ agent });
    const { task } = (await rpc('SendMessage', { message: said('x') })).body.result;
    expect(task.artifacts.map(({ parts }) => parts[0])).toEqual([
      { data: [1, 2], filename: 'rows.json', mediaType: 'application/json' },
      { text: '{', filename: 'odd.json', mediaType: 'application/json' },
      {
        url: `${url}/a2a/v1/tasks/${task.id}/artifacts/patch`,
        filename: 'x.patch',
        mediaType: 'text/x-patch',
      },
    ]);
    const whole = await fetch(task.artifacts[2]?.parts[0]?.url ?? '');
    expect(await whole.text()).toBe('--- a');
    expect(whole.headers.get('content-disposition')).toContain('attachment');
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await fetch(`${url}/a2a/v1/tasks/${task.id}/artifacts/none`)).status).toBe(404);
  });
});

describe('versions', () => {
  it.each([
    ['0.9', -32_009],
    ['2.0', -32_009],
    ['one', -32_009],
    ['1.0.1', undefined],
    [' 1.0 ', undefined],
  ])('%s', async (version, code) => {
    const { rpc } = await remoteBench();
    const { body } = await rpc('ListTasks', {}, { 'A2A-Version': version });
    expect(body.error?.code).toBe(code);
  });

  it('can be named by the query, and is 0.3 when it is empty', async () => {
    const { url, rpc } = await remoteBench();
    const ask = (query: string, method: string) =>
      fetch(`${url}/a2a${query}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 7, method, params: { id: 'x' } }),
      });
    const codeOf = async (response: Response) =>
      ((await response.json()) as { error: { code: number } }).error.code;
    expect(await codeOf(await ask('?A2A-Version=1.0', 'GetTask'))).toBe(-32_001);
    expect(await codeOf(await ask('', 'GetTask'))).toBe(-32_601);
    expect(await codeOf(await ask('', 'tasks/get'))).toBe(-32_001);
    expect((await rpc('ListTasks', {}, { 'A2A-Version': '' })).body.error.code).toBe(-32_601);
    const rest = await fetch(`${url}/a2a/v1/tasks`);
    expect([rest.status, rest.headers.get('vary')]).toEqual([
      400,
      expect.stringContaining('A2A-Version'),
    ]);
    expect((await fetch(`${url}/a2a/v1/tasks?A2A-Version=1.0`)).status).toBe(200);
  });

  it('0.3 waits unless it is told not to, and has no list of details in its errors', async () => {
    const { rpc } = await remoteBench();
    const message = (text: string) => ({
      kind: 'message',
      messageId: text,
      role: 'user',
      parts: [{ kind: 'text', text }],
    });
    const done = await rpc('message/send', { message: message('hi') }, OLD);
    expect(done.body.result.status.state).toBe('completed');
    const configuration = { blocking: false };
    const soon = await rpc('message/send', { message: message('wait'), configuration }, OLD);
    expect(soon.body.result.status.state).toBe('submitted');
    const unknown = await rpc('tasks/get', { id: 'nothing' }, OLD);
    expect(unknown.body.error).toEqual({ code: -32_001, message: 'there is no such task' });
  });
});

describe('extensions', () => {
  it('are named in the answer when they were asked for', async () => {
    const { rest } = await remoteBench();
    const asked = await rest('/tasks', {
      headers: { 'A2A-Extensions': `https://other.example/x, ${EVENT_SEQUENCE}` },
    });
    expect(asked.headers.get('a2a-extensions')).toBe(EVENT_SEQUENCE);
    expect((await rest('/tasks')).headers.get('a2a-extensions')).toBeNull();
  });
});

describe('the REST binding', () => {
  it('answers with its own media type, also below a tenant and in the spelling of the proto', async () => {
    const { rest } = await remoteBench();
    const body = JSON.stringify({
      message: {
        message_id: 'm',
        role: 'ROLE_USER',
        parts: [{ text: 'hi', media_type: 'text/plain' }],
      },
    });
    const sent = await rest('/message:send', { method: 'POST', body });
    expect(sent.headers.get('content-type')).toMatch(/^application\/a2a\+json/);
    const { task } = (await sent.json()) as { task: { id: string } };
    for (const path of [`/tasks/${task.id}`, `/acme/tasks/${task.id}`])
      expect(((await (await rest(path)).json()) as { id: string }).id).toBe(task.id);
  });

  it.each([
    ['GET', '/tasks/nothing', 404, 'NOT_FOUND'],
    ['POST', '/tasks/nothing:cancel', 404, 'NOT_FOUND'],
    ['GET', '/tasks/nothing:subscribe', 404, 'NOT_FOUND'],
    ['GET', '/extendedAgentCard', 400, 'FAILED_PRECONDITION'],
    ['POST', '/message:send', 400, 'INVALID_ARGUMENT'],
    ['DELETE', '/tasks/nothing/pushNotificationConfigs/x', 404, 'NOT_FOUND'],
  ])('%s %s is %i', async (method, path, ...[status, name]) => {
    const { rest } = await remoteBench();
    const response = await rest(path, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { error: { code: status, status: name } },
    ]);
  });

  it('names every field that is wrong', async () => {
    const { rest } = await remoteBench();
    const response = await rest('/message:send', {
      method: 'POST',
      body: JSON.stringify({ message: { role: 'ROLE_AGENT', parts: [] } }),
    });
    const { error } = (await response.json()) as { error: { details: Record<string, unknown>[] } };
    const violations = error.details[1]?.['fieldViolations'] as { field: string }[];
    expect(violations.map(({ field }) => field).toSorted()).toEqual([
      'message.messageId',
      'message.parts',
      'message.role',
    ]);
  });
});

describe('a store or a server that does not answer', () => {
  it('is 503 with a time to wait, in both bindings, and no failed task', async () => {
    const { rpc, rest, tasks, faults } = await remoteBench();
    const { id } = (await rpc('SendMessage', { message: said('wait'), ...now })).body.result.task;
    tasks.fault = new InfrastructureError('ERR_TEMPORAL_UNREACHABLE', { message: 'no answer' });
    const down = await rpc('GetTask', { id });
    expect([down.status, down.body.error.code]).toEqual([503, -32_603]);
    const sent = await rest('/message:send', {
      method: 'POST',
      body: JSON.stringify({ message: said('hi') }),
    });
    expect([sent.status, sent.headers.get('retry-after')]).toEqual([503, '5']);
    expect(faults).toHaveLength(2);
    tasks.fault = undefined;
    expect((await rpc('GetTask', { id })).body.result.status.state).toBe('TASK_STATE_WORKING');
  });

  it('nothing of an error that nobody foresaw leaves the server', async () => {
    const { rpc, rest, tasks, faults } = await remoteBench();
    tasks.fault = new Error('password is hunter2');
    const { status, body } = await rpc('GetTask', { id: 'x' });
    expect([status, body.error]).toEqual([500, { code: -32_603, message: 'Internal error' }]);
    expect(await (await rest('/tasks/x')).text()).not.toContain('hunter2');
    expect(faults).toHaveLength(2);
  });
});

describe('a server that posts nothing', () => {
  it('says so in its card, refuses configurations by that name, and starts nothing for them', async () => {
    const { rpc, url, tasks } = await remoteBench({ push: null });
    const card = (await (await fetch(`${url}/.well-known/agent-card.json`)).json()) as object;
    expect(card).toHaveProperty('capabilities.pushNotifications', false);
    const config = { url: 'https://example.com/x' };
    const configuration = { taskPushNotificationConfig: config };
    for (const [method, params] of [
      ['CreateTaskPushNotificationConfig', { taskId: 'x', ...config }],
      ['ListTaskPushNotificationConfigs', { taskId: 'x' }],
      ['GetTaskPushNotificationConfig', { taskId: 'x', id: 'y' }],
      ['DeleteTaskPushNotificationConfig', { taskId: 'x', id: 'y' }],
      ['SendMessage', { message: said('hi'), configuration }],
    ] as const)
      expect((await rpc(method, params)).body.error.code).toBe(-32_003);
    expect(tasks.started).toBe(0);
  });
});
