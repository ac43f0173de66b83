import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSnapshots } from '../../../../src/platform/workspace/snapshot.js';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { writeLaneEnvironment } from '../../../../src/platform/workspace/lane-environment.js';
import { createRunTools } from '../../../../src/tools/run/bash.js';
import { hasOutsideEffects } from '../../../../src/tools/run/outside-effects.js';
import { plainTerminalText } from '../../../../src/tools/run/terminal-text.js';
import { callTool, toolBench, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

describe('bash', () => {
  it('reports output, exit code and sandbox level', async () => {
    const bench = await toolBench({ 'a.txt': 'x' });
    const { level } = await detectSandbox();
    const output = await bench.call('bash', {
      command: 'cat a.txt; echo; echo problem >&2; exit 4',
    });
    expect(output).toMatchObject({ isError: true, exitCode: 4, sandbox: level });
    expect(output.text).toMatch(
      new RegExp(`^x\\nproblem\\n\\[exit code 4; sandbox ${level}, (no )?network\\]$`),
    );
    expect((await bench.call('bash', { command: 'true' })).text).toMatch(
      /^\(no output\)\n\[exit code 0;/,
    );
  });

  it('finds what set-up prepared: variables, programs of a virtual environment, readable folders', async () => {
    const bench = await toolBench({ 'env/bin/tool': '#!/bin/sh\necho from the lane\n' });
    await chmod(join(bench.workspace.root, 'env/bin/tool'), 0o755);
    const cache = join(bench.workspace.state, 'cache');
    await mkdir(cache);
    await writeFile(join(cache, 'package'), 'fetched\n');
    await writeLaneEnvironment(bench.workspace, {
      variables: { CACHE: cache, SOME_TOKEN: 'x' },
      path: ['env/bin'],
      readable: [cache, join(cache, 'gone')],
    });
    const command = 'tool; cat "$CACHE/package"; echo "token=$SOME_TOKEN"';
    const { text } = await bench.call('bash', { command });
    expect(text).toMatch(/^from the lane\nfetched\ntoken=\n/);
  });

  it('starts in the working folder or the one that was asked for', async () => {
    const bench = await toolBench({ 'sub/deep/x': '' });
    const workspace = { ...bench.workspace, workdir: 'sub' };
    expect((await bench.call('bash', { command: 'pwd' }, { workspace })).text).toContain(
      `${workspace.root}/sub\n`,
    );
    expect(
      (await bench.call('bash', { command: 'pwd', workdir: 'deep' }, { workspace })).text,
    ).toContain('/sub/deep\n');
    expect((await bench.call('bash', { command: 'pwd', workdir: 'none' })).text).toBe(
      'none: no such folder.',
    );
    expect((await bench.call('bash', { command: 'pwd', workdir: '/' })).isError).toBe(true);
  });

  it('keeps 40 % of the head and 60 % of the tail, and the whole for read_file and grep', async () => {
    const bench = await toolBench();
    const { text } = await bench.call('bash', { command: 'seq 1 30000' });
    const name = /read_file or grep (@output\/[0-9a-f]{12}) for the whole/.exec(text)?.[1];
    if (name === undefined) expect.fail(text.slice(20_000, 21_000));
    const [head = '', tail = ''] = text.split(/\n\[… .+ …\]\n/);
    expect(head.length).toBe(20_480);
    expect(tail.length).toBeGreaterThan(30_000);
    expect(
      (await bench.call('read_file', { path: name, offset: 15_000, limit: 1 })).text,
    ).toContain('15000\t15000');
    expect((await bench.call('grep', { path: name, pattern: '^14999$' })).text).toBe(
      `${name}:14999:14999`,
    );
  });

  it('stops at the time limit and says how to get more', async () => {
    const bench = await toolBench();
    const output = await bench.call('bash', { command: 'echo begun; sleep 60', timeout_s: 1 });
    expect(output.text).toContain(
      'begun\n[stopped after 1 s; give timeout_s (up to 3600) if it needs longer;',
    );
    expect(output.isError).toBe(true);
  });

  it('restores the workspace when it is cancelled', async () => {
    const bench = await toolBench({ 'a.txt': 'before' });
    const controller = new AbortController();
    const running = bench.call(
      'bash',
      { command: 'echo after > a.txt; echo ready; sleep 60' },
      { signal: controller.signal, heartbeat: () => controller.abort() },
    );
    await expect
      .poll(() => readFile(join(bench.workspace.root, 'a.txt'), 'utf8'), { timeout: 10_000 })
      .toBe('after\n');
    controller.abort();
    await expect(running).rejects.toThrow('aborted');
    expect(await readFile(join(bench.workspace.root, 'a.txt'), 'utf8')).toBe('before');
  });

  it('returns the committed result when the same step comes again', async () => {
    const bench = await toolBench();
    const step = { scope: 'same', step: 7, index: 0 };
    const input = { command: 'echo x >> count.txt; wc -l < count.txt' };
    const first = await bench.call('bash', input, { step });
    expect(await bench.call('bash', input, { step })).toEqual(first);
    expect(await readFile(join(bench.workspace.root, 'count.txt'), 'utf8')).toBe('x\n');
  });

  it('reports instead of repeating a command with outside effects that was interrupted', async () => {
    const bench = await toolBench({ 'a.txt': 'a' });
    const step = { scope: 'same', step: 8, index: 0 };
    const input = { command: 'echo x >> a.txt; git push origin main; exit 0' };
    const change = { step, network: 'full' as const };
    await bench.call('bash', input, change);
    // As a crash before the commit point leaves it: started is written, the head is still at the base.
    const snapshots = createSnapshots(bench.workspace);
    const head = await snapshots.head();
    const base = (await bench.workspaceGit().resolve(`${head?.commit ?? ''}^`)) ?? '';
    await bench.workspaceGit().run(['update-ref', `${bench.workspace.refPrefix}/head`, base]);
    await writeFile(join(bench.workspace.root, 'a.txt'), 'half done');
    const output = await bench.call('bash', input, change);
    expect(output.text).toContain('interrupted');
    expect(await readFile(join(bench.workspace.root, 'a.txt'), 'utf8')).toBe('a');
  });
});

describe('hasOutsideEffects', () => {
  it.each([
    ['git push', true],
    ['cd x && git -C y push --force', true],
    ['npm publish', true],
    ['curl -s -X POST http://x', true],
    ['curl -d a=b http://x', true],
    ['./deploy.sh', true],
    ['git status', false],
    ['npm test', false],
    ['curl http://x', false],
    ['git stash; echo push', false],
  ])('%s: %s', (command, expected) => {
    expect(hasOutsideEffects(command)).toBe(expected);
  });
});

describe('plainTerminalText', () => {
  it.each([
    ['\u001B[31mred\u001B[0m', 'red'],
    ['\u001B]0;title\u0007text', 'text'],
    ['10%\r50%\r100%\ndone\r\n', '100%\ndone\n'],
    ['a\u0000b\u0008c\td', 'abc\td'],
  ])('%j becomes %j', (text, expected) => {
    expect(plainTerminalText(text)).toBe(expected);
  });
});

describe('a command that no system can start', () => {
  it.each([
    ['echo a\0b', 'The command holds a NUL character'],
    [`: ${'x'.repeat(121 * 1024)}`, 'The command has 123906 bytes; at most 122880'],
  ])('is refused before anything is written down', async (command, text) => {
    const { home, workspace } = await workspaceFixture();
    const [tool] = createRunTools({ sandbox: await detectSandbox(), masked: [home] });
    if (tool === undefined) return expect.fail('no tool');
    const output = await callTool(tool, { command }, toolContext(workspace));
    expect(output).toEqual({ text: expect.stringContaining(text), isError: true });
    await expect(readFile(join(workspace.state, 'steps'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(await createSnapshots(workspace).head()).toBeUndefined();
  });

  it('names its time limit, and one line of what it does', async () => {
    const [tool] = createRunTools({ sandbox: await detectSandbox(), masked: [] });
    expect([
      tool?.timeoutMs?.({ command: 'a' }),
      tool?.timeoutMs?.({ command: 'a', timeout_s: 3 }),
    ]).toEqual([120_000, 3000]);
    expect(tool?.title({ command: 'cd a\n  && make' })).toBe('bash: cd a && make');
    expect(tool?.parameters.safeParse({ command: 'a', timeout_s: 3601 }).success).toBe(false);
  });
});
