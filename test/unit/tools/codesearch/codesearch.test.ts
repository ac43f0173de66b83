import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkFile, isCode } from '../../../../src/tools/codesearch/chunk-file.js';
import { CodeIndex } from '../../../../src/tools/codesearch/code-index.js';
import { createCodesearchTool } from '../../../../src/tools/codesearch/codesearch-tool.js';
import { IndexStore } from '../../../../src/tools/codesearch/index-store.js';
import { questionWords, stem, wordsOf } from '../../../../src/tools/codesearch/words.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const RETRY = `/** Waits longer after each failure, so that a server can recover. */
export class BackoffPolicy {
  // how long before the next attempt
  delayBefore(attempt: number): number {
    return Math.min(30_000, 100 * 2 ** attempt);
  }
}
`;
const FILES = {
  'src/retry.ts': RETRY,
  'src/parse.py':
    'import json\n\n\ndef parse_header(line):\n    """Splits a header line at its colon."""\n    return line.split(":")\n\n\nclass Reader:\n    def next_frame(self):\n        return None\n',
  'src/cache.go':
    'package cache\n\ntype Store struct {\n\titems int\n}\n\n// Evict removes the oldest entry.\nfunc (s *Store) Evict() {\n\ts.items--\n}\n',
  'README.md': 'A library.\n\nIt keeps colours of birds.\n',
  'node_modules/x/index.js': 'function evict() {}\n',
  '.gitignore': 'node_modules\n',
};

describe('words', () => {
  it('are identifiers in parts and as a whole, without endings', () => {
    expect(wordsOf('parseHTTPHeader retry_count x2')).toEqual([
      'pars',
      'http',
      'head',
      'parsehttpheader',
      'retry',
      'count',
      'retry_count',
      'x2',
    ]);
    expect(
      new Set(['parses', 'parser', 'parsing', 'parsed', 'parse', 'parsers'].map(stem)).size,
    ).toBe(1);
    expect(new Set(['stop', 'stops', 'stopped', 'stopping'].map(stem)).size).toBe(1);
    expect(stem('class')).toBe('class');
    expect(stem('as')).toBe('as');
  });

  it('of a question are those that say something, or all when none does', () => {
    expect(questionWords('Where is the retry delay computed?')).toEqual([
      'retry',
      'delay',
      'comput',
    ]);
    expect(questionWords('how does this do it')).not.toEqual([]);
    expect(questionWords('?!')).toEqual([]);
  });

  it('are short, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        for (const word of wordsOf(text)) expect(word.length).toBeLessThanOrEqual(40);
      }),
      { numRuns: 50 },
    );
    expect(wordsOf('aB'.repeat(10_000)).length).toBeLessThanOrEqual(20_000);
    expect(wordsOf('_'.repeat(100_000))).toEqual([]);
  });
});

describe('pieces of a file', () => {
  it('are its declarations with the comments above them, and the rest', async () => {
    const places = async (path: keyof typeof FILES) =>
      (await chunkFile(path, FILES[path])).map(
        ({ symbol, kind, firstLine, lastLine }) => `${kind} ${symbol} ${firstLine}-${lastLine}`,
      );
    expect(await places('src/retry.ts')).toEqual([
      'class BackoffPolicy 1-7',
      'method BackoffPolicy.delayBefore 4-6',
    ]);
    expect(await places('src/parse.py')).toEqual(
      [
        'function parse_header 4-6',
        'class Reader 9-11',
        'method Reader.next_frame 10-11',
        'file parse.py 1-12',
      ].map((line) => line.replace('method', 'function')),
    );
    expect(await places('src/cache.go')).toEqual([
      'type Store 3-5',
      'method Evict 7-10',
      'file cache.go 1-11',
    ]);
    expect(await places('README.md')).toEqual(['text README.md 1-4']);
    expect(['a.ts', 'a.png', 'b.MD', 'c'].map(isCode)).toEqual([true, false, true, false]);
  });

  it('are windows of lines where nothing can be parsed', async () => {
    const chunks = await chunkFile('a.ts', 'x\n'.repeat(300_000));
    expect(chunks[0]).toMatchObject({ kind: 'text', firstLine: 1, lastLine: 40 });
    expect(chunks.length).toBeLessThanOrEqual(2000);
  });
});

describe('the index', () => {
  it('finds the rarer word first, longer words by their beginning, and forgets what goes', async () => {
    const index = new CodeIndex();
    for (const [path, text] of Object.entries(FILES))
      if (isCode(path)) index.put(path, path, await chunkFile(path, text));
    expect(index.find(questionWords('evict the oldest entry'), 3)[0]).toMatchObject({
      path: 'src/cache.go',
      symbol: 'Evict',
    });
    expect(index.find(questionWords('splits at colon'), 3)[0]).toMatchObject({
      symbol: 'parse_header',
    });
    expect(index.find(['backoff'], 3)[0]).toMatchObject({ path: 'src/retry.ts' });
    expect(index.find(['colo'], 3).map(({ path }) => path)).toContain('README.md');
    expect(index.find(['nothing-like-it'], 3)).toEqual([]);
    const before = index.size;
    index.remove('src/cache.go');
    index.remove('src/cache.go');
    expect(index.size).toBe(before - 3);
    expect(index.find(['evict'], 3).map(({ path }) => path)).not.toContain('src/cache.go');
  });

  it('is kept beside the files, read again by another process, and brought up to date by content', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 60 }, (_, at) => [
        `src/f${at}.ts`,
        `export function job${at}() {\n  return ${at};\n}\n`,
      ]),
    );
    const { workspace } = await workspaceFixture(many);
    const paths = Object.keys(many);
    const { signal } = new AbortController();
    expect(await new IndexStore().refresh(workspace, paths, signal)).toMatchObject({
      files: 60,
      read: 60,
    });
    expect(await readdir(join(workspace.state, 'codesearch'))).toEqual(['index-1.ndjson']);
    const store = new IndexStore();
    expect(await store.refresh(workspace, paths, signal)).toMatchObject({ read: 0 });
    await writeFile(
      join(workspace.root, 'src/f7.ts'),
      'export function paintBirds() {\n  return 1;\n}\n',
    );
    await rm(join(workspace.root, 'src/f8.ts'));
    const { index, read } = await store.refresh(workspace, paths, signal);
    expect(read).toBe(1);
    expect(index.find(questionWords('paint birds'), 1)[0]).toMatchObject({
      path: 'src/f7.ts',
      firstLine: 1,
      lastLine: 3,
    });
    expect(index.find(['job8'], 5).filter(({ path }) => path === 'src/f8.ts')).toEqual([]);
    await writeFile(join(workspace.state, 'codesearch', 'index-1.ndjson'), '{"path":7}\n');
    expect(await new IndexStore().refresh(workspace, paths, signal)).toMatchObject({ read: 59 });
  });

  it('ends with the signal of who asked', async () => {
    const { workspace } = await workspaceFixture({ 'a.ts': 'x\n' });
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(new IndexStore().refresh(workspace, ['a.ts'], signal)).rejects.toThrow(
      'cancelled',
    );
  });
});

describe('codesearch', () => {
  async function bench() {
    const { workspace } = await workspaceFixture(FILES);
    const tool = createCodesearchTool();
    return {
      workspace,
      ask: (input: Readonly<Record<string, unknown>>) =>
        callTool(tool, input, toolContext(workspace)),
    };
  }

  it('answers with path, lines, symbol and the first lines of the best, and not from ignored files', async () => {
    const { ask } = await bench();
    const { text, isError } = await ask({
      query: 'how long is waited before the next attempt after failures?',
      limit: 1,
    });
    expect(isError).toBe(false);
    const [head, first] = text.split('\n');
    expect(head).toMatch(/^src\/retry\.ts:\d-\d (?:class|method) BackoffPolicy/);
    expect(first).toMatch(/^ {2}\S| {4}\S/);
    expect((await ask({ query: 'evict' })).text).not.toContain('node_modules');
  });

  it('looks below a folder, and says when nothing is there', async () => {
    const { ask } = await bench();
    expect((await ask({ query: 'colours of birds', path: 'src' })).text).not.toContain('README');
    expect((await ask({ query: 'quaternion' })).text).toContain(
      'Nothing in 4 files has words of this question',
    );
    expect((await ask({ query: 'x', path: '../..' })).isError).toBe(true);
    expect((await ask({ query: 'x', path: 'none' })).text).toContain('no such file or folder');
  });

  it('sees what was written since', async () => {
    const { ask, workspace } = await bench();
    await ask({ query: 'evict' });
    await writeFile(
      join(workspace.root, 'src/bird.rb'),
      'class Bird\n  def sing_loudly\n    1\n  end\nend\n',
    );
    expect((await ask({ query: 'sing loudly' })).text).toContain(
      'src/bird.rb:2-4 method Bird.sing_loudly',
    );
  });

  it('is not for folders that are only shown', async () => {
    const { workspace } = await workspaceFixture(FILES);
    const context = toolContext({ ...workspace, isView: true });
    expect((await callTool(createCodesearchTool(), { query: 'x' }, context)).text).toContain(
      'not available',
    );
  });
});
