import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolBench, type ToolBench } from '../../../support/tool-context.js';

const at = (bench: ToolBench, path: string): string => join(bench.workspace.root, path);
const text = (bench: ToolBench, path: string): Promise<string> => readFile(at(bench, path), 'utf8');
const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

const TEN = lines(...Array.from({ length: 10 }, (_, index) => `line ${index + 1}`));

/** The answer to a patch of `a.txt`, and what the file holds then. */
async function patched(before: string, patch: string) {
  const bench = await toolBench({ 'a.txt': before });
  const output = await bench.call('apply_patch', { patch });
  return { output, after: await text(bench, 'a.txt') };
}

const head = ['--- a/a.txt', '+++ b/a.txt'];
/** Of two hunks the first fits into a file of ten lines. */
const SECOND_UNFIT = lines(
  ...head,
  '@@ -1,2 +1,2 @@',
  ' line 1',
  '-line 2',
  '+2',
  '@@ -8,2 +8,2 @@',
  ' line 8',
  '-line IX',
  '+9',
);

describe('apply_patch with a unified diff', () => {
  it.each([
    ['lines of the hunk', 1, 3000],
    ['hunks', 100, 100],
  ])('answers a search that would take too long for %s', async (...[, hunks, length]) => {
    const minus = Array.from({ length }, () => '-x');
    const each = [`@@ -1,${length + 1} +0,0 @@`, ...minus, '-y'];
    const patch = lines(...head, ...Array.from({ length: hunks }, () => each).flat());
    const { output } = await patched('x\n'.repeat(100_000), patch);
    expect(output).toEqual({
      text: `a.txt: looking for the lines of ${hunks === 1 ? 'the hunk' : `${hunks} hunks`} takes too long in a file of so many lines. Send less at a time, or use edit or bash.\nNo file was changed: the whole patch is applied or nothing.`,
      isError: true,
    });
  });

  it('does not make copies that are too large together', async () => {
    const bench = await toolBench({ 'a.txt': 'x'.repeat(24 * 1024 * 1024) });
    const copies = ['b', 'c', 'd'].flatMap((to) => [
      `diff --git a/a.txt b/${to}`,
      'similarity index 100%',
      'copy from a.txt',
      `copy to ${to}`,
    ]);
    expect(await bench.call('apply_patch', { patch: lines(...copies) })).toEqual({
      text: 'The changed files would hold more than 64 MiB together. Do it in several calls, or with bash. No file was changed.',
      isError: true,
    });
  });

  it('takes lines of its hunks that look like marks of the other form for what they are', async () => {
    const before = lines('*** Begin Patch', '*** Add File: evil.txt', '+x', '*** End Patch');
    const kept = [' *** Begin Patch', ' *** Add File: evil.txt', ' +x', ' *** End Patch'];
    const patch = lines(...head, '@@ -1,4 +1,5 @@', ...kept, '+more');
    const { output, after } = await patched(before, patch);
    expect([output.text, after]).toEqual(['Applied the patch:\nM a.txt', `${before}more\n`]);
  });

  it.each([
    [
      'as git writes it',
      lines(
        'diff --git a/a.txt b/a.txt',
        'index 1..2 100644',
        ...head,
        '@@ -2,3 +2,3 @@ heading',
        ' line 2',
        '-line 3',
        '+drei',
        ' line 4',
      ),
    ],
    [
      'without prefixes',
      lines('--- a.txt', '+++ a.txt', '@@ -2,3 +2,3 @@', ' line 2', '-line 3', '+drei', ' line 4'),
    ],
    [
      'with times',
      lines('--- a.txt\t2026-01-01', '+++ a.txt\t2026-01-02', '@@ -3 +3 @@', '-line 3', '+drei'),
    ],
    [
      'with wrong counts',
      lines(...head, '@@ -2,7 +2,1 @@', ' line 2', '-line 3', '+drei', ' line 4'),
    ],
    [
      'with wrong lines',
      lines(...head, '@@ -900,3 +900,3 @@', ' line 2', '-line 3', '+drei', ' line 4'),
    ],
    [
      'with a line far behind every file',
      lines(...head, '@@ -999999999,3 +999999999,3 @@', ' line 2', '-line 3', '+drei', ' line 4'),
    ],
    ['without numbers', lines(...head, '@@', ' line 2', '-line 3', '+drei', ' line 4')],
    [
      'with dots for numbers',
      lines(...head, '@@ ... @@', ' line 2', '-line 3', '+drei', ' line 4'),
    ],
    [
      'in a fence',
      lines('```diff', ...head, '@@ -2,3 +2,3 @@', ' line 2', '-line 3', '+drei', ' line 4', '```'),
    ],
    [
      'as it is mailed',
      lines(
        'Subject: x',
        '---',
        ...head,
        '@@ -2,3 +2,3 @@',
        ' line 2',
        '-line 3',
        '+drei',
        ' line 4',
        '-- ',
        '2.39.0',
      ),
    ],
    [
      'with Windows line ends',
      lines(...head, '@@ -2,3 +2,3 @@', ' line 2', '-line 3', '+drei', ' line 4').replaceAll(
        '\n',
        '\r\n',
      ),
    ],
    ['without a last line break', lines(...head, '@@ -3,1 +3,1 @@', '-line 3', '+drei').trimEnd()],
  ])('takes one %s', async (_form, patch) => {
    const { output, after } = await patched(TEN, patch);
    expect(output.text).toBe('Applied the patch:\nM a.txt');
    expect(after).toBe(TEN.replace('line 3', 'drei'));
  });

  it('takes a removed line that looks like the name of a file', async () => {
    const { after } = await patched(
      '-- a\n++ b\nrest\n',
      lines(...head, '@@ -1,3 +1,2 @@', '--- a', '-++ b', '+one', ' rest'),
    );
    expect(after).toBe('one\nrest\n');
  });

  it('says in what the file differed', async () => {
    const blanks = await patched(
      TEN.replace('line 2', 'line 2  '),
      lines(...head, '@@ -2,2 +2,2 @@', ' line 2', '-line 3', '+drei'),
    );
    expect(blanks.output.text).toBe(
      'Applied the patch:\nM a.txt (not an exact match: blanks or line ends differed)',
    );
    expect(blanks.after).toContain('line 2  \ndrei\n');
    const context = await patched(
      TEN,
      lines(...head, '@@ -2,4 +2,4 @@', ' line two', ' line 3', '-line 4', '+vier', ' line 5'),
    );
    expect(context.output.text).toBe(
      'Applied the patch:\nM a.txt (not an exact match: up to 1 line of context differed in each hunk)',
    );
    expect(context.after).toBe(TEN.replace('line 4', 'vier'));
  });

  it.each([
    ['Windows line ends', 'one\r\ntwo\r\nthree\r\n', 'one\r\n2\r\nthree\r\n'],
    ['no last line break', 'one\ntwo\nthree', 'one\n2\nthree'],
    ['a byte order mark', '\uFEFFone\ntwo\nthree\n', '\uFEFFone\n2\nthree\n'],
    ['two kinds of line ends', 'one\r\ntwo\nthree\n', 'one\r\n2\r\nthree\n'],
  ])('keeps %s', async (_what, before, after) => {
    const patch = lines(...head, '@@ -1,3 +1,3 @@', ' one', '-two', '+2', ' three');
    expect((await patched(before, patch)).after).toBe(after);
  });

  it('adds, moves, copies and removes files, and sets what may be executed', async () => {
    const bench = await toolBench({
      'a.txt': TEN,
      'gone.txt': 'x\n',
      'copy.txt': 'c\n',
      'run.sh': 'r\n',
    });
    const patch = lines(
      'diff --git a/new.sh b/new.sh',
      'new file mode 100755',
      '--- /dev/null',
      '+++ b/new.sh',
      '@@ -0,0 +1,2 @@',
      '+one',
      '+two',
      '\\ No newline at end of file',
      'diff --git a/empty b/empty',
      'new file mode 100644',
      'diff --git a/a.txt b/deep/b.txt',
      'similarity index 90%',
      'rename from a.txt',
      'rename to deep/b.txt',
      '--- a/a.txt',
      '+++ b/deep/b.txt',
      '@@ -3 +3 @@',
      '-line 3',
      '+drei',
      'diff --git a/copy.txt b/copy2.txt',
      'similarity index 100%',
      'copy from copy.txt',
      'copy to copy2.txt',
      'diff --git a/run.sh b/run.sh',
      'old mode 100644',
      'new mode 100755',
      'diff --git a/gone.txt b/gone.txt',
      'deleted file mode 100644',
      '--- a/gone.txt',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-x',
    );
    expect((await bench.call('apply_patch', { patch })).text).toBe(
      lines(
        'Applied the patch:',
        'A new.sh',
        'A empty',
        'R a.txt -> deep/b.txt',
        'C copy.txt -> copy2.txt',
        'M run.sh',
        'D gone.txt',
      ).trimEnd(),
    );
    const now = await Promise.all(
      ['new.sh', 'empty', 'deep/b.txt', 'copy.txt', 'copy2.txt', 'run.sh'].map((path) =>
        text(bench, path),
      ),
    );
    expect(now).toEqual(['one\ntwo', '', TEN.replace('line 3', 'drei'), 'c\n', 'c\n', 'r\n']);
    const modes = await Promise.all(
      ['new.sh', 'run.sh', 'copy2.txt'].map(
        async (path) => (await stat(at(bench, path))).mode & 0o111,
      ),
    );
    expect(modes.map((mode) => mode !== 0)).toEqual([true, true, false]);
    await expect(stat(at(bench, 'gone.txt'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    [
      lines(...head, '@@ -1,2 +1,2 @@', ' line 1', 'line 2'),
      `Line 5 of the patch: "line 2" begins with neither ' ' (kept), '-' (removed) nor '+' (added)`,
    ],
    [lines('@@ -1 +1 @@', '-line 1', '+x'), 'Line 1 of the patch: "@@" without names of files.'],
    [
      lines('--- a/a.txt', '@@ -1 +1 @@', '-line 1', '+x'),
      'The patch cannot be read: Missing "+++ ..." file header',
    ],
    [lines(...head), 'The patch changes nothing.'],
    [
      SECOND_UNFIT,
      'a.txt: hunk 2 of 2 (line 7 of the patch, @@ -8,2 +8,2 @@): its kept and removed lines are not in the file. Nearest is lines 8-9',
    ],
    [SECOND_UNFIT, 'Hunk 1 fits.'],
    [lines('--- a/zzz', '+++ b/zzz', '@@ -1 +1 @@', '-x', '+y'), 'zzz: no such file.'],
    [lines('--- /dev/null', '+++ b/a.txt', '@@ -0,0 +1 @@', '+y'), 'a.txt: exists already'],
    [
      lines('--- /dev/null', '+++ b/n.txt', '@@ -1 +1 @@', '-x', '+y'),
      'n.txt: a new file can only have added lines.',
    ],
    [
      lines('--- a/a.txt', '+++ /dev/null', '@@ -1 +0,0 @@', '-line 1'),
      'a.txt: the patch removes the file, but lines of it would be left.',
    ],
    [
      lines('--- /dev/null', '+++ b/../../x', '@@ -0,0 +1 @@', '+y'),
      '../../x: leads outside the workspace',
    ],
    [
      lines('--- /dev/null', '+++ b/.git/hooks/x', '@@ -0,0 +1 @@', '+y'),
      'files of .git are kept by git',
    ],
    [
      lines('diff --git a/p.png b/p.png', 'index 1..2', 'Binary files a/p.png and b/p.png differ'),
      'p.png: a binary change; only text can be patched.',
    ],
    [
      lines(...head, ...Array.from({ length: 50_000 }, () => '@@ -1 +1 @@\n-x\n+y')),
      'The patch has 50000 places; at most 2000',
    ],
  ])('changes nothing for %#, and says why', async (patch, expected) => {
    const { output, after } = await patched(TEN, patch);
    expect(output.isError).toBe(true);
    expect(output.text).toContain(expected);
    expect(after).toBe(TEN);
  });

  it('says of a diff that was applied before that it was', async () => {
    const before = 'a line that stays\nthe old one of them\n';
    const patch = createTwoFilesPatch('a/a.txt', 'b/a.txt', before, before.replace('old', 'new'));
    const { output } = await patched(before.replace('old', 'new'), patch);
    expect(output).toMatchObject({
      isError: false,
      text: 'Nothing was changed:\nM a.txt: already applied; left as it is',
    });
  });

  it('refuses hunks that nobody can look for in a file of so many lines', async () => {
    const patch = lines(...head, ...Array.from({ length: 300 }, () => '@@ -1 +1 @@\n-x\n+y'));
    expect((await patched('z\n'.repeat(100_000), patch)).output.text).toContain(
      'looking for the lines of 300 hunks takes too long',
    );
  });

  it('gives the same bytes as the diff was made from', { timeout: 60_000 }, async () => {
    const word = fc.constantFrom(
      'alpha',
      'beta',
      '',
      '-- x',
      '++ y',
      '@@ z',
      '  gamma',
      '\tdelta',
      'diff --git a/x b/x',
    );
    const ends = fc.constantFrom('\n', '\r\n');
    const content = fc
      .tuple(fc.array(word, { maxLength: 30 }), ends, fc.boolean())
      .map(([all, end, isWhole]) => all.join(end) + (isWhole && all.length > 0 ? end : ''));
    const bench = await toolBench();
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(
        content,
        content,
        fc.integer({ min: 0, max: 4 }),
        async (before, after, context) => {
          const file = at(bench, 'a.txt');
          await mkdir(dirname(file), { recursive: true });
          if (before === '') await rm(file, { force: true });
          else await writeFile(file, before);
          const names = [
            before === '' ? '/dev/null' : 'a/a.txt',
            after === '' ? '/dev/null' : 'b/a.txt',
          ] as const;
          const patch = createTwoFilesPatch(...names, before, after, undefined, undefined, {
            context,
          });
          const output = await bench.call('apply_patch', { patch });
          if (before !== after) {
            changed += 1;
            expect(output).toMatchObject({ isError: false });
            expect(output.text).not.toContain('not an exact match');
          }
          const now = await readFile(file, 'utf8').catch(() => '');
          expect(now).toBe(after);
        },
      ),
      { numRuns: 300 },
    );
    expect(changed).toBeGreaterThan(200);
  });
});
