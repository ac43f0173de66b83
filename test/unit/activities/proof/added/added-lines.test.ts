import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { takeTree } from '../../../../../src/activities/proof/story-tree.js';
import { addedLines } from '../../../../../src/activities/proof/added/added-lines.js';
import { begunStory, type RalphBench } from '../../../../support/ralph-bench.js';

async function added(
  bench: RalphBench,
): Promise<{ path: string; lines: readonly { line: number; text: string }[] }[]> {
  const { diff } = await takeTree(bench.lane, bench.base);
  const present = diff.files.filter(({ after }) => after !== null);
  const files = await addedLines(bench.lane, present);
  return files
    .map(({ file, lines }) => ({ path: file.path, lines }))
    .toSorted((one, other) => one.path.localeCompare(other.path));
}

describe('the lines that a story added', () => {
  it('have the numbers of its own files, and leave what was taken away', async () => {
    const bench = await begunStory({
      'a.js': 'one\ntwo\nthree\n',
      'b.test.js': 'x\n',
      'gone.js': 'x\n',
    });
    await bench.write('a.js', 'zero\none\nthree\n++four\n-- five\n');
    await bench.write('b.test.js', 'x\ny');
    await rm(join(bench.lane.root, 'gone.js'));
    expect(await added(bench)).toEqual([
      {
        path: 'a.js',
        lines: [
          { line: 1, text: 'zero' },
          { line: 4, text: '++four' },
          { line: 5, text: '-- five' },
        ],
      },
      { path: 'b.test.js', lines: [{ line: 2, text: 'y' }] },
    ]);
  });

  it('may look like a patch themselves', async () => {
    const bench = await begunStory({});
    await bench.write('a.js', 'diff --git a/x b/x\n+++ b/other.js\n@@ -1 +77 @@\nend\n');
    expect(await added(bench)).toEqual([
      {
        path: 'a.js',
        lines: ['diff --git a/x b/x', '+++ b/other.js', '@@ -1 +77 @@', 'end'].map((text, at) => ({
          line: at + 1,
          text,
        })),
      },
    ]);
  });

  it('are those of files with odd names too', async () => {
    const bench = await begunStory({});
    const names = ['ä b.js', '-x.js', ':(top)y.js', '*.js', 'a\tb.js', 'a"b.js', 'a\nb.js'];
    for (const name of names) await bench.write(name, 'x\n');
    const wanted = names.map((path) => ({ path, lines: [{ line: 1, text: 'x' }] }));
    const files = await added(bench);
    expect(files.map(({ lines }) => lines)).toEqual(wanted.map(({ lines }) => lines));
    expect(new Set(files.map(({ path }) => path))).toEqual(new Set(names));
  });

  it('are all of a file that was moved, and of one that only looks binary', async () => {
    const bench = await begunStory({ 'a.js': 'one\ntwo\n' });
    await rename(join(bench.lane.root, 'a.js'), join(bench.lane.root, 'b.js'));
    await bench.write('c.bin', 'a\u0000b\n');
    expect(await added(bench)).toEqual([
      {
        path: 'b.js',
        lines: [
          { line: 1, text: 'one' },
          { line: 2, text: 'two' },
        ],
      },
      { path: 'c.bin', lines: [{ line: 1, text: 'a\u0000b' }] },
    ]);
  });

  it('are none where nothing was added', async () => {
    expect(await added(await begunStory({ 'a.js': 'one\n' }))).toEqual([]);
  });
});
