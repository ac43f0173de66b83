import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toolBench, type ToolBench } from '../../../support/tool-context.js';

const text = (bench: ToolBench): Promise<string> =>
  readFile(join(bench.workspace.root, 'a.ts'), 'utf8');

const EDIT = { path: 'a.ts', old_string: 'two', new_string: '2' };

/** The digest that an answer names. */
function digestIn(answer: string): string {
  return /[Dd]igest "?([0-9a-f]{16})/.exec(answer)?.[1] ?? 'none';
}

describe('confirm_edit', () => {
  it('shows a diff first, and makes exactly that when it is confirmed', async () => {
    const bench = await toolBench({ 'a.ts': 'one\ntwo\nthree\n' });
    const shown = await bench.call('confirm_edit', EDIT);
    const digest = digestIn(shown.text);
    expect(shown).toEqual({
      text: `Not made yet. Digest ${digest}:\n--- a.ts\n+++ a.ts\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\nTo make exactly this, repeat the call with confirm: true and digest: "${digest}".`,
      isError: false,
    });
    expect(await text(bench)).toBe('one\ntwo\nthree\n');
    const made = await bench.call('confirm_edit', { ...EDIT, confirm: true, digest });
    expect(made).toEqual({
      text: `Made as shown (digest ${digest}):\na.ts at 1 place (line 2).`,
      isError: false,
      seen: [],
      progress: [expect.stringMatching(/^file:a\.ts:/)],
    });
    expect(await text(bench)).toBe('one\n2\nthree\n');
  });

  it.each([
    ['no digest', undefined, 'confirm: true needs the digest of the diff that was shown.'],
    ['the digest of another diff', '0123456789abcdef', 'The digest is not that of this edit'],
  ])('makes nothing with %s, and shows the diff as it is now', async (_what, digest, expected) => {
    const bench = await toolBench({ 'a.ts': 'two\n' });
    const output = await bench.call('confirm_edit', { ...EDIT, confirm: true, digest });
    expect(output.isError).toBe(true);
    expect(output.text).toContain(expected);
    expect(output.text).toContain('-two\n+2');
    expect(await text(bench)).toBe('two\n');
    const now = digestIn(output.text.slice(output.text.indexOf('with digest')));
    await bench.call('confirm_edit', { ...EDIT, confirm: true, digest: now });
    expect(await text(bench)).toBe('2\n');
  });

  it('makes nothing on a file that has changed since', async () => {
    const bench = await toolBench({ 'a.ts': 'two\n' });
    const digest = digestIn((await bench.call('confirm_edit', EDIT)).text);
    await writeFile(join(bench.workspace.root, 'a.ts'), 'two\nand more\n');
    const output = await bench.call('confirm_edit', { ...EDIT, confirm: true, digest });
    expect(output.isError).toBe(true);
    expect(await text(bench)).toBe('two\nand more\n');
  });

  it('takes several edits, also under its other name', async () => {
    const bench = await toolBench({ 'a.ts': 'one\ntwo\n' });
    const input = { edits: [EDIT, { path: 'a.ts', old_string: 'one', new_string: '1' }] };
    const digest = digestIn((await bench.call('confirm_multiedit', input)).text);
    await bench.call('confirm_multiedit', { ...input, confirm: true, digest });
    expect(await text(bench)).toBe('1\n2\n');
  });

  it.each([
    [{ path: 'a.ts' }, 'path, old_string and new_string are needed, or edits.'],
    [{ ...EDIT, old_string: 'nothing of the kind' }, 'old_string is not in the file'],
    [{ ...EDIT, path: '../x' }, 'leads outside the workspace'],
    [{ ...EDIT, new_string: '\u20ac', path: 'l.txt' }, 'cannot hold a character of the new text'],
  ])('explains %j', async (input, expected) => {
    const bench = await toolBench({ 'a.ts': 'one\n' });
    await writeFile(join(bench.workspace.root, 'l.txt'), Buffer.from('\xe9 two\n', 'latin1'));
    const output = await bench.call('confirm_edit', input);
    expect([output.isError, output.text]).toEqual([true, expect.stringContaining(expected)]);
  });

  it('says that nothing would change', async () => {
    const bench = await toolBench({ 'a.ts': 'const answer = 42;\n' });
    const output = await bench.call('confirm_edit', {
      path: 'a.ts',
      old_string: 'const answer = 41;',
      new_string: 'const answer = 42;',
    });
    expect(output).toMatchObject({
      isError: false,
      text: expect.stringMatching(/^Nothing would change\./),
    });
  });
});
