import { chmod, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyPatchTool } from '../../../../src/tools/patch/apply-patch.js';
import { toolBench, type ToolBench } from '../../../support/tool-context.js';

const v4a = (...lines: readonly string[]): string =>
  ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');

async function tree(bench: ToolBench): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const path of (await readdir(bench.workspace.root, { recursive: true })).toSorted()) {
    const file = join(bench.workspace.root, path);
    if ((await stat(file)).isFile()) files[path] = await readFile(file, 'utf8');
  }
  return files;
}

const FILES = { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'bee\n', 'old/c.txt': 'sea\n' };

describe('apply_patch with the form of marks', () => {
  it('is named after its first file, and no agent is told of it', () => {
    const { isDeferred, title } = applyPatchTool;
    const patch = v4a('*** Delete File: b.txt');
    expect([isDeferred, title({ patch, dry_run: true })]).toEqual([
      true,
      'apply_patch: b.txt (dry run)',
    ]);
  });

  it('adds, updates, moves and deletes files', async () => {
    const bench = await toolBench(FILES);
    const patch = v4a(
      '*** Add File: new/d.txt',
      '+dee',
      '+',
      '*** Update File: a.txt',
      '@@ one',
      '-two',
      '+2',
      '*** Update File: old/c.txt',
      '*** Move to: c.txt',
      '@@',
      '-sea',
      '+ocean',
      '*** Delete File: b.txt',
    );
    expect(await bench.call('apply_patch', { patch })).toEqual({
      text: 'Applied the patch:\nA new/d.txt\nM a.txt\nR old/c.txt -> c.txt\nD b.txt',
      isError: false,
      seen: [
        { path: 'new/d.txt', hash: expect.any(String) },
        { path: 'c.txt', hash: expect.any(String) },
      ],
      progress: expect.arrayContaining(['file:b.txt:absent']),
    });
    expect(await tree(bench)).toEqual({
      'a.txt': 'one\n2\nthree\n',
      'c.txt': 'ocean\n',
      'new/d.txt': 'dee\n\n',
    });
  });

  it.each([
    [
      'a here-document round it',
      `apply_patch <<'EOF'\n${v4a('*** Update File: b.txt', '@@', '-bee', '+B')}\nEOF`,
    ],
    ['a fence round it', `\`\`\`\n${v4a('*** Update File: b.txt', '@@', '-bee', '+B')}\n\`\`\``],
    [
      'blanks round the marks',
      '  *** Begin Patch  \n *** Update File: b.txt \n@@\n-bee\n+B\n *** End Patch ',
    ],
    ['no marks of begin and end', '*** Update File: b.txt\n-bee\n+B'],
    ['blank lines between chunks', v4a('*** Update File: b.txt', '', '-bee', '+B', '', '')],
    ['a first chunk without @@', v4a('*** Update File: b.txt', '-bee', '+B')],
    [
      'Windows line ends',
      v4a('*** Update File: b.txt', '@@', '-bee', '+B').replaceAll('\n', '\r\n'),
    ],
    ['numbers behind @@', v4a('*** Update File: b.txt', '@@ -1,1 +1,1 @@', '-bee', '+B')],
    [
      'the mark of the end of the file',
      v4a('*** Update File: b.txt', '@@', '-bee', '+B', '*** End of File'),
    ],
    [
      'a blank line behind the last one',
      v4a('*** Update File: b.txt', '@@', '-bee', '+B', ' ', '*** End of File'),
    ],
  ])('takes %s', async (_form, patch) => {
    const bench = await toolBench(FILES);
    expect((await bench.call('apply_patch', { patch })).text).toBe('Applied the patch:\nM b.txt');
    expect(await tree(bench)).toEqual({ ...FILES, 'b.txt': 'B\n' });
  });

  it.each([
    ['blanks at line ends', 'one  \ntwo\n', 'one  \n2\n', 'blanks at line ends differed'],
    ['indentation', '  one\n\ttwo\n', '  one\n2\n', 'indentation differed'],
    ['typographic characters', '\u201cone\u201d\n', undefined, undefined],
    ['Windows line ends', 'one\r\ntwo\r\n', 'one\r\n2\r\n', undefined],
    ['no last line break', 'one\ntwo', 'one\n2', undefined],
    ['a byte order mark', '\uFEFFone\ntwo\n', '\uFEFFone\n2\n', undefined],
  ])('keeps what it does not change of a file with %s', async (...[, before, after, remark]) => {
    const bench = await toolBench({ 'a.txt': before });
    const patch = v4a('*** Update File: a.txt', '@@', ' one', '-two', '+2');
    const output = await bench.call('apply_patch', { patch });
    expect(await tree(bench)).toEqual({ 'a.txt': after ?? before });
    expect(output.isError).toBe(after === undefined);
    if (after !== undefined)
      expect(output.text).toBe(
        `Applied the patch:\nM a.txt${remark === undefined ? '' : ` (not an exact match: ${remark})`}`,
      );
  });

  it('finds lines whose quotation marks are stored in another form, and leaves them so', async () => {
    const bench = await toolBench({ 'a.txt': 'say \u201chi\u201d\ntwo\n' });
    const patch = v4a('*** Update File: a.txt', '@@', ' say "hi"', '-two', '+2');
    expect((await bench.call('apply_patch', { patch })).text).toContain(
      'typographic characters differed',
    );
    expect(await tree(bench)).toEqual({ 'a.txt': 'say \u201chi\u201d\n2\n' });
  });

  it('looks behind its context, and behind the chunk before', async () => {
    const bench = await toolBench({
      'a.py': 'class A:\n  x = 1\nclass B:\n  def f():\n    x = 1\n  x = 1\n',
    });
    const patch = v4a(
      '*** Update File: a.py',
      '@@ class B:',
      '@@   def f():',
      '-    x = 1',
      '+    x = 2',
      '@@',
      '-  x = 1',
      '+  x = 3',
    );
    expect((await bench.call('apply_patch', { patch })).isError).toBe(false);
    expect(await tree(bench)).toEqual({
      'a.py': 'class A:\n  x = 1\nclass B:\n  def f():\n    x = 2\n  x = 3\n',
    });
  });

  it('puts lines that only come behind their context, or at the end', async () => {
    const bench = await toolBench({ 'a.txt': 'one\ntwo' });
    const patch = v4a('*** Update File: a.txt', '@@ one', '+1.5', '@@', '+end');
    expect((await bench.call('apply_patch', { patch })).isError).toBe(false);
    expect(await tree(bench)).toEqual({ 'a.txt': 'one\n1.5\ntwo\nend' });
  });

  it('moves a file with its mode, byte order mark and encoding', async () => {
    const bench = await toolBench({ 'a.sh': '\uFEFFone\r\n' });
    await writeFile(join(bench.workspace.root, 'l.txt'), Buffer.from('caf\xe9\n', 'latin1'));
    await chmod(join(bench.workspace.root, 'a.sh'), 0o755);
    const patch = v4a(
      '*** Update File: a.sh',
      '*** Move to: b.sh',
      '*** Update File: l.txt',
      '*** Move to: m.txt',
    );
    expect((await bench.call('apply_patch', { patch })).isError).toBe(false);
    expect((await stat(join(bench.workspace.root, 'b.sh'))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(bench.workspace.root, 'b.sh'), 'utf8')).toBe('\uFEFFone\r\n');
    expect((await readFile(join(bench.workspace.root, 'm.txt'))).toString('latin1')).toBe(
      'caf\xe9\n',
    );
  });

  it.each([
    [
      '*** Begin Patch \n*** End Patch',
      'The patch names no file. Behind "*** Begin Patch" comes "*** Add File: PATH"',
    ],
    [
      v4a('*** Frobnicate File: a.txt'),
      'Line 2 of the patch: "*** Frobnicate File: a.txt" is no header. Legal here: "*** Add File: PATH", "*** Update File: PATH", "*** Delete File: PATH" or "*** End Patch".',
    ],
    [
      v4a('*** Update File: a.txt', '@@', 'two', '+2'),
      `Line 4 of the patch: "two" begins with neither ' ' (kept), '-' (removed) nor '+' (added).`,
    ],
    [v4a('*** Update File: a.txt'), 'Line 2 of the patch: nothing is changed in "a.txt".'],
    [v4a('*** Update File: a.txt', '@@ one'), 'Line 3 of the patch: no lines follow "@@".'],
    [v4a('*** Update File:', '-x'), 'Line 2 of the patch: "*** Update File:" needs a path.'],
    [v4a('*** Add File: x.txt', 'text'), 'Line 3 of the patch: "text" does not begin with "+"'],
    [
      v4a('*** Add File: b.txt', '+x'),
      'b.txt: exists already; update it instead, or delete it first.',
    ],
    [v4a('*** Delete File: zzz'), 'zzz: no such file.'],
    [
      v4a('*** Delete File: b.txt', '*** Update File: b.txt', '-bee', '+B'),
      'b.txt: removed before, in the same call.',
    ],
    [
      v4a('*** Update File: b.txt', '*** Move to: a.txt'),
      'a.txt: exists already; nothing is moved over it.',
    ],
    [
      v4a('*** Update File: a.txt', '@@ nowhere at all', '-two', '+2'),
      'a.txt: chunk 1 of 1 (line 3 of the patch): the line behind "@@" is not in the file',
    ],
    [
      v4a('*** Update File: a.txt', '@@', ' one', '-tvvo', '+2'),
      'Nearest is lines 1-2; - is your text, + is the file:',
    ],
    [
      v4a('*** Update File: a.txt', '@@', '-three', '+3', '@@', '-one', '+1'),
      'Chunks follow the order of the file: it is looked for behind chunk 1.',
    ],
    [
      v4a('*** Add File: x', '+x', '*** Add File: x/y', '+y'),
      'x/y: it would be a file and a folder at once.',
    ],
    [v4a('*** Add File: ../x', '+x'), '../x: leads outside the workspace'],
    [v4a('*** Add File: /etc/x', '+x'), '/etc/x: outside the workspace'],
    [v4a('*** Add File: .git/hooks/x', '+x'), '.git/hooks/x: files of .git are kept by git'],
    [v4a('*** Add File: link/x', '+x'), 'a symbolic link on the way leads outside the workspace'],
    [
      v4a('*** Update File: a.txt', '*** Move to: link/x'),
      'a symbolic link on the way leads outside the workspace',
    ],
    [
      v4a('*** Update File: linked', '-bee', '+B'),
      'linked: a symbolic link; use its target b.txt instead',
    ],
    [v4a('*** Delete File: bin'), 'bin: a binary file of 3 bytes'],
    [v4a('*** Delete File: old'), 'old: a folder; use list_dir.'],
    ['just words', 'This is no patch. Write it like this'],
    [
      `${v4a('*** Update File: a.txt')}${' '.repeat(1024 * 1024)}`,
      'characters; at most 1048576 in one call.',
    ],
    [
      v4a('*** Update File: a.txt', ...Array.from({ length: 100_000 }, () => '@@\n-x')),
      'The patch has 100000 places; at most 2000 in one call.',
    ],
    [
      v4a(...Array.from({ length: 201 }, (_, at) => `*** Add File: f${at}\n+x`)),
      'The patch names 201 files; at most 200 in one call.',
    ],
  ])('changes nothing for %#, and says why', async (patch, expected) => {
    const bench = await toolBench(FILES);
    await writeFile(join(bench.workspace.root, 'bin'), 'a\0b');
    await symlink('..', join(bench.workspace.root, 'link'));
    await symlink('b.txt', join(bench.workspace.root, 'linked'));
    // Not what lies behind the links.
    const names = async () =>
      (
        await Promise.all(['', 'old'].map((path) => readdir(join(bench.workspace.root, path))))
      ).flat();
    const before = await names();
    // What comes first would fit.
    const fitting = patch.replace(
      '*** Begin Patch\n',
      '*** Begin Patch\n*** Add File: first.txt\n+first\n',
    );
    for (const each of [patch, fitting]) {
      const output = await bench.call('apply_patch', { patch: each });
      expect(output.isError).toBe(true);
      if (each === patch) expect(output.text).toContain(expected);
      expect(output.text).toMatch(/No file was changed|Nothing was changed/);
    }
    expect(await names()).toEqual(before);
    expect(await readFile(join(bench.workspace.root, 'a.txt'), 'utf8')).toBe(FILES['a.txt']);
  });

  it('says of a patch that was applied before that it was', async () => {
    const bench = await toolBench({ 'a.txt': 'a line that stays\na line that is old\n' });
    const patch = v4a(
      '*** Update File: a.txt',
      '@@',
      ' a line that stays',
      '-a line that is old',
      '+a line that is new',
    );
    await bench.call('apply_patch', { patch });
    expect(await bench.call('apply_patch', { patch })).toEqual({
      text: 'Nothing was changed:\nM a.txt: already applied; left as it is',
      isError: false,
      seen: [],
      progress: [],
    });
  });

  it('writes nothing in a dry run', async () => {
    const bench = await toolBench(FILES);
    const patch = v4a('*** Update File: b.txt', '@@', '-bee', '+B');
    expect(await bench.call('apply_patch', { patch, dry_run: true })).toEqual({
      text: 'Dry run: the patch fits, nothing was written.\nM b.txt\n--- b.txt\n+++ b.txt\n@@ -1,1 +1,1 @@\n-bee\n+B',
      isError: false,
    });
    expect(await tree(bench)).toEqual(FILES);
  });

  it('answers a search that would take too long', async () => {
    const bench = await toolBench({ 'a.txt': 'x\n'.repeat(100_000) });
    const patch = v4a(
      '*** Update File: a.txt',
      '@@',
      ...Array.from({ length: 3000 }, () => '-x'),
      '-y',
    );
    expect((await bench.call('apply_patch', { patch })).text).toContain('takes too long');
  });
});

describe('what rules of people are compared with', () => {
  const subjects = (patch: string) => applyPatchTool.subjects?.({ patch });
  const hunk = '@@ -1 +1 @@\n-a\n+b\n';

  it.each([
    ['prefixes of git', `--- a/src/x.ts\n+++ b/src/x.ts\n${hunk}`, ['src/x.ts']],
    ['other prefixes of git', `--- i/secrets/k\n+++ w/secrets/k\n${hunk}`, ['secrets/k']],
    ['no prefixes', `--- src/x.ts\n+++ src/x.ts\n${hunk}`, ['src/x.ts']],
    ['quoted names', `--- "a/s\\303\\244.txt"\n+++ "b/s\\303\\244.txt"\n${hunk}`, ['s\u00e4.txt']],
    ['a new file', '--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1 @@\n+b\n', ['new.ts']],
    [
      'a rename',
      'diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n',
      ['x', 'y'],
    ],
    [
      'blanks round marks',
      v4a(`*** Add File:${' '.repeat(6000)}secrets/k${' '.repeat(9)}`, '+a'),
      ['secrets/k'],
    ],
    ['a mark far to the right', `*** Begin Patch\n${' '.repeat(39)}*** Delete File: k`, ['k']],
    ['a move', v4a('*** Update File: a.txt', '*** Move to: b/c.txt'), ['a.txt', 'b/c.txt']],
  ])('are the names that are patched: %s', (_, patch, expected) => {
    expect(subjects(patch)).toEqual(expected);
  });

  it('are not known of what is no patch', () => {
    for (const patch of [
      'hello',
      v4a(),
      v4a('*** Update File: a'),
      `${hunk}`,
      'x'.repeat(2_000_000),
    ])
      expect(subjects(patch)).toBeNull();
  });

  it.each(['---\tsecrets/k\n+++\tsecrets/k\n', '--- \tsecrets/k\n+++ \tsecrets/k\n'])(
    'hold whatever file is changed, however odd the header: %j',
    async (head) => {
      const bench = await toolBench({ 'secrets/k': 'a\n' });
      const patch = `Index: secrets/k\n${head}${hunk}`;
      await bench.call('apply_patch', { patch });
      const isChanged = (await tree(bench))['secrets/k'] !== 'a\n';
      const names = subjects(patch);
      expect(!isChanged || names === null || names?.includes('secrets/k')).toBe(true);
    },
  );
});
