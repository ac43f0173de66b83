import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createInnerCalls } from '../../../../src/activities/tool/inner-calls.js';
import { innerStepKey } from '../../../../src/domain/step.js';
import { rememberSecret } from '../../../../src/observability/index.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { stepPath } from '../../../../src/platform/storage/step-journal.js';
import { createToolRegistry } from '../../../../src/tools/registry.js';
import { defineTool } from '../../../../src/tools/tool.js';
import { batchTool } from '../../../../src/tools/run/batch.js';
import { toolRegistry } from '../../../support/tool-registry.js';
import { toolDesk, type ExecuteToolInput, type ToolDesk } from '../../../support/tool-desk.js';

type Call = readonly [tool: string, args: Readonly<Record<string, unknown>>];

/** The input of a batch of these calls. */
function batchOf(
  desk: ToolDesk,
  calls: readonly Call[],
  changes: Partial<ExecuteToolInput> = {},
): Promise<ExecuteToolInput> {
  const list = calls.map(([tool, args]) => ({ tool, args }));
  return desk.input([['batch', JSON.stringify({ calls: list })]], changes);
}

async function run(desk: ToolDesk, input: ExecuteToolInput) {
  const result = await desk.run(input);
  return { ...result, text: await desk.blobs.getText(result.ref) };
}

const FILES = { 'a.txt': 'one\n', 'b.txt': 'bee\n' };

const NEVER = { run: () => Promise.reject(new Error()), isInOrder: false };

describe('batch', () => {
  it('answers every call in order, and lets later ones know what earlier ones read', async () => {
    const desk = await toolDesk(FILES);
    const input = await batchOf(desk, [
      ['read_file', { path: 'a.txt' }],
      ['read', { file_path: 'b.txt' }],
      ['write_file', { path: 'a.txt', content: 'new\n' }],
      ['read_file', { path: 'a.txt' }],
    ]);
    const { text, isError, seen } = await run(desk, input);
    expect(text).toBe(
      '4 of 4 calls succeeded.\n[1/4 read_file]\n1\tone\n[2/4 read]\n1\tbee\n[3/4 write_file]\nReplaced a.txt (1 lines, 4 bytes).\n[4/4 read_file]\n1\tnew',
    );
    expect(isError).toBe(false);
    expect(seen.map(({ path }) => path)).toEqual(['a.txt', 'b.txt', 'a.txt', 'a.txt']);
  });

  it('reports each failure at its call, and fails when all have failed', async () => {
    const desk = await toolDesk(FILES);
    const some = await run(
      desk,
      await batchOf(desk, [
        ['read_file', { path: 'zzz' }],
        ['edit', { path: 'a.txt', old_string: 'one', new_string: '1' }],
        ['raed_file', { path: 'a.txt' }],
        ['read_file', { path: 7 }],
      ]),
    );
    expect(some.isError).toBe(false);
    expect(some.text).toMatch(
      /^1 of 4 calls succeeded; failed: 1, 3, 4\.\n\[1\/4 read_file, failed\]\nzzz: no such file\./,
    );
    expect(some.text).toContain(
      '[3/4 raed_file, failed]\nThere is no tool "raed_file". Did you mean read_file?',
    );
    expect(some.text).toContain('[4/4 read_file, failed]\nread_file: the arguments do not fit.');
    expect(await readFile(join(desk.workspace.root, 'a.txt'), 'utf8')).toBe('1\n');
    const all = await run(desk, await batchOf(desk, [['read_file', { path: 'zzz' }]]));
    expect(all.isError).toBe(true);
  });

  it.each([
    ['batch', { calls: [{ tool: 'read_file', args: { path: 'a.txt' } }] }],
    ['story_done', { status: 'done', summary: 's' }],
    ['todo_write', { todos: [] }],
    ['task', { agent: 'explore', description: 'd', prompt: 'p' }],
  ])('calls no %s, neither by itself nor through the bridge', async (tool, args) => {
    const desk = await toolDesk(FILES);
    const bridged: Call = ['use_tool', { name: tool, arguments: args }];
    const { text, isError } = await run(desk, await batchOf(desk, [[tool, args], bridged]));
    expect(isError).toBe(true);
    for (const name of [`1/2 ${tool}`, '2/2 use_tool'])
      expect(text).toContain(`[${name}, failed]\n${tool} cannot be called inside another call`);
  });

  it('takes at most 25 calls, and at least one', async () => {
    const desk = await toolDesk(FILES);
    const call: Call = ['read_file', { path: 'a.txt' }];
    for (const calls of [[], Array.from({ length: 26 }, () => call)]) {
      const { isError, text } = await run(desk, await batchOf(desk, calls));
      expect([isError, text]).toEqual([
        true,
        expect.stringContaining('batch: the arguments do not fit. calls:'),
      ]);
    }
    const most = await run(
      desk,
      await batchOf(
        desk,
        Array.from({ length: 25 }, () => call),
      ),
    );
    expect(most.text).toContain('25 of 25 calls succeeded.');
  });

  it('lets an agent that only reads read, and write nothing', async () => {
    const desk = await toolDesk(FILES);
    const calls: Call[] = [
      ['write_file', { path: 'n.txt', content: 'n' }],
      ['edit', { path: 'a.txt', old_string: 'one', new_string: '1' }],
      ['bash', { command: 'echo planted > n.txt' }],
      ['apply_patch', { patch: '*** Begin Patch\n*** Add File: n.txt\n+n\n*** End Patch' }],
      ['undo', {}],
      ['read_file', { path: 'a.txt' }],
    ];
    const { text } = await run(desk, await batchOf(desk, calls, { isReadOnly: true }));
    expect(text).toMatch(/^1 of 6 calls succeeded; failed: 1, 2, 3, 4, 5\./);
    expect(text.match(/is not available: this agent only reads\./g)).toHaveLength(5);
    expect(existsSync(join(desk.workspace.root, 'n.txt'))).toBe(false);
    expect(await readFile(join(desk.workspace.root, 'a.txt'), 'utf8')).toBe('one\n');
  });

  it('makes each call once, also when it is tried again after a death in between', async () => {
    const desk = await toolDesk(FILES);
    const input = await batchOf(desk, [
      ['edit', { path: 'a.txt', old_string: 'two', new_string: '2' }],
      ['write_file', { path: 'two.txt', content: 'two\n' }],
      ['edit', { path: 'two.txt', old_string: 'two', new_string: 'two two' }],
    ]);
    const first = await run(desk, input);
    // As after a death before the whole was recorded: its parts are.
    const journal = homePaths(desk.home).journal;
    await rm(join(journal, `${stepPath(input.key)}.json`));
    // What failed the first time would fit now, and was answered all the same.
    await writeFile(join(desk.workspace.root, 'a.txt'), 'two\n');
    const again = await run(desk, input);
    expect({ ...again, durationMs: 0 }).toEqual({ ...first, durationMs: 0 });
    expect(await readFile(join(desk.workspace.root, 'a.txt'), 'utf8')).toBe('two\n');
    expect(await readFile(join(desk.workspace.root, 'two.txt'), 'utf8')).toBe('two two\n');
    const names = await readdir(join(journal, dirname(stepPath(input.key))));
    const keys = [0, 1, 2].map((position) => innerStepKey(input.key, position));
    expect(names).toEqual(
      expect.arrayContaining(keys.map(({ step, index }) => `${step}.${index}.json`)),
    );
  });

  it('shows no key, whichever call finds it', async () => {
    const key = 'kept-for-this-test-4711-aaaa';
    rememberSecret('test/batch', key);
    const desk = await toolDesk({ ...FILES, 'keys.txt': `${key}\n` });
    const input = await batchOf(desk, [['read_file', { path: 'keys.txt' }]]);
    const { text } = await run(desk, input);
    expect(text).not.toContain(key);
    expect(text).toContain('1 of 1 calls succeeded.');
  });

  it('shows of long results as much as there is room for, and keeps the whole', async () => {
    const long = `${'x'.repeat(99)}\n`.repeat(490);
    const desk = await toolDesk({ ...FILES, 'long.txt': long });
    const calls = Array.from({ length: 4 }, (): Call => ['read_file', { path: 'long.txt' }]);
    const { text } = await run(
      desk,
      await batchOf(desk, [...calls, ['read_file', { path: 'a.txt' }]]),
    );
    expect(text.length).toBeLessThan(104 * 1024);
    expect(text).toContain('[5/5 read_file]\n1\tone');
    const kept = /read_file or grep (@output\/[0-9a-f]{12}) for the whole/.exec(text)?.[1];
    const whole = await run(
      desk,
      await desk.input([['read_file', JSON.stringify({ path: kept, offset: 490 })]]),
    );
    expect(whole.text).toMatch(/^490\t490\tx{99}/);
  });
});

describe('the tool batch and the calls inside it', () => {
  it('is a carrier that no agent is told of, with time for all of its calls', () => {
    const { isCarrier, isDeferred, timeoutMs } = batchTool;
    const calls = [
      { tool: 'bash', args: { timeout_s: 10 } },
      { tool: 'bash', args: {} },
    ];
    expect([isCarrier, isDeferred, timeoutMs?.({ calls })]).toEqual([true, true, 130_000]);
    const many = Array.from({ length: 25 }, () => ({ tool: 'bash', args: { timeout_s: 3600 } }));
    expect(timeoutMs?.({ calls: many })).toBe(3_600_000);
  });

  it('are of no tool whose every call is an event', async () => {
    const web = defineTool({
      name: 'web',
      standsAlone: true,
      description: 'd',
      parameters: z.object({}),
      execution: 'activity',
      access: 'read',
      title: () => 'web',
      execute: async () => ({ text: 'asked', isError: false }),
    });
    const outer = { id: 'c', name: 'batch', arguments: '{}' };
    const registry = createToolRegistry([web]);
    const calls = createInnerCalls(registry, outer, NEVER);
    expect(calls.describe({ name: 'web', input: {} })).toEqual({
      isPossible: false,
      reason: 'web cannot be called inside another call; call it by itself.',
    });
  });

  it('are known before they are made', async () => {
    const outer = { id: 'c', name: 'batch', arguments: '{}' };
    const calls = createInnerCalls(await toolRegistry(), outer, NEVER);
    expect(calls.describe({ name: 'read', input: { path: 'a' } })).toEqual({
      isPossible: true,
      access: 'read',
      title: 'read_file: a',
    });
    expect(calls.describe({ name: 'batch', input: { calls: [{ tool: 'read' }] } })).toEqual({
      isPossible: false,
      reason: 'batch cannot be called inside another call; call it by itself.',
    });
  });
});
