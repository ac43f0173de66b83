import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolBench, type ToolBench } from '../../../support/tool-context.js';

async function texts(bench: ToolBench, paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map((path) => readFile(join(bench.workspace.root, path), 'utf8')));
}

const edit = (path: string, old_string: string, new_string: string) => ({
  path,
  old_string,
  new_string,
});

describe('multiedit', () => {
  it('stops before edits that double a text fill the memory', async () => {
    const bench = await toolBench({ 'a.ts': 'a' });
    const edits = Array.from({ length: 26 }, () => ({
      ...edit('a.ts', 'a', 'aa'),
      replace_all: true,
    }));
    for (const name of ['multiedit', 'confirm_edit'])
      expect(await bench.call(name, { edits })).toEqual({
        text: 'edit 18 of 26: a.ts: old_string stands in more than 100000 places. Make it longer, or use bash.\nNo file was changed: all edits are made or none. Edits before it count: each works on what they leave.',
        isError: true,
      });
    expect(await texts(bench, ['a.ts'])).toEqual(['a']);
  });

  it('does not let files grow too large together', async () => {
    const paths = ['a.ts', 'b.ts', 'c.ts'];
    const bench = await toolBench(Object.fromEntries(paths.map((path) => [path, 'a'.repeat(250)])));
    const edits = paths.map((path) => ({
      ...edit(path, 'a', 'b'.repeat(100_000)),
      replace_all: true,
    }));
    expect(await bench.call('multiedit', { edits })).toEqual({
      text: 'edit 3 of 3: The changed files would hold more than 64 MiB together. Do it in several calls, or with bash.\nNo file was changed: all edits are made or none. Edits before it count: each works on what they leave.',
      isError: true,
    });
  });

  it('makes all edits in order, each on what those before it left', async () => {
    const bench = await toolBench({ 'a.ts': 'one\ntwo\n', 'b.ts': 'x\nx\n' });
    const output = await bench.call('multiedit', {
      edits: [
        edit('a.ts', 'one', 'uno'),
        edit('a.ts', 'uno\ntwo', 'both'),
        { ...edit('b.ts', 'x', 'y'), replace_all: true },
      ],
    });
    expect(output).toEqual({
      text: [
        'Made 3 edits in 2 files.',
        '1. a.ts at 1 place (line 1).',
        '2. a.ts at 1 place (line 1).',
        '3. b.ts at 2 places (lines 1, 2).',
      ].join('\n'),
      isError: false,
      seen: [],
      progress: [expect.stringMatching(/^file:a\.ts:/), expect.stringMatching(/^file:b\.ts:/)],
    });
    expect(await texts(bench, ['a.ts', 'b.ts'])).toEqual(['both\n', 'y\ny\n']);
  });

  it.each([
    ['one path for all', { path: 'a.ts', edits: [{ old_string: 'one', new_string: '1' }] }],
    [
      'a list for each path',
      { edits: [{ path: 'a.ts', edits: [{ old_string: 'one', new_string: '1' }] }] },
    ],
    ['file', { edits: [{ file: 'a.ts', old_string: 'one', new_string: '1' }] }],
    [
      'file_path, old_str, new_str',
      { file_path: 'a.ts', edits: [{ old_str: 'one', new_str: '1' }] },
    ],
  ])('takes %s', async (_form, input) => {
    const bench = await toolBench({ 'a.ts': 'one\n' });
    expect((await bench.call('multiedit', input)).text).toBe(
      'Made 1 edit in 1 file.\n1. a.ts at 1 place (line 1).',
    );
    expect(await texts(bench, ['a.ts'])).toEqual(['1\n']);
  });

  it.each([
    [
      edit('b.ts', 'nothing like it at all', 'y'),
      'edit 2 of 2: b.ts: old_string is not in the file',
    ],
    [edit('b.ts', 'x', 'y'), 'edit 2 of 2: b.ts: old_string matches 2 places (lines 1, 2).'],
    [edit('b.ts', '', 'y'), 'edit 2 of 2: b.ts: old_string is empty'],
    [edit('b.ts', 'x', 'x'), 'edit 2 of 2: b.ts: old_string and new_string are the same.'],
    [edit('c.ts', 'x', 'y'), 'edit 2 of 2: c.ts: no such file.'],
    [edit('../c.ts', 'x', 'y'), 'edit 2 of 2: ../c.ts: leads outside the workspace'],
    [edit('.git/config', 'x', 'y'), 'edit 2 of 2: .git/config: files of .git are kept by git'],
    [
      { old_string: 'x', new_string: 'y' },
      'edit 2 of 2: path, old_string and new_string are needed',
    ],
    [{ path: 'b.ts' }, 'edit 2 of 2: path, old_string and new_string are needed'],
  ])('changes no file when %j fails', async (second, expected) => {
    const bench = await toolBench({ 'a.ts': 'one\n', 'b.ts': 'x\nx\n' });
    const output = await bench.call('multiedit', { edits: [edit('a.ts', 'one', '1'), second] });
    expect(output.isError).toBe(true);
    expect(output.text).toContain(expected);
    expect(output.text).toMatch(/No(?: file|thing) was changed/);
    expect(await texts(bench, ['a.ts', 'b.ts'])).toEqual(['one\n', 'x\nx\n']);
  });

  it('says of edits that were made before that they were', async () => {
    const bench = await toolBench({ 'a.ts': 'const answer = 42;\nrest\n' });
    const done = edit('a.ts', 'const answer = 41;', 'const answer = 42;');
    const both = await bench.call('multiedit', { edits: [done, edit('a.ts', 'rest', 'end')] });
    expect(both.text).toBe(
      'Made 2 edits in 1 file.\n1. a.ts: already applied: new_string stands at line 1 and old_string is gone.\n2. a.ts at 1 place (line 2).',
    );
    const again = await bench.call('multiedit', { edits: [done] });
    expect(again).toMatchObject({
      isError: false,
      text: expect.stringMatching(/^Nothing was changed\./),
    });
  });

  it('takes at most a hundred edits', async () => {
    const bench = await toolBench({ 'a.ts': 'one\n' });
    const edits = Array.from({ length: 101 }, () => edit('a.ts', 'one', '1'));
    expect((await bench.call('multiedit', { edits })).text).toBe(
      '101 edits; at most 100 in one call. Do it in several calls.',
    );
    expect((await bench.call('multiedit', { edits: [] })).isError).toBe(true);
  });

  it('keeps byte order mark, line ends and Latin-1 bytes', async () => {
    const bench = await toolBench({ 'a.txt': '\uFEFFone\r\ntwo\r\n' });
    const latin = join(bench.workspace.root, 'l.txt');
    await writeFile(latin, Buffer.from('caf\xe9 one\n', 'latin1'));
    await bench.call('read_file', { path: 'a.txt' });
    const edits = [edit('a.txt', 'one\ntwo', '1\n2'), edit('l.txt', 'one', '\u00fc')];
    expect((await bench.call('multiedit', { edits })).isError).toBe(false);
    expect(await texts(bench, ['a.txt'])).toEqual(['\uFEFF1\r\n2\r\n']);
    expect((await readFile(latin)).toString('latin1')).toBe('caf\xe9 \xfc\n');
    const bad = await bench.call('multiedit', {
      edits: [edit('a.txt', '1', 'x'), edit('l.txt', '\u00fc', '\u20ac')],
    });
    expect(bad.text).toBe(
      'l.txt: the file is Latin-1 text and cannot hold a character of the new text.',
    );
    expect(await texts(bench, ['a.txt'])).toEqual(['\uFEFF1\r\n2\r\n']);
  });

  it('does nothing twice under one step key', async () => {
    const bench = await toolBench({ 'a.ts': 'x\n' });
    const step = { scope: 'same', step: 9, index: 0 };
    const input = { edits: [edit('a.ts', 'x', 'xx')] };
    const first = await bench.call('multiedit', input, { step });
    expect(await bench.call('multiedit', input, { step })).toEqual(first);
    expect(await texts(bench, ['a.ts'])).toEqual(['xx\n']);
  });

  it('gives what the same edits give by hand', { timeout: 60_000 }, async () => {
    const words = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', '  alpha', 'beta ', '');
    const file = fc.array(words, { minLength: 1, maxLength: 12 }).map((lines) => lines.join('\n'));
    const one = fc.record({
      path: fc.constantFrom('a.txt', 'b.txt'),
      old_string: fc.constantFrom('alpha', 'beta', 'gamma\n', 'a', '\n'),
      new_string: fc.constantFrom('', 'ALPHA', 'x\ny', 'beta$&'),
      replace_all: fc.boolean(),
    });
    const edits = fc.array(one, { minLength: 1, maxLength: 5 });
    const bench = await toolBench();
    let step = 0;
    const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
      for (const [path, text] of Object.entries(files))
        await writeFile(join(bench.workspace.root, path), text);
    };
    await fc.assert(
      fc.asyncProperty(file, file, edits, async (a, b, list) => {
        step += 1;
        const files = { 'a.txt': a, 'b.txt': b };
        await put(files);
        const output = await bench.call('multiedit', { edits: list });
        const expected = byHand(files, list);
        expect(output.isError).toBe(expected === undefined);
        expect(await texts(bench, ['a.txt', 'b.txt'])).toEqual(Object.values(expected ?? files));
      }),
      { numRuns: 150 },
    );
    expect(step).toBe(150);
  });
});

interface OneEdit {
  readonly path: string;
  readonly old_string: string;
  readonly new_string: string;
  readonly replace_all: boolean;
}

/** The files after exact edits; undefined when one of them has no place, or several. */
function byHand(
  files: Readonly<Record<string, string>>,
  edits: readonly OneEdit[],
): Record<string, string> | undefined {
  const now = { ...files };
  for (const { path, old_string, new_string, replace_all } of edits) {
    const parts = (now[path] ?? '').split(old_string);
    if (parts.length < 2 || (parts.length > 2 && !replace_all)) return undefined;
    now[path] = parts.join(new_string);
  }
  return now;
}
