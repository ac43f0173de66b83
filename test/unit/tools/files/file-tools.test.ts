import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toolBench } from '../../../support/tool-context.js';

describe('read_file', () => {
  it('numbers lines and remembers the version', async () => {
    const bench = await toolBench({ 'a.txt': 'one\r\ntwo\n' });
    const output = await bench.call('read_file', { path: 'a.txt' });
    expect(output.text).toBe('1\tone\n2\ttwo');
    expect(output.seen).toEqual([{ path: 'a.txt', hash: expect.stringMatching(/^[0-9a-f]{16}$/) }]);
    expect(output.progress).toHaveLength(1);
    expect((await bench.call('read_file', { path: 'a.txt' })).progress).toEqual([]);
  });

  it('shows a window and names where to go on', async () => {
    const bench = await toolBench({
      'a.txt': Array.from({ length: 5000 }, (_, index) => `l${index + 1}`).join('\n'),
    });
    expect((await bench.call('read_file', { path: 'a.txt', offset: 10, limit: 2 })).text).toBe(
      '10\tl10\n11\tl11\n(lines 10-11 of 5000; go on with offset 12)',
    );
    expect((await bench.call('read_file', { path: 'a.txt' })).text).toMatch(
      /\(lines 1-2000 of 5000; go on with offset 2001\)$/,
    );
    expect((await bench.call('read_file', { path: 'a.txt', offset: 6000 })).text).toBe(
      'a.txt: has 5000 lines; offset 6000 is behind its end.',
    );
  });

  it('keeps within 50 KiB and cuts long lines, but always shows one', async () => {
    const bench = await toolBench({
      'a.txt': `${'x'.repeat(1900)}\n`.repeat(100),
      'b.txt': 'y'.repeat(70_000),
    });
    const output = await bench.call('read_file', { path: 'a.txt' });
    expect(Buffer.byteLength(output.text)).toBeLessThan(51 * 1024);
    expect(output.text).toMatch(/\(lines 1-26 of 100; go on with offset 27\)$/);
    expect((await bench.call('read_file', { path: 'b.txt' })).text).toMatch(
      /^1\ty{2000}… \(68000 more characters\)$/,
    );
  });

  it.each([
    [{ path: 'src' }, 'src: a folder; use list_dir.'],
    [{ path: 'src/mian.ts' }, 'src/mian.ts: no such file. Did you mean main.ts?'],
    [{ path: 'zzz' }, 'zzz: no such file. Use glob or list_dir to find it.'],
    [
      { path: 'blob.bin' },
      'blob.bin: a binary file of 3 bytes; it cannot be shown or edited as text.',
    ],
    [
      { path: '../../../etc/passwd' },
      '../../../etc/passwd: leads outside the workspace; use a path relative to the working folder',
    ],
    [
      { path: '/etc/passwd' },
      '/etc/passwd: outside the workspace; use a path relative to the working folder',
    ],
    [{ path: '@output/../../x' }, '@output/../../x: leads outside the workspace'],
    [{ path: 'pipe' }, 'pipe: not a regular file.'],
  ])('says why it cannot read %j', async (input, expected) => {
    const bench = await toolBench({ 'src/main.ts': 'x', 'blob.bin': 'a\0b' });
    await bench.call('bash', { command: 'mkfifo pipe' });
    const output = await bench.call('read_file', input);
    expect(output.isError).toBe(true);
    expect(output.text).toContain(expected);
  });
});

describe('read_file of what is no text', () => {
  it.each([
    ['\x89PNG\r\n\x1a\n\0', 'a PNG image of 9 bytes'],
    ['\xff\xd8\xff\xe0', 'a JPEG image of 4 bytes'],
    ['GIF89a\0', 'a GIF image of 7 bytes'],
    ['RIFF\x01\x02\x03\x04WEBPVP8 \0', 'a WebP image of 17 bytes'],
    ['%PDF-1.7\n%\xe2\xe3', 'a PDF document of 12 bytes'],
  ])('says of %j what it is, and why it is not shown', async (content, kind) => {
    const bench = await toolBench();
    await writeFile(join(bench.workspace.root, 'm'), Buffer.from(content, 'latin1'));
    const { text, isError } = await bench.call('read_file', { path: 'm' });
    expect(isError).toBe(true);
    expect(text).toContain(`m: ${kind}, not shown: it is damaged`);
  });
});

describe('write_file', () => {
  it('creates a file with its folders', async () => {
    const bench = await toolBench();
    const output = await bench.call('write_file', { path: 'deep/er/a.txt', content: 'one\ntwo\n' });
    expect(output).toMatchObject({
      text: 'Created deep/er/a.txt (2 lines, 8 bytes).',
      isError: false,
    });
    expect(await readFile(join(bench.workspace.root, 'deep/er/a.txt'), 'utf8')).toBe('one\ntwo\n');
  });

  it('replaces only a version that was read, and keeps the mode', async () => {
    const bench = await toolBench({ 'run.sh': 'old' });
    const path = join(bench.workspace.root, 'run.sh');
    await chmod(path, 0o755);
    expect((await bench.call('write_file', { path: 'run.sh', content: 'new' })).text).toBe(
      'run.sh exists and you have not read it. Read it first, or use edit.',
    );
    await bench.call('read_file', { path: 'run.sh' });
    await writeFile(path, 'changed');
    expect((await bench.call('write_file', { path: 'run.sh', content: 'new' })).text).toBe(
      'run.sh has changed since you read it. Read it again, then write it.',
    );
    await bench.call('read_file', { path: 'run.sh' });
    expect((await bench.call('write_file', { path: 'run.sh', content: 'new' })).isError).toBe(
      false,
    );
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o755);
    expect((await bench.call('write_file', { path: 'run.sh', content: 'newer' })).isError).toBe(
      false,
    );
    expect((await bench.call('write_file', { path: 'run.sh', content: 'newer' })).text).toBe(
      'run.sh already holds exactly that.',
    );
  });

  it.each([
    '.git/config',
    'sub/.git/hooks/x',
    '.GIT/config',
    'link/x',
    'linked-file',
    'out',
    'file/below',
    '.',
  ])('refuses %s', async (path) => {
    const bench = await toolBench({ file: 'f', 'inner.txt': 'i' });
    await symlink('/tmp', join(bench.workspace.root, 'link'));
    await symlink('inner.txt', join(bench.workspace.root, 'linked-file'));
    await symlink('../../../nowhere', join(bench.workspace.root, 'out'));
    const output = await bench.call('write_file', { path, content: 'x' });
    expect(output.isError).toBe(true);
    expect(await readFile(join(bench.workspace.root, 'inner.txt'), 'utf8')).toBe('i');
  });
});

describe('edit', () => {
  it('replaces one place and says where', async () => {
    const bench = await toolBench({ 'a.ts': 'one\ntwo\nthree\n' });
    const output = await bench.call('edit', { path: 'a.ts', old_string: 'two', new_string: '2' });
    expect(output).toMatchObject({ text: 'Edited a.ts at 1 place (line 2).', isError: false });
    expect(await readFile(join(bench.workspace.root, 'a.ts'), 'utf8')).toBe('one\n2\nthree\n');
  });

  it('does not count an unread file as read', async () => {
    const bench = await toolBench({ 'a.ts': 'one\ntwo\n' });
    await bench.call('edit', { path: 'a.ts', old_string: 'two', new_string: '2' });
    expect((await bench.call('write_file', { path: 'a.ts', content: 'x' })).text).toContain(
      'you have not read it',
    );
  });

  it('names all lines of an ambiguous text, and replaces them with replace_all', async () => {
    const bench = await toolBench({ 'a.ts': 'x\ny\nx\n' });
    expect(
      (await bench.call('edit', { path: 'a.ts', old_string: 'x', new_string: 'z' })).text,
    ).toBe(
      'a.ts: old_string matches 2 places (lines 1, 3). Add lines around it until only one is left, or set replace_all.',
    );
    const output = await bench.call('edit', {
      path: 'a.ts',
      old_string: 'x',
      new_string: 'z',
      replace_all: true,
    });
    expect(output.text).toBe('Edited a.ts at 2 places (lines 1, 3).');
    expect(await readFile(join(bench.workspace.root, 'a.ts'), 'utf8')).toBe('z\ny\nz\n');
  });

  it('states an inexact match, and refuses it on a version that was not seen', async () => {
    const bench = await toolBench({ 'a.ts': '  one  \n  two\n' });
    const input = { path: 'a.ts', old_string: 'one\ntwo', new_string: '1\n2' };
    expect((await bench.call('edit', input)).text).toBe(
      'a.ts: old_string is not there exactly, and you have not seen the present version of the file. Read it, then repeat the edit.',
    );
    await bench.call('read_file', { path: 'a.ts' });
    expect((await bench.call('edit', input)).text).toBe(
      'Edited a.ts at 1 place (line 1). Not an exact match: indentation differed; the new text was shifted alike.',
    );
    expect(await readFile(join(bench.workspace.root, 'a.ts'), 'utf8')).toBe('  1\n  2\n');
  });

  it('shows the nearest block when nothing matches', async () => {
    const bench = await toolBench({
      'a.ts': 'first\nconst total = add(left, right);\nreturn total;\n',
    });
    const output = await bench.call('edit', {
      path: 'a.ts',
      old_string: 'const total = sum(left, right);\nreturn total;',
      new_string: 'x',
    });
    expect(output).toMatchObject({ isError: true });
    expect(output.text).toBe(
      [
        'a.ts: old_string is not in the file. Nearest is lines 2-3; - is your text, + is the file:',
        '-const total = sum(left, right);',
        '+const total = add(left, right);',
        ' return total;',
        'Copy the text from the file and repeat the edit.',
      ].join('\n'),
    );
  });

  it.each([
    [{ old_string: 'nothing like it at all', new_string: 'x' }, 'and nothing like it'],
    [
      { old_string: 'gone before', new_string: 'const now = "here";' },
      'a.ts: already applied: new_string stands at line 1',
    ],
    [{ old_string: '', new_string: 'x' }, 'old_string is empty; use write_file'],
    [{ old_string: 'now', new_string: 'now' }, 'are the same'],
  ])('explains %j', async (input, expected) => {
    const bench = await toolBench({ 'a.ts': 'const now = "here";\n' });
    expect((await bench.call('edit', { path: 'a.ts', ...input })).text).toContain(expected);
  });

  it('keeps byte order mark, Latin-1 bytes and line endings of everything else', async () => {
    const bench = await toolBench({ 'bom.txt': '\uFEFFone\r\ntwo\r\n' });
    await writeFile(
      join(bench.workspace.root, 'latin.txt'),
      Buffer.from('caf\xe9 one\n', 'latin1'),
    );
    await bench.call('edit', { path: 'bom.txt', old_string: 'one', new_string: '1' });
    await bench.call('edit', { path: 'latin.txt', old_string: 'one', new_string: 'zwei \u00fc' });
    expect(await readFile(join(bench.workspace.root, 'bom.txt'), 'utf8')).toBe(
      '\uFEFF1\r\ntwo\r\n',
    );
    expect((await readFile(join(bench.workspace.root, 'latin.txt'))).toString('latin1')).toBe(
      'caf\xe9 zwei \xfc\n',
    );
    expect(
      (await bench.call('edit', { path: 'latin.txt', old_string: 'zwei', new_string: '€' })).text,
    ).toContain('Latin-1');
  });

  it('returns the same result for the same step and never applies it twice', async () => {
    const bench = await toolBench({ 'a.ts': 'x\n' });
    const step = { scope: 'same', step: 9, index: 0 };
    const input = { path: 'a.ts', old_string: 'x', new_string: 'xx' };
    const first = await bench.call('edit', input, { step });
    expect(await bench.call('edit', input, { step })).toEqual(first);
    expect(await readFile(join(bench.workspace.root, 'a.ts'), 'utf8')).toBe('xx\n');
  });
});

describe('list_dir', () => {
  it('lists folders first and hides .git', async () => {
    const bench = await toolBench({ 'b.txt': '12', 'a/x': '', '.git/config': '', '.env': '' });
    await symlink('b.txt', join(bench.workspace.root, 'link'));
    expect((await bench.call('list_dir', {})).text).toBe(
      'a/\n.env (0 bytes)\nb.txt (2 bytes)\nlink -> b.txt',
    );
  });

  it.each([
    ['b.txt', 'b.txt: a file; use read_file.'],
    ['sorce', 'sorce: no such folder. Did you mean source?'],
    ['..', '..: leads outside the workspace'],
    ['source/empty', '(source/empty is empty)'],
  ])('answers for %s', async (path, expected) => {
    const bench = await toolBench({ 'b.txt': '', 'source/x': '' });
    await mkdir(join(bench.workspace.root, 'source/empty'));
    expect((await bench.call('list_dir', { path })).text).toContain(expected);
  });
});
