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
    const text = `diff --git a/x\u200b b/x\u200b\n@@ -0,0 +1,3000 @@\n+\u202eevil\n${'+y\n'.repeat(2999)}`;
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
    const names = Array.from({ length: 8 }, (_, index) => `x${index}`);
    const text = names.map(
      (path) => `diff --git a/${path} b/${path}\n@@ -0,0 +1,2000 @@\n${'+y\n'.repeat(2000)}`,
    );
    const files = names.map((path) => ({ path, addedLines: 2000, removedLines: 0 }));
    const shown = diffPage(text.join(''), files);
    const lines = shown.reduce((sum, file) => sum + (file.hunks[0]?.lines.length ?? 0), 0);
    expect(lines).toBe(10_000);
    expect(shown.at(-1)).toMatchObject({ is_cut: true });
  });

  it.each(['\r', '\u2028', '\u2029', '\v', '\f', '\u0085'])(
    'takes a line with %j in it for one line, whatever stands behind',
    (end) => {
      const text = `diff --git a/x b/x\n@@ -0,0 +1 @@\n+ok${end}diff --git a/y b/y\ndiff --git a/y b/y\n@@ -1 +0,0 @@\n-gone\n`;
      const [x, y] = diffPage(text, [
        { path: 'x', addedLines: 1, removedLines: 0 },
        { path: 'y', addedLines: 0, removedLines: 1 },
      ]);
      expect(x?.hunks).toHaveLength(1);
      expect(x?.hunks[0]?.lines[0]?.text).toContain('diff --git a/y b/y');
      expect(y?.hunks[0]?.lines).toEqual([{ kind: 'removed', old: 1, new: null, text: 'gone' }]);
      expect([x?.is_cut, y?.is_cut]).toEqual([false, false]);
    },
  );

  it('has both sections of a file that became a link, and the next file under its own name', () => {
    const text = `diff --git a/l b/l
deleted file mode 100644
--- a/l
+++ /dev/null
@@ -1 +0,0 @@
-was a file
diff --git a/l b/l
new file mode 120000
--- /dev/null
+++ b/l
@@ -0,0 +1 @@
+target
\\ No newline at end of file
diff --git a/m b/m
--- a/m
+++ b/m
@@ -1 +1 @@
-one
+two
`;
    const [link, next] = diffPage(text, [
      { path: 'l', addedLines: 1, removedLines: 1 },
      { path: 'm', addedLines: 1, removedLines: 1 },
    ]);
    const texts = (file: typeof link) =>
      file?.hunks.flatMap(({ lines }) => lines.map((line) => `${line.kind} ${line.text}`));
    expect(texts(link)).toEqual(['removed was a file', 'added target']);
    expect(texts(next)).toEqual(['removed one', 'added two']);
    expect([link?.is_cut, next?.is_cut]).toEqual([false, false]);
  });

  it.each([
    ['a b/a b', 'a/a b/a b b/a b/a b'],
    ['ü"\\\t\n%41', String.raw`"a/\303\274\"\\\t\n%41" "b/\303\274\"\\\t\n%41"`],
  ])('finds %j by the name that git prints', (path, header) => {
    const [file] = diffPage(`diff --git ${header}\n@@ -0,0 +1 @@\n+y\n`, [
      { path, addedLines: 1, removedLines: 0 },
    ]);
    expect(file).toMatchObject({ is_cut: false, hunks: [{ lines: [{ text: 'y' }] }] });
  });

  it.each([
    ['has no section', 'diff --git a/other b/other\n@@ -0,0 +1 @@\n+y\n'],
    ['has lines that were not counted', 'diff --git a/x b/x\n@@ -0,0 +1,2 @@\n+y\n+z\n'],
    ['has a name that is none', 'diff --git "a/\\377" "b/\\377"\n@@ -0,0 +1 @@\n+y\n'],
  ])('says so where a file %s', (_what, text) => {
    const [file] = diffPage(text, [{ path: 'x', addedLines: 1, removedLines: 0 }]);
    expect(file?.is_cut).toBe(true);
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
