import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callModelInputSchema } from '../../../src/activities/model/call-model.js';
import { fittingMessage, type NewMessage } from '../../../src/domain/agent/conversation.js';
import { formatTodos, todoWriteSchema } from '../../../src/domain/agent/todo.js';
import { MESSAGE_LIMIT, modelText, RESULT_LIMIT } from '../../../src/domain/text/model-text.js';
import { toolRegistry } from '../../support/tool-registry.js';
import { toolBench } from '../../support/tool-context.js';

/** The next model call, with these messages to add. */
function nextCall(newMessages: readonly NewMessage[]): unknown {
  return {
    key: { scope: 'w', step: 1, index: 0 },
    runId: 'run-1',
    model: { provider: 'fake', model: 'm' },
    agent: 'build',
    head: null,
    depth: 0,
    newMessages,
    tools: [],
    events: [],
  };
}

const SEED = { seed: 20260103, numRuns: 500 };
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 500 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('\0', '\ud800', '\u202e', 'x'.repeat(500), '-----BEGIN PRIVATE KEY-----'),
);

describe('whatever a workflow tool accepts or answers', () => {
  it('is taken by the next model call: to-do lists', () => {
    const todo = fc.record({
      content: text,
      status: fc.constantFrom('pending', 'in_progress', 'done', 'blocked', 'other'),
    });
    fc.assert(
      fc.property(fc.array(todo, { maxLength: 120, size: 'max' }), (todos) => {
        const parsed = todoWriteSchema.safeParse({ todos });
        const answer = parsed.success ? formatTodos(parsed.data.todos) : parsed.error.message;
        const message = fittingMessage({
          kind: 'tool-text',
          callId: 'c',
          name: 'todo_write',
          isError: !parsed.success,
          text: answer,
        });
        const call = callModelInputSchema.parse(nextCall([message]));
        expect(call.newMessages).toEqual([message]);
        expect(JSON.stringify(message)).not.toMatch(/\\u0000|\\ud[89ab]/i);
      }),
      SEED,
    );
  });

  it('keeps every entry of a full list in sight', () => {
    const todos = Array.from({ length: 100 }, (_, index) => ({
      content: `${index} ${'x'.repeat(490)}`,
      status: 'pending' as const,
    }));
    const shown = formatTodos(todoWriteSchema.parse({ todos }).todos);
    expect(shown.length).toBeLessThanOrEqual(MESSAGE_LIMIT);
    expect(shown.match(/^\[ \] \d+ x/gm)).toHaveLength(100);
  });

  it('fits, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.nat(300), (any, limit) => {
        const said = modelText(any, limit);
        expect(said.length).toBeLessThanOrEqual(limit);
        expect(said).not.toMatch(/\0|\p{Cs}/u);
      }),
      SEED,
    );
  });
});

const registry = await toolRegistry();

describe('whatever a model calls', () => {
  const names = [
    'bash',
    'read_file',
    'edit',
    'glob',
    'grep',
    'list_dir',
    'todo_write',
    'story_done',
  ];

  it('is described or explained, within bounds', () => {
    const argument = fc.oneof(
      fc.json({ maxDepth: 5 }),
      text,
      fc.constantFrom('['.repeat(200_000), `{"todos":${'['.repeat(5000)}${']'.repeat(5000)}}`),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names, 'x'.repeat(100_000)), argument, (name, json) => {
        const call = { id: 'c', name, arguments: json };
        const summary = registry.describeCall(call, 0);
        expect(summary.title.length).toBeLessThanOrEqual(80);
        expect(summary.title).not.toMatch(/\p{Cc}/u);
        expect(registry.explainInvalid(call).length).toBeLessThan(MESSAGE_LIMIT);
      }),
      SEED,
    );
  });

  it('ends as a result: paths of every kind', { timeout: 120_000 }, async () => {
    const bench = await toolBench({ 'a.txt': 'one\n', 'dir/b.txt': 'two\n' });
    execFileSync('mkfifo', [join(bench.workspace.root, 'pipe')]);
    const path = fc.oneof(
      text,
      fc.constantFrom(
        'pipe',
        'dir',
        'a.txt',
        'a.txt/b',
        '.git/config',
        '../..',
        '/',
        'x'.repeat(5000),
      ),
      fc.webPath(),
    );
    const call = fc.oneof(
      fc.record({ name: fc.constantFrom('read_file', 'list_dir'), input: fc.record({ path }) }),
      fc.record({
        name: fc.constant('edit'),
        input: fc.record({ path, old_string: text, new_string: text }),
      }),
      fc.record({ name: fc.constant('write_file'), input: fc.record({ path, content: text }) }),
    );
    await fc.assert(
      fc.asyncProperty(call, async ({ name, input }) => {
        const output = await bench.call(name, input);
        expect(modelText(output.text, RESULT_LIMIT).length).toBeLessThanOrEqual(RESULT_LIMIT);
      }),
      SEED,
    );
  });
});

describe('mistakes of a model', () => {
  it.each([
    ['a NUL', 'echo a\0b', 'NUL character'],
    ['more than a program can be given', `: ${'x'.repeat(200_000)}`, 'bytes; at most'],
  ])('a command with %s is answered', async (_name, command, words) => {
    const bench = await toolBench();
    const output = await bench.call('bash', { command });
    expect(output).toMatchObject({ isError: true });
    expect(output.text).toContain(words);
  });

  it('a command just below the limit still runs', async () => {
    const bench = await toolBench();
    const output = await bench.call('bash', { command: `echo ok; : ${'x'.repeat(119_000)}` });
    expect(output).toMatchObject({ isError: false, exitCode: 0 });
  });

  it('a folder with line breaks in its name around a `git init` is left out, and the rest is kept', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    const first = await bench.call('bash', {
      command: `mkdir -p $'odd\\nname' && git init -q $'odd\\nname' && touch $'odd\\nname/x' && echo b > b.txt`,
    });
    expect(first).toMatchObject({ isError: false, exitCode: 0 });
    const { tree, leftOut } = await bench.workspaceGit().stageTree();
    expect(leftOut).toEqual(['odd\nname']);
    const files = await bench.workspaceGit().run(['ls-tree', '-r', '--name-only', tree]);
    expect(files.stdout.toString()).toBe('a.txt\nb.txt\n');
  });

  it('pipes and sockets are no files to read or search', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    execFileSync('mkfifo', [join(bench.workspace.root, 'pipe')]);
    const server = createServer().listen(join(bench.workspace.root, 'socket'));
    onTestFinished(() => void server.close());
    for (const path of ['pipe', 'socket']) {
      expect(await bench.call('read_file', { path })).toMatchObject({ isError: true });
      expect(await bench.call('grep', { pattern: 'x', path })).toEqual({
        text: `${path}: neither a file nor a folder.`,
        isError: true,
      });
    }
    expect(await bench.call('grep', { pattern: 'one' })).toMatchObject({ isError: false });
  });

  it('a name with a line break stays one line of a listing', async () => {
    const bench = await toolBench();
    await mkdir(join(bench.workspace.root, 'odd\nfolder'));
    await writeFile(join(bench.workspace.root, 'odd\nname'), 'x');
    const { text: listing } = await bench.call('list_dir', {});
    expect(listing).toBe('"odd\\nfolder"/\n"odd\\nname" (1 bytes)');
  });
});
