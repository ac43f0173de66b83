import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { createLspTools } from '../../../../src/tools/lsp/family.js';
import { lspBench, type LspBench } from '../../../support/lsp-bench.js';
import { callTool, toolContext } from '../../../support/tool-context.js';

const FILES = {
  'src/a.ts': 'export const apple = 1;\nconst pear = apple;\n',
  'src/b.ts': '\uFEFFimport { apple } from "./a";\r\nuse(apple);\r\n',
};

/** A bench whose server renames in both files. */
async function renameBench(files: Readonly<Record<string, string>> = FILES): Promise<LspBench> {
  let root = '';
  const bench = await lspBench(files, () => ({
    renames: Object.keys(files).map((path) => pathToFileURL(join(root, path)).href),
  }));
  ({ root } = bench.workspace);
  return bench;
}

/** A bench whose server answers a rename with this. */
function answering(edit: (root: string) => unknown): Promise<LspBench> {
  let root = '';
  return lspBench(FILES, () => ({ edit: edit(root) })).then((bench) => {
    ({ root } = bench.workspace);
    return bench;
  });
}

const INPUT = { path: 'src/a.ts', line: 1, symbol: 'apple', new_name: 'plum' };
const read = async ({ workspace }: LspBench, path: string): Promise<string> =>
  readFile(join(workspace.root, path), 'utf8');

describe('lsp_rename', () => {
  it('renames in all files, and keeps their line ends and byte order marks', async () => {
    const bench = await renameBench();
    expect(await bench.rename(INPUT)).toMatchObject({
      isError: false,
      text: 'Renamed apple to plum in 2 files:\nsrc/a.ts: 2 places\nsrc/b.ts: 2 places',
    });
    expect(await read(bench, 'src/a.ts')).toBe('export const plum = 1;\nconst pear = plum;\n');
    expect(await read(bench, 'src/b.ts')).toBe(
      '\uFEFFimport { plum } from "./a";\r\nuse(plum);\r\n',
    );
  });

  it('is made once, however often its step is tried', async () => {
    const bench = await renameBench();
    const [, rename] = createLspTools(bench.pool);
    if (rename === undefined) throw new Error('no tool');
    const context = toolContext(bench.workspace);
    const first = await callTool(rename, INPUT, context);
    await writeFile(join(bench.workspace.root, 'src/a.ts'), 'written since\n');
    expect(await callTool(rename, INPUT, context)).toEqual(first);
    expect(await read(bench, 'src/a.ts')).toBe('written since\n');
  });

  it('refuses when a file is not what the model has seen, and changes none', async () => {
    const bench = await renameBench();
    const stale = new Map([['src/b.ts', sha256('something else').slice(0, 16)]]);
    const output = await bench.rename(INPUT, { seen: stale });
    expect(output).toEqual({
      isError: true,
      text: 'src/b.ts has changed since you read it. Read it again first. Nothing was changed.',
    });
    expect(await read(bench, 'src/a.ts')).toBe(FILES['src/a.ts']);
    const fresh = new Map([['src/b.ts', sha256(FILES['src/b.ts']).slice(0, 16)]]);
    const made = await bench.rename(INPUT, { seen: fresh });
    expect(made.isError).toBe(false);
    expect(made.seen?.map(({ path }) => path)).toEqual(['src/b.ts']);
  });

  it('renames what other tools have just written, not what the server knew before', async () => {
    const bench = await renameBench();
    await bench.call({ action: 'hover', path: 'src/a.ts', line: 1, column: 1 });
    await writeFile(join(bench.workspace.root, 'src/a.ts'), '\n\nexport const apple = 2;\n');
    expect((await bench.rename({ ...INPUT, line: 3 })).isError).toBe(false);
    expect(await read(bench, 'src/a.ts')).toBe('\n\nexport const plum = 2;\n');
  });

  it.each([
    [
      'a place that the file does not have',
      (root: string) => ({
        changes: {
          [pathToFileURL(join(root, 'src/a.ts')).href]: [
            {
              range: { start: { line: 99, character: 0 }, end: { line: 99, character: 1 } },
              newText: 'x',
            },
          ],
        },
      }),
      'named places that src/a.ts does not have',
    ],
    [
      'two places that overlap',
      (root: string) => ({
        changes: {
          [pathToFileURL(join(root, 'src/a.ts')).href]: [
            {
              range: { start: { line: 0, character: 0 }, end: { line: 0, character: 9 } },
              newText: 'x',
            },
            {
              range: { start: { line: 0, character: 5 }, end: { line: 0, character: 12 } },
              newText: 'y',
            },
          ],
        },
      }),
      'named places that src/a.ts does not have',
    ],
    [
      'a file outside of the workspace',
      () => ({
        changes: {
          'file:///etc/hostname': [
            {
              range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
              newText: 'x',
            },
          ],
        },
      }),
      'also used in file:///etc/hostname, which is no text file of the workspace',
    ],
    [
      'a file to be removed',
      (root: string) => ({
        documentChanges: [{ kind: 'delete', uri: pathToFileURL(join(root, 'src/b.ts')).href }],
      }),
      'gave an answer to textDocument/rename that is none',
    ],
    [
      'another version',
      (root: string) => ({
        documentChanges: [
          {
            textDocument: { uri: pathToFileURL(join(root, 'src/a.ts')).href, version: 77 },
            edits: [
              {
                range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
                newText: 'x',
              },
            ],
          },
        ],
      }),
      'changed while it was looked at',
    ],
    ['nothing', () => ({ changes: {} }), 'found nothing to rename there'],
    ['no object', () => 'yes', 'gave an answer to textDocument/rename that is none'],
  ] as const)('changes nothing when the server names %s', async (_, edit, words) => {
    const bench = await answering(edit);
    const { text, isError } = await bench.rename(INPUT);
    expect(isError).toBe(true);
    expect(text).toContain(words);
    expect(text).toContain('Nothing was changed.');
    expect(await read(bench, 'src/a.ts')).toBe(FILES['src/a.ts']);
    expect(await read(bench, 'src/b.ts')).toBe(FILES['src/b.ts']);
  });

  it.each([
    [{ ...INPUT, path: 'src/none.ts' }, 'no text file'],
    [{ ...INPUT, line: 50 }, 'line 50 is behind its end'],
    [{ ...INPUT, path: 'README.md' }, 'no language server is known'],
    [{ ...INPUT, new_name: 'apple' }, 'It has that name already'],
  ])('says what is wrong with %j', async (input, words) => {
    const bench = await renameBench();
    const { text, isError } = await bench.rename(input);
    expect(isError).toBe(true);
    expect(text).toContain(words);
  });
});
