import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../../../src/domain/index.js';
import { toolBench } from '../../../support/tool-context.js';

const FILES = {
  'src/one.ts': 'alpha\nbeta\ngamma\n',
  'src/deep/two.ts': 'Beta\n',
  'src/three.js': 'beta\n',
  '.gitignore': 'node_modules/\nbuilt.ts\n',
  'node_modules/x/index.ts': 'beta\n',
  'built.ts': 'beta\n',
  '.git/config.ts': 'beta\n',
  '.hidden.ts': 'nothing\n',
};

describe('glob', () => {
  it('finds files newest first and leaves ignored ones out', async () => {
    const bench = await toolBench(FILES);
    await utimes(
      join(bench.workspace.root, 'src/deep/two.ts'),
      new Date('2030-01-01'),
      new Date('2030-01-01'),
    );
    const { text } = await bench.call('glob', { pattern: '**/*.ts' });
    expect(text.split('\n')[0]).toBe('src/deep/two.ts');
    expect(text.split('\n').toSorted()).toEqual(['.hidden.ts', 'src/deep/two.ts', 'src/one.ts']);
    expect((await bench.call('glob', { pattern: '*' })).text).not.toMatch(
      /node_modules|\.git\/|built/,
    );
  });

  it('starts in a folder, and says when nothing is there', async () => {
    const bench = await toolBench(FILES);
    expect((await bench.call('glob', { pattern: 'deep/*.ts', path: 'src' })).text).toBe(
      'src/deep/two.ts',
    );
    expect((await bench.call('glob', { pattern: '*.py' })).text).toBe('No file matches *.py.');
    expect(await bench.call('glob', { pattern: '*', path: 'nope' })).toMatchObject({
      isError: true,
      text: 'nope: no such file or folder.',
    });
  });

  it('shows at most 100 files', async () => {
    const bench = await toolBench(
      Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`f${index}.txt`, ''])),
    );
    const lines = (await bench.call('glob', { pattern: '*.txt' })).text.split('\n');
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('(the newest 100 of 130 files; narrow pattern or path)');
  });
});

describe('grep', () => {
  it('shows path, line and text of hits in files that are not ignored', async () => {
    const bench = await toolBench(FILES);
    const { text } = await bench.call('grep', { pattern: 'b.ta' });
    expect(text.split('\n').toSorted()).toEqual(['src/one.ts:2:beta', 'src/three.js:1:beta']);
  });

  it('takes case, file pattern, folder and context', async () => {
    const bench = await toolBench(FILES);
    const all = await bench.call('grep', { pattern: 'beta', ignore_case: true, include: '*.ts' });
    expect(all.text.split('\n').toSorted()).toEqual([
      'src/deep/two.ts:1:Beta',
      'src/one.ts:2:beta',
    ]);
    expect(
      (await bench.call('grep', { pattern: 'beta', path: 'src/one.ts', context: 1 })).text,
    ).toBe('src/one.ts-1-alpha\nsrc/one.ts:2:beta\nsrc/one.ts-3-gamma');
  });

  it('is relative to the working folder', async () => {
    const bench = await toolBench(FILES);
    const workspace = { ...bench.workspace, workdir: 'src' };
    expect((await bench.call('grep', { pattern: 'alpha' }, { workspace })).text).toBe(
      'one.ts:1:alpha',
    );
  });

  it('says that nothing matches, and what is wrong with a pattern', async () => {
    const bench = await toolBench(FILES);
    expect(await bench.call('grep', { pattern: 'zzzz' })).toMatchObject({
      isError: false,
      text: 'No match for zzzz.',
    });
    const broken = await bench.call('grep', { pattern: 'a(' });
    expect(broken.isError).toBe(true);
    expect(broken.text).toContain('unclosed group');
    expect((await bench.call('grep', { pattern: '--help' })).text).toBe('No match for --help.');
  });

  it('shows at most 100 hits', async () => {
    const bench = await toolBench({ 'a.txt': 'hit\n'.repeat(500) });
    const lines = (await bench.call('grep', { pattern: 'hit' })).text.split('\n');
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('(the first 100 of 500 hits; narrow pattern, path or include)');
  });
});

describe('compileGlob', () => {
  it.each([
    ['*.ts', 'a/b/c.ts', true],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/a/b.ts', false],
    ['src/**/*.ts', 'src/b.ts', true],
    ['src/**/*.ts', 'src/a/b/c.ts', true],
    ['**/test/**', 'a/test/b/c', true],
    ['*.{js,ts}', 'x/a.ts', true],
    ['*.{js,ts}', 'a.tsx', false],
    ['[a-c]?.txt', 'b1.txt', true],
    ['[!a-c].txt', 'b.txt', false],
    ['./a+b(c).txt', 'a+b(c).txt', true],
    ['{a', '{a', true],
  ])('%s against %s is %s', (pattern, path, expected) => {
    expect(compileGlob(pattern)?.(path)).toBe(expected);
  });
});

describe('what rules of people hide', () => {
  const SECRET = {
    'secrets/key.ts': 'export function needle() {\n  return 1;\n}\n',
    'src/open.ts': 'export function needle() {\n  return 2;\n}\n',
  };

  it.each(['grep', 'glob', 'codesearch'])(
    'is not shown by %s, however it is asked',
    async (tool) => {
      const bench = await toolBench(SECRET);
      const ask = async (path?: string, hiddenGlobs: readonly string[] = ['secrets/**']) => {
        const input = { pattern: tool === 'glob' ? '*.ts' : 'needle', query: 'needle' };
        const more = path === undefined ? {} : { path };
        return (await bench.call(tool, { ...input, ...more }, { hiddenGlobs })).text;
      };
      expect(await ask()).toContain('open.ts');
      expect(await ask()).not.toContain('key.ts');
      // a glob that ripgrep reads in another way than rules do
      expect(await ask(undefined, ['./secrets/**'])).not.toContain('key.ts');
      expect(await ask(undefined, ['.*'])).toContain('key.ts');
      for (const path of ['secrets', 'secrets/key.ts', './secrets/../secrets/key.ts'])
        expect(await ask(path)).toBe(`${path}: rules of a person keep it out of searches.`);
    },
  );

  it('does not take the lines around a hit along', async () => {
    const bench = await toolBench({ 'a.txt': 'one\ntwo\nthree\n', 'b.pem': 'two\n' });
    const input = { pattern: 'two', context: 1 };
    const { text } = await bench.call('grep', input, { hiddenGlobs: ['*.pem'] });
    expect(text.split('\n')).toEqual(['a.txt-1-one', 'a.txt:2:two', 'a.txt-3-three']);
  });
});
