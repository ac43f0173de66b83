import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { ToolActivities } from '../../../../src/activities/tool/tool-activities.js';
import type { ToolResult } from '../../../../src/domain/agent/tool-call.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { stepPath } from '../../../../src/platform/storage/step-journal.js';
import { createView } from '../../../../src/platform/workspace/view.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';
import { toolDesk } from '../../../support/tool-desk.js';

describe('executeTool for an agent that only reads', () => {
  it.each([
    ['write_file', '{"path":"a.txt","content":"planted"}'],
    ['write', '{"path":"new.txt","content":"planted"}'],
    ['edit', '{"path":"a.txt","edits":[{"old_string":"hello","new_string":"planted"}]}'],
    ['bash', '{"command":"echo planted > a.txt; echo planted > new.txt"}'],
  ])('answers %s with a refusal and changes nothing', async (...call) => {
    const { input, run, workspace } = await toolDesk({ 'a.txt': 'hello\n' });
    const result = await run(await input([call], { isReadOnly: true }));
    expect(result).toMatchObject({ isError: true });
    expect(result.preview).not.toBe('');
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('hello\n');
    expect(existsSync(join(workspace.root, 'new.txt'))).toBe(false);
  });

  it('holds the lane it works in, but no view in which it only reads: others read there meanwhile', async () => {
    const held: (readonly string[])[] = [];
    const letGo: string[] = [];
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a.txt'), 'a\n');
    const { home, input, run } = await toolDesk({ 'a.txt': 'a\n' }, ({ names }) => {
      held.push(names);
      return Promise.resolve(() => letGo.push(...names));
    });
    const read = ['read_file', '{"path":"a.txt"}'] as const;
    await createView(home, 'repo/run/view', folder);
    const view = { id: 'repo/run/view', workdir: '.' };
    const results = [
      await run(await input([read])),
      await run(await input([read], { isReadOnly: true })),
      await run(await input([read], { isReadOnly: true, workspace: view })),
      await run(await input([read], { workspace: view })),
    ];
    expect(results.map(({ preview }) => preview)).toEqual(Array(4).fill('1\ta'));
    expect(held).toEqual([['repo/lane-1'], ['repo/lane-1'], ['repo/run/view']]);
    expect(letGo).toEqual(held.flat());
  });

  it('says that it only reads, and still reads', async () => {
    const { input, run } = await toolDesk({ 'a.txt': 'hello\n' });
    const refused = await run(await input([['bash', '{"command":"ls"}']], { isReadOnly: true }));
    expect(refused.preview).toBe('bash is not available: this agent only reads.');
    const read = await run(await input([['read', '{"path":"a.txt"}']], { isReadOnly: true }));
    expect([read.isError, read.preview]).toEqual([false, '1\thello']);
  });
});

describe('executeTool', () => {
  it('runs the call at its place in the newest assistant message and stores the text', async () => {
    const { input, run, blobs } = await toolDesk({ 'a.txt': 'hello\n' });
    const result = await run(
      await input(
        [
          ['glob', '{}'],
          ['read', '{"path":"a.txt"}'],
        ],
        { callIndex: 1 },
      ),
    );
    expect(result).toEqual({
      callId: 'c1',
      ref: { digest: expect.any(String), bytes: 7 },
      preview: '1\thello',
      isError: false,
      seen: [{ path: 'a.txt', hash: expect.any(String) }],
      progress: [expect.stringMatching(/^read:a\.txt:/)],
      exitCode: null,
      durationMs: expect.any(Number),
    });
    expect(await blobs.getText(result.ref)).toBe('1\thello');
  });

  it('answers an invalid call with an explanation', async () => {
    const { input, run, blobs } = await toolDesk();
    const result = await run(await input([['raed_file', '{}']]));
    expect(result.isError).toBe(true);
    expect(await blobs.getText(result.ref)).toContain('Did you mean read_file?');
  });

  it('appends the events it is handed, also when the call fails', async () => {
    const { input, run, events } = await toolDesk();
    const event = { source: 's', seq: 1, type: 'turn.start' as const, at: '2026-01-01T00:00:00Z' };
    await run(await input([['nope', '']], { events: [event] }));
    expect((await events.read('run-1', 0)).events).toEqual([event]);
  });

  it('returns the journaled result to a retry without running again', async () => {
    const { input, run, workspace } = await toolDesk();
    const request = await input([['bash', '{"command":"echo x >> n.txt"}']]);
    const first = await run(request);
    expect(await run(request)).toEqual(first);
    expect(await readFile(join(workspace.root, 'n.txt'), 'utf8')).toBe('x\n');
  });

  it('fails without a retry when the same step asks for something else', async () => {
    const { input, run } = await toolDesk();
    const request = await input([
      ['list_dir', '{}'],
      ['glob', '{"pattern":"*"}'],
    ]);
    await run(request);
    await expect(run({ ...request, callIndex: 1 })).rejects.toMatchObject({
      type: 'ERR_JOURNAL_MISMATCH',
      nonRetryable: true,
    });
  });

  it('fails for a workspace that is not on this machine', async () => {
    const { input, run } = await toolDesk();
    const request = await input([['list_dir', '{}']], { workspace: { id: 'gone', workdir: '.' } });
    await expect(run(request)).rejects.toMatchObject({ type: 'ERR_WORKSPACE_MISSING' });
  });

  it('stops a command when the activity is cancelled and leaves the files as they were', async () => {
    const { input, run, environment, workspace } = await toolDesk({ 'a.txt': 'before' });
    const running = run(await input([['bash', '{"command":"echo after > a.txt; sleep 60"}']]));
    await expect
      .poll(() => readFile(join(workspace.root, 'a.txt'), 'utf8'), { timeout: 10_000 })
      .toBe('after\n');
    environment.cancel();
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('before');
  });

  it('answers a call that held the worker up twice, and does not carry it out', async () => {
    const { home, input, run } = await toolDesk();
    const call = await input([['write_file', '{"path":"a.txt","content":"x"}']]);
    const file = join(homePaths(home).journal, `${stepPath(call.key)}.starts`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'starved\nstarved\n');
    const result = await run(call);
    expect(result).toMatchObject({ isError: true, callId: 'c0' });
    expect(result.preview).toContain('twice this call kept the whole engine');
  });

  it('carries no call out whose arguments lost a key', async () => {
    const { blobs, input, run } = await toolDesk();
    const call = await input([['bash', '{"command":"echo [redacted:api-key]"}']]);
    const node = JSON.parse(await blobs.getText(call.conversation)) as {
      messages: { toolCalls?: { isRedacted?: boolean }[] }[];
    };
    for (const part of node.messages.flatMap(({ toolCalls }) => toolCalls ?? []))
      part.isRedacted = true;
    const conversation = await blobs.put(JSON.stringify(node));
    const result = await run({ ...call, conversation });
    expect(result).toMatchObject({ isError: true, exitCode: null });
    expect(result.preview).toContain('keys are never recorded');
  });
});

describe('tryTool', () => {
  it('gives the result of a short command, which is journaled like any other', async () => {
    const { input, run, activities, environment, workspace } = await toolDesk();
    const request = await input([['bash', '{"command":"echo x >> n.txt; echo out"}']]);
    const begin: ToolActivities['tryTool'] = (call) => activities.tryTool(call);
    const tried = await environment.run(begin, request);
    expect(tried).toMatchObject({ isError: false, exitCode: 0 });
    expect(await run(request)).toEqual(tried);
    expect(await readFile(join(workspace.root, 'n.txt'), 'utf8')).toBe('x\n');
  });

  it('leaves a longer one running for executeTool, which neither begins it again nor loses its end', async () => {
    const { input, run, activities, environment, workspace } = await toolDesk();
    const command = 'echo x >> n.txt; until [ -e go ]; do sleep 0.05; done; echo out';
    const request = await input([['bash', JSON.stringify({ command })]]);
    expect(await environment.run((call) => activities.tryTool(call), request)).toBeNull();
    const running = run(request);
    await writeFile(join(workspace.root, 'go'), '');
    expect(await running).toMatchObject({ isError: false, exitCode: 0 });
    expect(await readFile(join(workspace.root, 'n.txt'), 'utf8')).toBe('x\n');
  });

  it('that is begun again while it runs waits for the same command', async () => {
    const { input, activities, environment, workspace } = await toolDesk();
    const command = 'echo x >> n.txt; until [ -e go ]; do sleep 0.05; done; echo out';
    const request = await input([['bash', JSON.stringify({ command })]]);
    const first = environment.run((call) => activities.tryTool(call), request);
    await expect
      .poll(() => existsSync(join(workspace.root, 'n.txt')), { timeout: 10_000 })
      .toBe(true);
    const again = new MockActivityEnvironment();
    const second = again.run((call) => activities.tryTool(call), request);
    const third = new MockActivityEnvironment().run(
      (call) => activities.executeTool(call),
      request,
    ) as Promise<ToolResult>;
    await writeFile(join(workspace.root, 'go'), '');
    expect(await third).toMatchObject({ isError: false, exitCode: 0 });
    expect([null, await third]).toContainEqual(await first);
    expect([null, await third]).toContainEqual(await second);
    expect(await readFile(join(workspace.root, 'n.txt'), 'utf8')).toBe('x\n');
  });

  it('is undone by dropTool when nobody is to wait for it', async () => {
    const { input, activities, environment, workspace } = await toolDesk({ 'a.txt': 'before' });
    const request = await input([['bash', '{"command":"echo after > a.txt; sleep 60"}']]);
    expect(await environment.run((call) => activities.tryTool(call), request)).toBeNull();
    await environment.run((call) => activities.dropTool(call), request);
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('before');
    await environment.run((call) => activities.dropTool(call), request);
  });

  it('fails as executeTool does', async () => {
    const { input, activities, environment } = await toolDesk();
    const request = await input([['list_dir', '{}']], { workspace: { id: 'gone', workdir: '.' } });
    await expect(
      environment.run((call) => activities.tryTool(call), request),
    ).rejects.toMatchObject({ type: 'ERR_WORKSPACE_MISSING' });
  });
});
