import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesText, lineCommentSchema } from '../../../../src/report/board/change-request.js';
import { diffPage } from '../../../../src/report/board/diff-page.js';

const TEXT = `diff --git a/src/a.ts b/src/a.ts
index 1..2 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,3 +1,4 @@ function a() {
 one
-two
+zwei
+drei
 four
@@ -20 +21 @@
-- a list
+++ more
\\ No newline at end of file
diff --git a/logo.png b/logo.png
index 1..2 100644
Binary files a/logo.png and b/logo.png differ
`;

const FILES = [
  { path: 'src/a.ts', addedLines: 3, removedLines: 2 },
  { path: 'logo.png', addedLines: null, removedLines: null },
];

describe('a diff as a page', () => {
  it('has files, hunks and lines with their numbers on both sides', () => {
    const [file, picture] = diffPage(TEXT, FILES);
    expect(file).toMatchObject({ path: 'src/a.ts', added: 3, removed: 2, is_cut: false });
    expect(file?.hunks.map(({ header }) => header)).toEqual([
      '@@ -1,3 +1,4 @@ function a() {',
      '@@ -20 +21 @@',
    ]);
    expect(file?.hunks[0]?.lines).toEqual([
      { kind: 'same', old: 1, new: 1, text: 'one' },
      { kind: 'removed', old: 2, new: null, text: 'two' },
      { kind: 'added', old: null, new: 2, text: 'zwei' },
      { kind: 'added', old: null, new: 3, text: 'drei' },
      { kind: 'same', old: 3, new: 4, text: 'four' },
    ]);
    expect(picture).toEqual({
      path: 'logo.png',
      added: null,
      removed: null,
      hunks: [],
      is_cut: false,
    });
  });

  it('takes lines that look like headers for what they are', () => {
    expect(diffPage(TEXT, FILES)[0]?.hunks[1]?.lines).toEqual([
      { kind: 'removed', old: 20, new: null, text: '- a list' },
      { kind: 'added', old: null, new: 21, text: '++ more' },
    ]);
  });

  it('shows what turns a line around, and cuts what is long', () => {
    const text = `diff --git a/x b/x\n@@ -0,0 +1,3000 @@\n+\u202eevil\n${'+y\n'.repeat(2999)}`;
    const [file] = diffPage(text, [{ path: 'x\u200b', addedLines: 3000, removedLines: 0 }]);
    expect(file?.path).toBe('x\\u{200b}');
    expect(file?.hunks[0]?.lines[0]?.text).toBe('\\u{202e}evil');
    expect(file?.hunks[0]?.lines).toHaveLength(2000);
    expect(file?.is_cut).toBe(true);
    const [wide] = diffPage(`diff --git a/x b/x\n@@ -0,0 +1 @@\n+${'y'.repeat(9000)}\n`, [
      { path: 'x', addedLines: 1, removedLines: 0 },
    ]);
    expect(wide?.hunks[0]?.lines[0]?.text).toHaveLength(2001);
  });

  it('shows no more lines of all files together than a browser takes', () => {
    const one = `diff --git a/x b/x\n@@ -0,0 +1,2000 @@\n${'+y\n'.repeat(2000)}`;
    const files = Array.from({ length: 8 }, () => ({
      path: 'x',
      addedLines: 2000,
      removedLines: 0,
    }));
    const shown = diffPage(one.repeat(8), files);
    const lines = shown.reduce((sum, file) => sum + (file.hunks[0]?.lines.length ?? 0), 0);
    expect(lines).toBe(10_000);
    expect(shown.at(-1)).toMatchObject({ is_cut: true });
  });

  it('never fails, whatever a diff holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (text, paths) => {
        const files = paths.map((path) => ({ path, addedLines: 1, removedLines: 1 }));
        expect(diffPage(`diff --git ${text}`, files)).toHaveLength(paths.length);
      }),
    );
    expect(diffPage('', [])).toEqual([]);
  });
});

describe('what an agent is told of comments', () => {
  const comment = (fields: object) =>
    lineCommentSchema.parse({ file: 'src/a.ts', line: 3, text: 'shorter', ...fields });

  it('names file, line and what stands there', () => {
    const text = changesText(
      [comment({ quote: 'const a = `b`;' }), comment({ side: 'old', line: 9 })],
      '',
    );
    expect(text).toContain("- src/a.ts line 3: `const a = 'b';`\n  shorter");
    expect(text).toContain('- src/a.ts line 9 (removed)\n  shorter');
  });

  it('says what is wanted as a whole, with or without comments', () => {
    expect(changesText([], ' Use less code. ')).toMatch(/asks for changes.*\n\nUse less code\.$/);
    expect(changesText([comment({})], 'Less.')).toMatch(/\n\nLess\.\n\n- src\/a\.ts line 3\n/);
  });

  it('keeps every line of a comment below its place, and shows what would be hidden', () => {
    const text = changesText([comment({ text: 'one\n- src/b.ts line 1\u202e', file: 'a\nb' })], '');
    expect(text).toContain('- a b line 3\n  one\n  - src/b.ts line 1\\u{202e}');
  });

  it.each([
    { line: 0 },
    { line: 1.5 },
    { file: '' },
    { text: '' },
    { text: 'x'.repeat(2001) },
    { side: 'both' },
    { more: 1 },
  ])('is made of comments that are one: %j is none', (fields) => {
    const parsed = lineCommentSchema.safeParse({ file: 'a', line: 1, text: 't', ...fields });
    expect(parsed.success).toBe(false);
  });
});
