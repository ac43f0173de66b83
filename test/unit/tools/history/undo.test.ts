import { chmod, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { toolBench, type ToolBench } from '../../../support/tool-context.js';

/** The text of files, null for those that are not there. */
function texts(bench: ToolBench, ...paths: readonly string[]): Promise<(string | null)[]> {
  return Promise.all(
    paths.map((path) => readFile(join(bench.workspace.root, path), 'utf8').catch(() => null)),
  );
}

const hasSandbox = (await detectSandbox()).level !== 'none';

describe('undo', () => {
  it('takes back the last change of a file tool, and can be taken back itself', async () => {
    const bench = await toolBench({ 'a.txt': 'one\ntwo\n' });
    await bench.call('edit', { path: 'a.txt', old_string: 'two', new_string: '2' });
    await bench.call('edit', { path: 'a.txt', old_string: 'one', new_string: '1' });
    expect(await bench.call('undo', {})).toEqual({
      text: 'Undone: 1 step (1 change by a file tool)\na.txt: as before\nTo take this back: undo. To go further back count it and what it undid, for example steps: 3.',
      isError: false,
      seen: [],
      progress: [expect.stringMatching(/^file:a\.txt:[0-9a-f]{16}$/)],
    });
    expect(await texts(bench, 'a.txt')).toEqual(['one\n2\n']);
    await bench.call('undo', {});
    expect(await texts(bench, 'a.txt')).toEqual(['1\n2\n']);
    await bench.call('undo', { steps: 4 });
    expect(await texts(bench, 'a.txt')).toEqual(['one\ntwo\n']);
  });

  it('brings removed files back and removes new ones, with their modes and bytes', async () => {
    const bench = await toolBench({ 'gone.sh': 'run\r\n' });
    await chmod(join(bench.workspace.root, 'gone.sh'), 0o755);
    await writeFile(join(bench.workspace.root, 'l.txt'), Buffer.from('caf\xe9\n', 'latin1'));
    const patch =
      '*** Begin Patch\n*** Delete File: gone.sh\n*** Add File: new/n.txt\n+n\n*** Update File: l.txt\n@@\n+more\n*** End Patch';
    expect((await bench.call('apply_patch', { patch })).isError).toBe(false);
    expect((await bench.call('undo', { steps: 1 })).text).toContain(
      'gone.sh: is back\nnew/n.txt: is gone\nl.txt: as before',
    );
    expect(await texts(bench, 'gone.sh', 'new/n.txt')).toEqual(['run\r\n', null]);
    expect((await stat(join(bench.workspace.root, 'gone.sh'))).mode & 0o777).toBe(0o755);
    expect((await readFile(join(bench.workspace.root, 'l.txt'))).toString('latin1')).toBe(
      'caf\xe9\n',
    );
  });

  it('shows in a preview what it would do', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    await bench.call('edit', { path: 'a.txt', old_string: 'one', new_string: '1' });
    expect(await bench.call('undo', { preview: true })).toEqual({
      text: 'Nothing was changed yet. This would be undone: 1 step (1 change by a file tool)\na.txt: as before\n--- a.txt\n+++ a.txt\n@@ -1,1 +1,1 @@\n-1\n+one',
      isError: false,
    });
    expect(await texts(bench, 'a.txt')).toEqual(['1\n']);
  });

  it('undoes nothing of a file that something else has changed since', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n', 'b.txt': 'bee\n' });
    await bench.call('multiedit', {
      edits: [
        { path: 'a.txt', old_string: 'one', new_string: '1' },
        { path: 'b.txt', old_string: 'bee', new_string: 'B' },
      ],
    });
    await writeFile(join(bench.workspace.root, 'a.txt'), 'somebody else\n');
    expect(await bench.call('undo', {})).toEqual({
      text: 'a.txt: changed by something else since.\nNothing was undone.',
      isError: true,
    });
    expect(await texts(bench, 'a.txt', 'b.txt')).toEqual(['somebody else\n', 'B\n']);
  });

  it('undoes nothing of a file that something else has changed between two of the steps', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    await bench.call('edit', { path: 'a.txt', old_string: 'one', new_string: '1' });
    await writeFile(join(bench.workspace.root, 'a.txt'), '1\nsomebody else\n');
    await bench.call('edit', { path: 'a.txt', old_string: '1', new_string: 'I' });
    for (const preview of [true, false])
      expect(await bench.call('undo', { steps: 2, preview })).toEqual({
        text: 'a.txt: changed by something else between these steps. Undo fewer.\nNothing was undone.',
        isError: true,
      });
    expect((await bench.call('undo', {})).isError).toBe(false);
    expect(await texts(bench, 'a.txt')).toEqual(['1\nsomebody else\n']);
  });

  it('does not read files that are too large now', async () => {
    const bench = await toolBench();
    await bench.call('write_file', { path: 'a.txt', content: 'a' });
    await bench.call('write_file', { path: 'b.txt', content: 'b' });
    for (const path of ['a.txt', 'b.txt'])
      await truncate(join(bench.workspace.root, path), 40 * 1024 * 1024);
    expect(await bench.call('undo', { steps: 2 })).toEqual({
      text: 'The files hold more than 67108864 bytes now. Undo fewer steps, or bring them back with bash. Nothing was undone.',
      isError: true,
    });
  });

  it('knows only the steps of the agent that asks', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    const step = { scope: 'another', step: 1, index: 0 };
    await bench.call('edit', { path: 'a.txt', old_string: 'one', new_string: '1' }, { step });
    expect(await bench.call('undo', {})).toEqual({
      text: 'You have changed no file in this workspace: there is nothing to undo.',
      isError: true,
    });
    await bench.call('write_file', { path: 'b.txt', content: 'b' });
    expect((await bench.call('undo', { steps: 2 })).text).toBe(
      'You have made 1 step that changed files, not 2. Nothing was undone.',
    );
  });

  it.each([[0], [11], [1.5]])('does not take %d steps', async (steps) => {
    const bench = await toolBench();
    expect((await bench.call('undo', { steps })).text).toContain('steps:');
  });

  it('does it once under one step key', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    await bench.call('edit', { path: 'a.txt', old_string: 'one', new_string: '1' });
    const step = { scope: 'test', step: 50, index: 0 };
    const first = await bench.call('undo', {}, { step });
    expect(await bench.call('undo', {}, { step })).toEqual(first);
    expect(await texts(bench, 'a.txt')).toEqual(['one\n']);
  });
});

describe.skipIf(!hasSandbox)('undo of commands', () => {
  it('takes back what a command did to files that git does not ignore', async () => {
    const bench = await toolBench({
      'a.txt': 'one\n',
      'b.bin': 'a\0b',
      'c.sh': 'c\n',
      '.gitignore': 'out\n',
    });
    const command =
      'echo 1 > a.txt; printf x > b.bin; chmod +x c.sh; mkdir d; echo n > d/n.txt; echo o > out; ln -s a.txt link';
    await bench.call('bash', { command });
    await bench.call('bash', { command: 'true' });
    const output = await bench.call('undo', {});
    expect(output.text).toBe(
      'Undone: 1 step (1 command)\na.txt: as before\nb.bin: as before\nc.sh: as before\nd/n.txt: is gone\nleft as it is: link: a symbolic link or a repository\nTo take this back: undo. To go further back count it and what it undid, for example steps: 3.',
    );
    expect(await texts(bench, 'a.txt', 'b.bin', 'd/n.txt', 'out')).toEqual([
      'one\n',
      'a\0b',
      null,
      'o\n',
    ]);
    expect((await stat(join(bench.workspace.root, 'c.sh'))).mode & 0o111).toBe(0);
    await bench.call('undo', {});
    expect(await texts(bench, 'a.txt', 'b.bin', 'd/n.txt')).toEqual(['1\n', 'x', 'n\n']);
    expect((await stat(join(bench.workspace.root, 'c.sh'))).mode & 0o111).toBe(0o111);
  });

  it('goes back over edits and commands of one file', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    await bench.call('edit', { path: 'a.txt', old_string: 'one', new_string: 'two' });
    await bench.call('bash', { command: 'sed -i s/two/three/ a.txt' });
    await bench.call('edit', { path: 'a.txt', old_string: 'three', new_string: 'four' });
    expect((await bench.call('undo', { steps: 3 })).text).toContain(
      '3 steps (2 changes by file tools, 1 command)',
    );
    expect(await texts(bench, 'a.txt')).toEqual(['one\n']);
  });

  it('undoes nothing of a file that something else has changed between a command and an edit', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    const other = (text: string) => writeFile(join(bench.workspace.root, 'a.txt'), text);
    await bench.call('edit', { path: 'a.txt', old_string: 'one', new_string: 'two' });
    await other('two!\n');
    await bench.call('bash', { command: 'sed -i s/two/three/ a.txt' });
    await bench.call('bash', { command: 'sed -i s/three/four/ a.txt' });
    await other('four\n');
    await bench.call('edit', { path: 'a.txt', old_string: 'four', new_string: 'five' });
    for (const steps of [3, 4])
      expect(await bench.call('undo', { steps })).toEqual({
        text: 'a.txt: changed by something else between these steps. Undo fewer.\nNothing was undone.',
        isError: true,
      });
    expect(await texts(bench, 'a.txt')).toEqual(['five\n']);
  });
});
