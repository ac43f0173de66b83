import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ForeignTools } from '../../../../src/tools/foreign-tools.js';
import {
  isNamedBy,
  mcpSecretName,
  mcpToolName,
  parseMcpToolName,
} from '../../../../src/domain/agent/mcp-server.js';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { isDeeper } from '../../../../src/domain/text/json-depth.js';
import { callOnce } from '../../../../src/tools/mcp/call-once.js';
import { openConnection } from '../../../../src/tools/mcp/connection.js';
import { explainFailure, McpServerError } from '../../../../src/tools/mcp/failure.js';
import { createMcpFamily } from '../../../../src/tools/mcp/family.js';
import { createMcpTool } from '../../../../src/tools/mcp/mcp-tool.js';
import { namedCall } from '../../../../src/tools/mcp/named-call.js';
import {
  blockText,
  progressOf,
  shownResult,
  shownText,
} from '../../../../src/tools/mcp/result-text.js';
import { prepareProgram } from '../../../../src/tools/mcp/server-program.js';
import { createServerPool } from '../../../../src/tools/mcp/server-pool.js';
import { resultOf, serverTool } from '../../../../src/tools/mcp/server-tool.js';
import { StdioTransport } from '../../../../src/tools/mcp/stdio-transport.js';
import { listTools } from '../../../../src/tools/mcp/tool-list.js';
import { createToolRegistry } from '../../../../src/tools/registry.js';
import { doubleServer, mcpBench } from '../../../support/mcp-bench.js';
import { makePng } from '../../../support/pictures.js';
import { toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

describe('names of tools of servers', () => {
  it('are put together and taken apart', () => {
    const name = { server: 'my_git', tool: 'a__b' };
    expect(parseMcpToolName(mcpToolName(name))).toEqual(name);
    for (const other of ['bash', 'mcp__', 'mcp__x', 'mcp____x', 'mcp__x__'])
      expect(parseMcpToolName(other)).toBeUndefined();
    expect(mcpSecretName('git')).toBe('mcp/git');
  });

  it('are matched whole, or from their beginning', () => {
    expect([
      isNamedBy(['a'], 'a'),
      isNamedBy(['a'], 'ab'),
      isNamedBy(['a*'], 'ab'),
      isNamedBy(['*'], 'x'),
      isNamedBy([], 'x'),
    ]).toEqual([true, false, true, true, false]);
  });
});

describe('a call of the tool mcp that names another one', () => {
  const call = (input: unknown) => ({ id: 'c', name: 'mcp', arguments: JSON.stringify(input) });

  it.each([
    [{ action: 'call', server: 's', tool: 't', arguments: { a: 1 } }, '{"a":1}'],
    [{ action: 'call', server: 's', tool: 't', arguments: '{"a":1}' }, '{"a":1}'],
    [{ action: 'call', server: 's', tool: 't' }, '{}'],
  ])('is a call of that: %j', (input, expected) => {
    expect(namedCall(call(input))).toEqual({ id: 'c', name: 'mcp__s__t', arguments: expected });
  });

  it.each([
    { action: 'tools', server: 's', tool: 't' },
    { action: 'call', server: 's' },
    [],
    'x',
    null,
  ])('else is none: %j', (input) => {
    expect(namedCall(call(input))).toBeNull();
    expect(namedCall({ ...call(input), arguments: 'no JSON' })).toBeNull();
  });
});

describe('what went wrong at a server', () => {
  const context = { server: 's', timeoutMs: 1500 };
  const error = (fields: object) => Object.assign(new Error('the message'), fields);

  it.each([
    [error({ code: 'REQUEST_TIMEOUT' }), 'gave no answer within 1.5 s'],
    [error({ code: -32602 }), 'refused it: the message'],
    [
      error({ status: 401 }),
      'wants another token: set auth = "vault" and run codetether auth set mcp/s, or auth = "oauth" and run codetether auth login mcp/s',
    ],
    [
      error({ name: 'UnauthorizedError' }),
      'wants another token: set auth = "vault" and run codetether auth set mcp/s, or auth = "oauth" and run codetether auth login mcp/s',
    ],
    [
      error({ code: 'UNSUPPORTED_RESULT_TYPE', data: { resultType: 'task' } }),
      'answers with a task that goes on by itself, which it was not offered',
    ],
    [error({ cause: new Error('ECONNREFUSED\u001b') }), 'failed: ECONNREFUSED\\x1b'],
    ['a text', 'failed: a text'],
  ])('is said in words', (reason, words) => {
    const explained = explainFailure(reason, context);
    expect(explained).toBeInstanceOf(McpServerError);
    expect(explained).toMatchObject({
      code: 'ERR_MCP_SERVER',
      exitCode: 3,
      isRetryable: false,
      message: `MCP server s ${words}`,
    });
    expect(explainFailure(explained, context)).toBe(explained);
  });

  it('is how its program ended, where it has', () => {
    const described = { ...context, describeEnd: () => 'ended with exit code 9' };
    expect(explainFailure(error({}), described).message).toBe(
      'MCP server s ended with exit code 9',
    );
  });

  it('is a result for the model, as is what the person has to mend; other faults are not', async () => {
    const broken = new McpServerError('s', 'is broken');
    expect(await resultOf(() => Promise.reject(broken))).toEqual({
      text: 'MCP server s is broken.',
      isError: true,
    });
    await expect(resultOf(() => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
  });
});

describe('a result', () => {
  it('is text, and what is no text is named', async () => {
    const text = async (result: Parameters<typeof shownResult>[0]) =>
      (await shownResult(result, true)).text;
    expect(
      await text({
        content: [
          { type: 'text', text: 'one' },
          { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
          { type: 'resource_link', uri: 'a://b', name: 'B' },
          { type: 'resource', resource: { uri: 'a://c', text: 'see' } },
        ],
      }),
    ).toBe(
      'one\n(audio audio/wav, 4 characters in base64: not shown)\n(resource a://b: B)\na://c:\nsee',
    );
    expect(await text({ content: [], structuredContent: { a: 1 } })).toBe('{"a":1}');
    expect(
      await text({ content: [{ type: 'text', text: 'x' }], structuredContent: { a: 1 } }),
    ).toBe('x');
    const many = Array.from({ length: 205 }, () => ({ type: 'text' as const, text: 'x' }));
    expect(await text({ content: many })).toMatch(/\n\(5 parts left out\)$/);
    expect(blockText({ type: 'new' } as never)).toBe('(a part of an unknown kind)');
  });

  it('hands its first pictures over, whatever their sender calls them, and says why not the others', async () => {
    const data = makePng(3, 2).toString('base64');
    const image = (base64: string) => ({
      type: 'image' as const,
      data: base64,
      mimeType: 'text/html',
    });
    const content = [image('rubbish'), ...Array.from({ length: 5 }, () => image(data))];
    const { text, pictures } = await shownResult({ content }, true);
    expect(pictures).toEqual(Array(4).fill({ mediaType: 'image/png', data }));
    expect(text.split('\n')).toEqual([
      '(image, not shown: it is damaged or of an unknown kind)',
      ...[1, 2, 3, 4].map((at) => `(picture ${at}, 3×2 pixels)`),
      `(image text/html, ${data.length} characters in base64: not shown)`,
    ]);
    expect(await shownResult({ content: [image(data)] }, false)).toEqual({
      text: `(image text/html, ${data.length} characters in base64: not shown)`,
      pictures: [],
    });
  });

  it('shows no more than it may, and nothing that a terminal obeys', async () => {
    const context = { keepWhole: () => Promise.resolve('@output/x') };
    expect(await shownText('', { limit: 10, context })).toBe('(nothing)');
    expect(await shownText('a\u001b[2J', { limit: 100, context })).toBe('a\\x1b[2J');
    const cut = await shownText('y'.repeat(5000), { limit: 2000, context });
    expect(cut.length).toBeLessThan(2100);
    expect(cut).toMatch(/\(5000 characters; the whole is @output\/x: read_file or grep it\)$/);
    expect(progressOf('a', sha256)).toEqual(progressOf('a', sha256));
  });
});

describe('a call once', () => {
  it('is noted before it is made, with the words of this call', async () => {
    const { workspace } = await workspaceFixture();
    const context = toolContext(workspace);
    const outside = {
      isRepeatable: false,
      writesFiles: false,
      run: () => Promise.resolve({ text: 'ok', isError: false }),
    };
    expect(await callOnce(context, { ...outside, call: 'a' })).toMatchObject({ text: 'ok' });
    expect((await callOnce(context, { ...outside, call: 'a' })).text).toMatch(
      /^The call was interrupted/,
    );
    expect(await callOnce(context, { ...outside, call: 'b' })).toMatchObject({ text: 'ok' });
    expect(await callOnce(context, { ...outside, call: 'a', isRepeatable: true })).toMatchObject({
      text: 'ok',
    });
  });

  it('that may write files puts them back when it is interrupted', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'one\n' });
    const context = toolContext(workspace);
    const fail = () => Promise.reject(new Error('cancelled'));
    const call = { call: 'a', isRepeatable: false, writesFiles: true };
    await expect(callOnce(context, { ...call, run: fail })).rejects.toThrow('cancelled');
    const again = await callOnce(context, {
      ...call,
      run: () => Promise.resolve({ text: 'ok', isError: false }),
    });
    expect(again.text).toMatch(/^The command was interrupted/);
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('one\n');
  });
});

describe('a call that asked a person', () => {
  it('asks the same when its kept result is read again', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'one\n' });
    const context = toolContext(workspace);
    const asks = { id: 'x', question: 'Which?', options: [] };
    const run = () => Promise.resolve({ text: 'asked', isError: true, asks });
    const call = { call: 'a', isRepeatable: false, writesFiles: true, run };
    for (let at = 0; at < 2; at += 1)
      expect(await callOnce(context, call)).toMatchObject({ text: 'asked', asks });
  });
});

describe('levels of a value', () => {
  it('are counted without walking deeper', () => {
    let deep: unknown = 1;
    for (let at = 0; at < 100_000; at += 1) deep = [deep];
    expect([isDeeper(deep, 64), isDeeper([[1], { a: 'x' }], 2), isDeeper([[1]], 1)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('the family', () => {
  it('is nothing without servers, and asks none before it is used', async () => {
    const bench = await mcpBench([]);
    expect([bench.family.tools, bench.family.foreign]).toEqual([[], undefined]);
    const { name, isDeferred, standsAlone, access } =
      (await mcpBench([doubleServer('plain')])).family.tools[0] ?? {};
    expect({ name, isDeferred, standsAlone, access }).toEqual({
      name: 'mcp',
      isDeferred: true,
      standsAlone: true,
      access: 'read',
    });
    for (const part of [
      createMcpFamily,
      createMcpTool,
      createServerPool,
      openConnection,
      prepareProgram,
      serverTool,
      listTools,
      StdioTransport,
    ])
      expect(part).toBeTypeOf('function');
  });

  it('leaves the bridge as it was for requests: the same words, but no local call', () => {
    const foreign: ForeignTools = {
      tool: () => undefined,
      schemas: () => Promise.resolve({ schemas: [], notes: [] }),
    };
    const [without, withThem] = [createToolRegistry([]), createToolRegistry([], foreign)];
    expect(JSON.stringify(withThem.toolSchemas(['use_tool']))).toBe(
      JSON.stringify(without.toolSchemas(['use_tool'])),
    );
    const call = { id: 'c', name: 'use_tool', arguments: '{"query":"x"}' };
    expect(without.describeCall(call, 0)).toMatchObject({ execution: 'local' });
    expect(withThem.describeCall(call, 0)).toMatchObject({
      execution: 'activity',
      access: 'read',
      timeoutMs: 300_000,
    });
  });
});
