import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { McpServer } from '../../../../src/domain/agent/mcp-server.js';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { DOUBLE, doubleServer, mcpBench, type ServerChanges } from '../../../support/mcp-bench.js';

const hasFullSandbox = (await detectSandbox()).level === 'full';
const plain = (changes: ServerChanges = {}) => mcpBench([doubleServer('plain', changes)]);
const lines = async (path: string): Promise<number> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').length - 1;

describe('tools of a server', () => {
  it('are called by their names, through the bridge, and by the tool mcp', async () => {
    const bench = await plain();
    for (const [name, input] of [
      ['mcp__double__echo', { text: 'hi' }],
      ['use_tool', { name: 'mcp__double__echo', arguments: { text: 'hi' } }],
      ['mcp', { action: 'call', server: 'double', tool: 'echo', arguments: { text: 'hi' } }],
      [
        'use_tool',
        {
          name: 'mcp',
          arguments: { action: 'call', server: 'double', tool: 'echo', arguments: '{"text":"hi"}' },
        },
      ],
    ] as const) {
      expect(await bench.call(name, input)).toMatchObject({ text: 'hi', isError: false });
      const call = { id: 'c', name, arguments: JSON.stringify(input) };
      expect(bench.registry.describeCall(call, 0)).toMatchObject({
        name: 'mcp__double__echo',
        execution: 'activity',
        access: 'execute',
        title: 'mcp__double__echo: {"text":"hi"}',
      });
    }
  });

  it('are found by words, with their schemas, and called without anything in between', async () => {
    const bench = await mcpBench([
      doubleServer('many', { stdio: { args: [DOUBLE, 'many', '200'] } }),
    ]);
    const found = await bench.call('use_tool', { query: 'thing number 137' });
    expect(found.text).toMatch(
      /^mcp__double__tool_137: Does thing number 137 with widgets\.\nargum/,
    );
    expect(found.text).toContain('"argument_137"');
    const called = await bench.call('use_tool', {
      name: 'mcp__double__tool_137',
      arguments: { text: 'x' },
    });
    expect(called).toMatchObject({ isError: false });
  });

  it('that are no tools, or not the one that is meant, are answered with what there is', async () => {
    const bench = await plain();
    expect((await bench.call('mcp__double__nothing')).text).toBe(
      'MCP server double offers no such tool now. Its tools: echo, effect, look, ask.',
    );
    expect((await bench.call('mcp__other__echo')).text).toMatch(
      /^There is no tool "mcp__other__echo"/,
    );
    expect((await bench.call('mcp__double__echo', {})).text).toMatch(
      /^mcp__double__echo: the arguments do not fit: missing: text\.\narguments: \{"type"/,
    );
    expect((await bench.call('mcp__double__echo', { text: 7 })).text).toContain(
      'text: expected "string"',
    );
  });

  it('are offered as the configuration says, and read only by its word', async () => {
    const bench = await plain({ allow: ['e*', 'look'], deny: ['effect'], readOnly: ['echo'] });
    const { text } = await bench.call('mcp', { action: 'tools', server: 'double' });
    expect(text.split('\n')).toEqual([
      'mcp__double__echo (reads only): Says it again.',
      'mcp__double__look: Looks around. [it says: read-only]',
    ]);
    expect((await bench.call('mcp__double__effect')).text).toMatch(/^There is no tool/);
    const access = (name: string) =>
      bench.registry.describeCall({ id: 'c', name, arguments: '{}' }, 0).access;
    expect([access('mcp__double__echo'), access('mcp__double__look')]).toEqual(['read', 'execute']);
  });

  it('hold no secret keys in their arguments', async () => {
    const bench = await plain();
    const { text } = await bench.call('mcp__double__echo', { text: `sk-${'a1B2'.repeat(12)}` });
    expect(text).toBe('Not called: the arguments hold what looks like a secret key.');
  });
});

describe('a server', () => {
  it.each([
    ['plain', '2025-11-25', 'double 1'],
    ['modern', '2026-07-28', 'double 2'],
  ])('is spoken to in the newest way that it knows: %s', async (mode, protocol, title) => {
    const server = doubleServer(mode);
    const bench = await mcpBench([server]);
    const connection = await bench.family.pool.connect({
      server,
      workspace: bench.workspace,
      signal: new AbortController().signal,
    });
    expect([connection.protocol, connection.title]).toEqual([protocol, title]);
    expect(await bench.call('mcp__double__echo', { text: 'hi' })).toMatchObject({ text: 'hi' });
  });

  it('gives resources and prompts by the tool mcp', async () => {
    const bench = await plain();
    const ask = async (input: object) =>
      (await bench.call('mcp', { server: 'double', ...input })).text;
    expect(await ask({ action: 'servers' })).toBe('double');
    expect(await ask({ action: 'resources' })).toBe('note://one One a note');
    expect(await ask({ action: 'read', uri: 'note://one' })).toBe(
      'note://one:\nthe note\n(x://y: image/png, 4 characters in base64: not shown)',
    );
    expect(await ask({ action: 'prompts' })).toBe('greet(who) Greets.');
    expect(await ask({ action: 'prompt', name: 'greet', arguments: { who: 'you' } })).toBe(
      'user: Hello you',
    );
    expect(await ask({ action: 'read' })).toBe('Give uri, and a server that offers resources.');
    expect(await ask({ action: 'tools', server: 'x' })).toBe('Give server: one of double.');
  });

  it('is asked for its tools again when its list has run out, and not before', async () => {
    let now = 0;
    const server = doubleServer('modern-ttl', { stdio: { args: [DOUBLE, 'modern-ttl', '5000'] } });
    const bench = await mcpBench([server], { now: () => now });
    const list = () => bench.call('mcp', { action: 'tools', server: 'double' });
    const counts: number[] = [];
    for (const at of [0, 4999, 5001, 9999, 10_002]) {
      now = at;
      await list();
      counts.push(await lines(join(bench.files(), 'lists.txt')));
    }
    expect(counts).toEqual([1, 1, 2, 2, 3]);
  });

  it('that nobody asks for a while is stopped, and started by the next call', async () => {
    const server = doubleServer('plain');
    const bench = await mcpBench([server], { idleMs: 300 });
    const place = { server, workspace: bench.workspace, signal: new AbortController().signal };
    const connection = await bench.family.pool.connect(place);
    await expect.poll(() => connection.isOpen).toBe(false);
    expect(await bench.call('mcp__double__echo', { text: 'hi' })).toMatchObject({ text: 'hi' });
  });

  it('is one for all, and one for each folder where it is given files', async () => {
    const shared = await plain();
    const [first, second] = await Promise.all(
      [1, 2].map(() =>
        shared.family.pool.connect({
          server: doubleServer('plain'),
          workspace: shared.workspace,
          signal: new AbortController().signal,
        }),
      ),
    );
    expect(first).toBe(second);
    const server = doubleServer('plain', { stdio: { folder: 'read' } });
    const own = await mcpBench([server]);
    const signal = new AbortController().signal;
    const here = await own.family.pool.connect({ server, workspace: own.workspace, signal });
    const there = await own.family.pool.connect({ server, workspace: shared.workspace, signal });
    expect(here).not.toBe(there);
  });

  it('is asked once by agents that look at the same time', async () => {
    const bench = await mcpBench([doubleServer('modern')]);
    const searches = Array.from({ length: 10 }, () => bench.call('use_tool', { query: 'echo' }));
    for (const { text } of await Promise.all(searches)) expect(text).toContain('mcp__double__echo');
    expect(await lines(join(bench.files(), 'lists.txt'))).toBe(1);
  });

  it('is given no files of a person, which a view only shows', async () => {
    const bench = await mcpBench([doubleServer('plain', { stdio: { folder: 'write' } })]);
    const workspace = { ...bench.workspace, isView: true as const };
    const { text } = await bench.call('mcp__double__look', {}, { workspace });
    expect(JSON.parse(text)).toMatchObject({ content: null, cwd: bench.files() });
  });

  it('that failed is not started again by each search, but by a call', async () => {
    let now = 0;
    const server = doubleServer('plain', { stdio: { command: '/nowhere/at/all' } });
    const bench = await mcpBench([server], { now: () => now });
    const opened = vi.spyOn(bench.family.pool, 'list');
    for (const at of [0, 59_000, 61_000]) {
      now = at;
      expect((await bench.call('use_tool', { query: 'echo' })).text).toMatch(/\(MCP server double/);
    }
    expect(opened).toHaveBeenCalledTimes(2);
  });

  it('that cannot be asked does not hide the others', async () => {
    const bench = await mcpBench([
      { ...doubleServer('dies-at-once'), name: 'broken' },
      doubleServer('plain'),
    ]);
    const { text } = await bench.call('use_tool', { query: 'says it again' });
    expect(text).toMatch(/^mcp__double__echo: Says it again\./);
    expect(text).toMatch(/\(MCP server broken ended with exit code 3; its last words: cannot find/);
  });
});

interface Sight {
  readonly variables: readonly string[];
  readonly cwd: string;
  readonly files: readonly string[];
  readonly content: string | null;
  readonly canWrite: boolean;
  readonly secret: string | null;
  readonly masked: string;
}

async function look(stdio: Partial<McpServer['transport'] & { kind: 'stdio' }>): Promise<Sight> {
  const bench = await mcpBench([], { level: 'full' });
  const server = doubleServer('plain', {
    stdio: { args: [DOUBLE, 'plain', bench.home], ...stdio },
  });
  const own = await mcpBench([server], { level: 'full', masked: [bench.home] });
  const { text } = await own.call('mcp__double__look', {}, {});
  return JSON.parse(text) as Sight;
}

describe.skipIf(!hasFullSandbox)('what the program of a server gets', () => {
  it('is a folder and a home of its own, no variables of ours, and nothing of our state', async () => {
    const sight = await look({});
    expect(sight).toMatchObject({
      files: expect.arrayContaining(['lists.txt', 'written.txt']),
      canWrite: true,
      secret: null,
      masked: 'hidden',
    });
    expect(sight.variables.filter((name) => /VAULT|CODETETHER|TOKEN|KEY/.test(name))).toEqual([]);
  });

  it('is its token, in the variable that the configuration names', async () => {
    expect(await look({ tokenEnv: 'SERVER_TOKEN' })).toMatchObject({ secret: 'token-from-vault' });
  });
});

describe('files of an agent', () => {
  it.skipIf(!hasFullSandbox)(
    'are read where they may be read, and written where they may be written',
    async () => {
      const see = async (folder: 'read' | 'write') => {
        const bench = await mcpBench([doubleServer('plain', { stdio: { folder } })], {
          level: 'full',
        });
        const { text } = await bench.call('mcp__double__look');
        const { content, canWrite } = JSON.parse(text) as Sight;
        return {
          content,
          canWrite,
          kept: (await lines(join(bench.workspace.root, 'written.txt'))) >= 0,
        };
      };
      expect(await see('read')).toMatchObject({ content: 'hello', canWrite: false });
      expect(await see('write')).toMatchObject({ content: 'hello', canWrite: true });
    },
  );
});

describe('a call that was interrupted', () => {
  const again = { step: { scope: 'test', step: 77, index: 0 } };

  it('is not made again, because its effects lie outside', async () => {
    const bench = await plain({ timeoutMs: 500 });
    await bench.call('mcp__double__effect', { hang: true }, again);
    const output = await bench.call('mcp__double__effect', { hang: true }, again);
    expect(output).toMatchObject({
      isError: true,
      text: expect.stringMatching(/^The call was inter/),
    });
    expect(await lines(join(bench.files(), 'effects.txt'))).toBe(1);
  });

  it('is made again where the configuration says that this does no harm', async () => {
    const bench = await plain({ idempotent: ['effect'] });
    for (let at = 0; at < 2; at += 1)
      expect(await bench.call('mcp__double__effect', {}, again)).toMatchObject({ text: 'done' });
    expect(await lines(join(bench.files(), 'effects.txt'))).toBe(2);
  });
});

describe('a question of a server', () => {
  it.each(['plain', 'modern'])(
    'is handed on, and the call is made with the answer: %s',
    async (mode) => {
      const bench = await mcpBench([doubleServer(mode)]);
      const first = await bench.call('mcp__double__ask');
      expect(first).toMatchObject({
        isError: true,
        asks: { question: 'MCP server double asks: Which colour?', options: ['red', 'blue'] },
        text: expect.stringContaining(
          'The person who owns this work is asked: MCP server double asks: Which colour? (red | blue)',
        ),
      });
      const id = first.asks?.id ?? '';
      const bad = await bench.call('mcp__double__ask', {}, { answers: [{ id, answer: 'green' }] });
      expect(bad.asks).toMatchObject({
        id,
        question:
          'The answer before did not fit: colour is no red | blue. MCP server double asks: Which colour?',
      });
      const second = await bench.call(
        'mcp__double__ask',
        {},
        { answers: [{ id, answer: 'blue' }] },
      );
      expect(second).toMatchObject({ isError: false, text: 'accept blue' });
      const refused = await bench.call('mcp__double__ask', {}, { answers: [{ id, answer: 'no' }] });
      expect(refused.text.trim()).toBe('decline');
    },
  );

  it.each(['plain-default', 'modern-default'])(
    'does not undo what the server did without an answer: %s',
    async (mode) => {
      const bench = await mcpBench([doubleServer(mode)]);
      const { text, isError, asks } = await bench.call('mcp__double__ask');
      expect({ isError, asks }).toEqual({ isError: false, asks: undefined });
      expect(text).toMatch(/^cancel\n\(Meanwhile MCP server double was told.*colour\?/);
    },
  );

  it('in one of two calls that run at once does not take the other one its result', async () => {
    const bench = await mcpBench([doubleServer('asks-amid')]);
    await bench.call('mcp', { action: 'tools', server: 'double' });
    const [asking, other] = await Promise.all([
      bench.call('mcp__double__ask'),
      bench.call('mcp__double__effect'),
    ]);
    expect(other).toMatchObject({ isError: false, text: expect.stringMatching(/^done\n/) });
    expect(other.asks).toBeUndefined();
    expect(asking.text).toMatch(/^cancel\n\(Meanwhile MCP server double was told/);
    expect(await lines(join(bench.files(), 'effects.txt'))).toBe(1);
  });
});
