import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { editTool } from '../../../../src/tools/files/edit.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const hash = (text: string | Buffer): string => sha256(Buffer.from(text)).slice(0, 16);

/** The answer to one edit of `a.txt`, and what the file holds then. */
async function edit(
  content: string | Buffer,
  input: Readonly<Record<string, unknown>>,
  isSeen = false,
) {
  const { workspace } = await workspaceFixture();
  const file = join(workspace.root, 'a.txt');
  await writeFile(file, content);
  const seen = new Map(isSeen ? [['a.txt', hash(content)]] : []);
  const output = await callTool(
    editTool,
    { path: 'a.txt', ...input },
    toolContext(workspace, { seen }),
  );
  return { output, bytes: await readFile(file) };
}

describe('edit', () => {
  it('changes what stands there exactly, also in a file that the model has not read', async () => {
    const { output, bytes } = await edit('one\ntwo\n', { old_string: 'two', new_string: '2' });
    expect(bytes.toString()).toBe('one\n2\n');
    expect(output).toEqual({
      text: 'Edited a.txt at 1 place (line 2).',
      isError: false,
      // Knowing two words of a file is not knowing the file.
      seen: [],
      progress: [`file:a.txt:${hash('one\n2\n')}`],
    });
  });

  it('lets a model that knows the file know the new version', async () => {
    const { output } = await edit('one\n', { old_string: 'one', new_string: '1' }, true);
    expect(output.seen).toEqual([{ path: 'a.txt', hash: hash('1\n') }]);
  });

  it('changes all places when it is asked to, and names their lines', async () => {
    const input = { old_string: 'x', new_string: 'y', replace_all: true };
    const { output, bytes } = await edit('x\n-\nx\n', input);
    expect([bytes.toString(), output.text]).toEqual([
      'y\n-\ny\n',
      'Edited a.txt at 2 places (lines 1, 3).',
    ]);
  });

  it('makes no text that is too large', async () => {
    const input = { old_string: 'x', new_string: 'y'.repeat(1024), replace_all: true };
    const { output, bytes } = await edit('x'.repeat(40_000), input);
    expect([bytes.length, output]).toEqual([
      40_000,
      {
        text: 'a.txt: it would have 40960000 characters; at most 33554432. Replace less of it, or use bash.',
        isError: true,
      },
    ]);
  });

  it('takes dollar signs of the new text as they are', async () => {
    const { bytes } = await edit('price\n', { old_string: 'price', new_string: "$& $1 $$ $'" });
    expect(bytes.toString()).toBe("$& $1 $$ $'\n");
  });

  it('writes a Latin-1 file back in Latin-1, or not at all', async () => {
    const latin = Buffer.from('caf\xe9 one\n', 'latin1');
    const good = await edit(latin, { old_string: 'one', new_string: 'two' });
    expect(good.bytes.toString('latin1')).toBe('caf\xe9 two\n');
    const bad = await edit(latin, { old_string: 'one', new_string: '\u20ac' });
    expect(bad).toEqual({
      output: {
        text: 'a.txt: the file is Latin-1 text and cannot hold a character of the new text.',
        isError: true,
      },
      bytes: latin,
    });
  });

  it('keeps the byte order mark and the line ends of the file', async () => {
    const input = { old_string: 'one\ntwo', new_string: '1\n2' };
    const { bytes } = await edit('\uFEFFone\r\ntwo\r\n', input, true);
    expect(bytes.toString()).toBe('\uFEFF1\r\n2\r\n');
  });

  it('says that an edit was made before, and refuses what is ambiguous or absent', async () => {
    const again = await edit('const answer = 42;\n', {
      old_string: 'const answer = 41;',
      new_string: 'const answer = 42;',
    });
    expect(again.output).toEqual({
      text: 'a.txt: already applied: new_string stands at line 1 and old_string is gone. Nothing was changed.',
      isError: false,
    });
    const two = await edit('x\nx\n', { old_string: 'x', new_string: 'y' });
    expect([two.output.isError, two.bytes.toString()]).toEqual([true, 'x\nx\n']);
    expect(two.output.text).toContain('a.txt');
    const none = await edit('x\n', { old_string: 'absent', new_string: 'y' });
    expect([none.output.isError, none.bytes.toString()]).toEqual([true, 'x\n']);
  });

  it('guesses at nothing in a file that the model does not know', async () => {
    const input = { old_string: 'say "hi"', new_string: 'say "bye"' };
    const unknown = await edit('say \u201chi\u201d\n', input);
    expect(unknown.output.isError).toBe(true);
    expect(unknown.bytes.toString()).toBe('say \u201chi\u201d\n');
    const known = await edit('say \u201chi\u201d\n', input, true);
    expect(known.bytes.toString()).toBe('say \u201cbye\u201d\n');
    expect(known.output.text).toContain('Not an exact match');
  });
});
