import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createA2aTools } from '../../../../src/tools/a2a/family.js';
import { createA2aTool } from '../../../../src/tools/a2a/a2a-tool.js';
import type { RemoteAgent } from '../../../../src/domain/index.js';
import { InfrastructureError } from '../../../../src/domain/index.js';
import { sendOnce } from '../../../../src/tools/a2a/send-once.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';
import { a2aAgent } from '../../../support/a2a-agent.js';

async function bench(changes: Partial<RemoteAgent> = {}) {
  const { url, told } = await a2aAgent();
  const agent: RemoteAgent = {
    name: 'echo',
    url,
    auth: 'none',
    transport: null,
    repeatsSends: false,
    timeoutMs: 5000,
    maxOutputBytes: 50_000,
    ...changes,
  };
  const fixture = await workspaceFixture();
  const services = {
    agents: [agent],
    fetch,
    readToken: () => Promise.resolve('tok'),
    pauseMs: 5,
  };
  const tool = createA2aTool(services);
  let step = 0;
  const call = (input: Readonly<Record<string, unknown>>, more: object = {}) => {
    step += 1;
    const context = toolContext(fixture.workspace, {
      step: { scope: 'test', step, index: 0 },
      ...more,
    });
    return callTool(tool, input, context);
  };
  return { tool, call, told, fixture, services, agent };
}

describe('the tool for agents elsewhere', () => {
  it('is offered where the configuration names one', async () => {
    const { services } = await bench();
    expect(createA2aTools({ ...services, agents: [] })).toEqual([]);
    const [tool] = createA2aTools(services);
    expect(tool).toMatchObject({
      name: 'a2a',
      isDeferred: true,
      access: 'execute',
      standsAlone: true,
    });
    expect(tool?.timeoutMs?.({ action: 'send', wait_s: 10 })).toBe(70_000);
    expect(tool?.subjects?.({ action: 'send', agent: 'echo' })).toEqual(['echo']);
    expect(tool?.title({ action: 'send', agent: 'echo', text: 'a\nb' })).toBe('a2a: send echo a b');
  });

  it('sends work, waits for it and shows what was made', async () => {
    const { call, told } = await bench();
    const beats: unknown[] = [];
    const output = await call(
      { action: 'send', agent: 'echo', text: 'hello', skill: 'code' },
      { heartbeat: (facts: unknown) => void beats.push(facts) },
    );
    expect(output.text).toMatch(/^task \S+ of agent echo: completed\ndone\n--- echo.txt\nhello$/);
    expect(output.isError).toBe(false);
    expect(told[0]?.metadata).toEqual({ skill: 'code' });
  });

  it('says how to go on with a task that asks, and tells it the answer', async () => {
    const { call } = await bench();
    const asked = await call({ action: 'send', agent: 'echo', text: 'ask' });
    expect(asked.text).toContain(
      'input-required\nsure?\n(It asks: answer with action send, task and text.)',
    );
    const task = /task (\S+) of/.exec(asked.text)?.[1];
    const answered = await call({ action: 'send', agent: 'echo', text: 'yes', task });
    expect(answered.text).toContain(`task ${task} of agent echo: completed`);
  });

  it('waits no longer than it may, and can be asked again', async () => {
    const { call } = await bench();
    const sent = await call({ action: 'send', agent: 'echo', text: 'work', wait_s: 0 });
    expect(sent.text).toContain('working\nat it\n(It works on: wait with action get and task.)');
    const task = /task (\S+) of/.exec(sent.text)?.[1];
    expect((await call({ action: 'get', agent: 'echo', task, wait_s: 0 })).text).toContain(
      'working',
    );
    expect((await call({ action: 'cancel', agent: 'echo', task })).text).toContain('canceled');
    expect((await call({ action: 'list', agent: 'echo' })).text).toContain(
      `task ${task}: canceled`,
    );
  });

  it('shows failures as failures', async () => {
    const { call } = await bench();
    expect(await call({ action: 'send', agent: 'echo', text: 'fail' })).toMatchObject({
      isError: true,
      text: expect.stringContaining('failed\nno good') as string,
    });
  });

  it('shows an answer that is no task', async () => {
    const { call } = await bench();
    expect((await call({ action: 'send', agent: 'echo', text: 'answer' })).text).toBe(
      'agent echo answers:\njust so',
    );
  });

  it('keeps the whole of a long result, and shows a part', async () => {
    const { call } = await bench({ maxOutputBytes: 1024 });
    const output = await call({ action: 'send', agent: 'echo', text: 'long '.repeat(2000) });
    expect(output.text.length).toBeLessThan(1400);
    expect(output.text).toMatch(/the whole is @output\/[0-9a-f]{12}/);
  });

  it.each([
    [{ action: 'send' }, 'Give agent: one of echo.'],
    [{ action: 'send', agent: 'nobody', text: 'x' }, 'Give agent: one of echo.'],
    [{ action: 'send', agent: 'echo', text: '  ' }, 'Give text.'],
    [{ action: 'get', agent: 'echo' }, 'Give task.'],
    [{ action: 'cancel', agent: 'echo', task: '' }, 'Give task.'],
  ])('says what is missing in %j', async (input, text) => {
    const { call } = await bench();
    expect(await call(input)).toEqual({ text, isError: true });
  });

  it('lists the agents', async () => {
    const { call } = await bench();
    expect(await call({ action: 'list' })).toEqual({ text: 'echo', isError: false });
  });

  it('sends no key', async () => {
    const { call, told } = await bench();
    const key = `sk-ant-api03-${'a1B2'.repeat(20)}`;
    expect((await call({ action: 'send', agent: 'echo', text: key })).text).toMatch(/secret key/);
    expect(told).toEqual([]);
  });

  it('answers with what the agent refused, and with why it was not reached', async () => {
    const { call } = await bench();
    expect((await call({ action: 'get', agent: 'echo', task: 'nobody' })).text).toMatch(
      /^agent echo refused it: /,
    );
    const gone = await bench({ url: 'http://127.0.0.1:1' });
    expect((await gone.call({ action: 'list', agent: 'echo' })).text).toMatch(/^agent echo: /);
  });

  it('waits for a Vault that does not answer', async () => {
    const { services, agent, fixture } = await bench();
    const tool = createA2aTool({
      ...services,
      agents: [{ ...agent, auth: 'vault' }],
      readToken: () =>
        Promise.reject(new InfrastructureError('ERR_VAULT_UNREACHABLE', { message: 'x' })),
    });
    const context = toolContext(fixture.workspace);
    await expect(callTool(tool, { action: 'list', agent: 'echo' }, context)).rejects.toThrow('x');
  });
});

describe('a message to an agent as a step', () => {
  const key = { scope: 'test', step: 7, index: 0 };

  it('that is made again goes on with the task it made', async () => {
    const { call, told } = await bench();
    const input = { action: 'send', agent: 'echo', text: 'hello' };
    const first = await call(input, { step: key });
    const again = await call(input, { step: key });
    expect(again.text).toBe(first.text);
    expect(told).toHaveLength(1);
  });

  it('of which nobody knows whether it arrived is reported', async () => {
    const { call, told, fixture } = await bench();
    const input = { action: 'send', agent: 'echo', text: 'hello', wait_s: 0 };
    await crashedSend(fixture, ['echo', 'hello', null, null, null]);
    expect((await call(input, { step: key })).text).toMatch(/^Interrupted by a crash/);
    expect(told).toEqual([]);
  });

  it('is sent again under its own id where the agent takes that for one', async () => {
    const { call, told, fixture } = await bench({ repeatsSends: true });
    const id = await crashedSend(fixture, ['echo', 'hello', null, null, null]);
    const output = await call({ action: 'send', agent: 'echo', text: 'hello' }, { step: key });
    expect(output.text).toContain('completed');
    expect(told.map(({ messageId }) => messageId)).toEqual([id]);
  });

  it('of another text under the same step is another one', async () => {
    const { call, told, fixture } = await bench();
    await crashedSend(fixture, ['echo', 'other', null, null, null]);
    await call({ action: 'send', agent: 'echo', text: 'hello' }, { step: key });
    expect(told).toHaveLength(1);
  });

  /** A worker that dies while it sends. */
  async function crashedSend(
    { workspace }: Awaited<ReturnType<typeof workspaceFixture>>,
    call: readonly unknown[],
  ): Promise<string> {
    let id = '';
    const context = toolContext(workspace, { step: key });
    const dying = sendOnce(context, {
      call: JSON.stringify(call),
      isRepeatable: false,
      send: (messageId) => {
        id = messageId;
        return Promise.reject(new Error('killed'));
      },
    });
    await expect(dying).rejects.toThrow('killed');
    return id;
  }

  it('leaves a note that is whole, and one that is none is an error', async () => {
    const { fixture, call } = await bench();
    await call({ action: 'send', agent: 'echo', text: 'hello' }, { step: key });
    const steps = join(fixture.workspace.state, 'steps');
    const notes = (await readdir(steps, { recursive: true })).filter((name) =>
      name.endsWith('.a2a.json'),
    );
    expect(notes).toHaveLength(1);
    await mkdir(steps, { recursive: true });
    await writeFile(join(steps, notes[0] ?? ''), '{}');
    await expect(
      call({ action: 'send', agent: 'echo', text: 'hello' }, { step: key }),
    ).rejects.toThrow();
  });
});
