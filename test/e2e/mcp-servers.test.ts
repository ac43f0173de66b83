import { execFileSync } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { detectSandbox } from '../../src/platform/sandbox/detect.js';
import { findExecutable } from '../../src/platform/process/find-executable.js';
import { TOOL_PATH } from '../support/lock-projects.js';
import { doubleServer, mcpBench } from '../support/mcp-bench.js';

const EVERYTHING = fileURLToPath(
  new URL(
    '../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
    import.meta.url,
  ),
);
const GIT_SERVER = findExecutable('mcp-server-git', TOOL_PATH);
const { level } = await detectSandbox();

describe('a server that nobody here wrote: everything', () => {
  const server = {
    ...doubleServer('', { timeoutMs: 20_000, startTimeoutMs: 30_000 }),
    name: 'everything',
  };
  const stdio = {
    ...server.transport,
    command: process.execPath,
    args: [EVERYTHING, 'stdio'],
    readPaths: [fileURLToPath(new URL('../../node_modules', import.meta.url))],
  };
  const everything = { ...server, transport: stdio } as typeof server;

  it('lists its tools, answers calls, and gives resources and prompts', async () => {
    const bench = await mcpBench([everything], { level });
    const call = async (tool: string, input: object) =>
      bench.call(`mcp__everything__${tool}`, input);
    expect(await call('echo', { message: 'hi there' })).toMatchObject({
      isError: false,
      text: expect.stringContaining('hi there'),
    });
    expect(await call('get-sum', { a: 2, b: 40 })).toMatchObject({
      text: expect.stringContaining('42'),
    });
    expect(await call('get-tiny-image', {})).toMatchObject({
      text: expect.stringContaining('(picture 1, 20×20 pixels)'),
      pictures: [{ mediaType: 'image/png', data: expect.stringMatching(/^iVBOR/) }],
    });
    expect(await call('get-sum', { a: 'two' })).toMatchObject({ isError: true });
    const ask = (input: object) => bench.call('mcp', { server: 'everything', ...input });
    const { text } = await ask({ action: 'resources' });
    const uri = text.split(/\s/)[0] ?? '';
    expect(await ask({ action: 'read', uri })).toMatchObject({ isError: false });
    expect((await ask({ action: 'prompts' })).text).toMatch(/^\S+\(/);
    const found = await bench.call('use_tool', { query: 'add two numbers' });
    expect(found.text).toContain('mcp__everything__get-sum');
  });

  it('does a task of its own (2025), which is looked at until it has ended', async () => {
    const bench = await mcpBench([everything], { level });
    const name = 'mcp__everything__simulate-research-query';
    let output = await bench.call(name, { topic: 'bread' });
    const begun = output.continues;
    for (let looks = 0; output.continues !== undefined && looks < 200; looks += 1) {
      await delay(output.continues.afterMs);
      const followUp = { handle: output.continues.handle };
      output = await bench.call(name, { topic: 'bread' }, { followUp });
    }
    expect(begun?.status).toMatch(/^runs as a task of MCP server everything/);
    expect(output).toMatchObject({
      isError: false,
      text: expect.stringContaining('# Research Report: bread'),
    });
  }, 60_000);

  it('gets no variables of ours', async () => {
    const bench = await mcpBench([everything], { level });
    const { text } = await bench.call('mcp__everything__get-env');
    expect(text).toContain('"PATH"');
    expect(text).not.toMatch(/CODETETHER|VAULT|VITEST/);
  });
});

describe.skipIf(GIT_SERVER === undefined)('a server that nobody here wrote: git', () => {
  it('works in the files of an agent, once', async () => {
    const program = realpathSync(GIT_SERVER ?? '');
    const stdio = {
      command: program,
      args: [],
      folder: 'write' as const,
      readPaths: [dirname(dirname(program))],
    };
    const server = {
      ...doubleServer('', {
        stdio,
        timeoutMs: 30_000,
        startTimeoutMs: 60_000,
        readOnly: ['git_s*'],
      }),
      name: 'git',
    };
    const bench = await mcpBench([server], { level });
    const { root } = bench.workspace;
    for (const args of [
      ['init', '-q'],
      ['config', 'user.name', 'Test'],
      ['config', 'user.email', 'test@localhost'],
    ])
      execFileSync('git', args, { cwd: root });
    writeFileSync(join(root, 'new.txt'), 'new\n');
    const call = (tool: string, input: object) =>
      bench.call(`mcp__git__${tool}`, { repo_path: root, ...input });
    expect((await call('git_status', {})).text).toContain('new.txt');
    expect(await call('git_add', { files: ['new.txt'] })).toMatchObject({ isError: false });
    const step = { step: { scope: 'test', step: 90, index: 0 } };
    for (let at = 0; at < 2; at += 1) {
      const input = { repo_path: root, message: 'feat: from a server' };
      expect(await bench.call('mcp__git__git_commit', input, step)).toMatchObject({
        isError: false,
        text: expect.stringContaining('committed'),
      });
    }
    const log = execFileSync('git', ['-c', 'safe.directory=*', 'log', '--oneline'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(log.trim().split('\n')).toEqual([expect.stringContaining('feat: from a server')]);
  });
});
