import { describe, expect, it } from 'vitest';
import { applyHunks, expectedLines } from '../../../../src/tools/patch/unified-apply.js';
import {
  chunkOf,
  isUnified,
  parseUnified,
  type UnifiedHunk,
} from '../../../../src/tools/patch/unified-parse.js';

const PATCH = '--- a/x\n+++ b/x\n@@ -1,9 +1,1 @@ near\n k\n-r\n+a\n';

/** The hunks of the only file of a patch. */
function hunksOf(patch: string): readonly UnifiedHunk[] {
  const parsed = parseUnified(patch);
  return parsed.kind === 'parsed' ? (parsed.files[0]?.hunks ?? []) : [];
}

describe('parseUnified', () => {
  it.each([
    ['new file mode 120000', '120000'],
    ['deleted file mode 160000', '160000'],
    ['old mode 100644\nnew mode 120000', '120000'],
    ['old mode 100644\nnew mode 755', '755'],
  ])('does not take a link or a repository for a file: %j', (header, mode) => {
    const patch = `diff --git a/l b/l\n${header}\n--- a/l\n+++ b/l\n@@ -0,0 +1 @@\n+to\n`;
    expect(parseUnified(patch)).toEqual({
      kind: 'malformed',
      reason: `l: mode ${mode} is none of an ordinary file (those are 100644 and 100755), but of a symbolic link or a repository. Use bash for it.`,
    });
  });

  it('counts the lines of hunks itself and keeps their headers', () => {
    expect(parseUnified(PATCH)).toEqual({
      kind: 'parsed',
      files: [
        {
          from: 'x',
          to: 'x',
          isCopy: false,
          isBinary: false,
          hunks: [
            {
              line: 3,
              header: '@@ -1,9 +1,1 @@ near',
              isUnnumbered: false,
              hunk: {
                oldStart: 1,
                oldLines: 2,
                newStart: 1,
                newLines: 2,
                lines: [' k', '-r', '+a'],
              },
            },
          ],
        },
      ],
    });
  });

  it.each([
    [PATCH, true],
    ['words', false],
    ['diff --git a/x b/x', true],
  ])('is meant by %j: %s', (text, expected) => {
    expect(isUnified(text)).toBe(expected);
  });

  it('gives a hunk as a chunk that is found by its lines', () => {
    expect(hunksOf(PATCH).map(chunkOf)).toEqual([
      {
        line: 3,
        contexts: [],
        isAtEnd: false,
        lines: [
          { kind: ' ', text: 'k' },
          { kind: '-', text: 'r' },
          { kind: '+', text: 'a' },
        ],
      },
    ]);
  });
});

describe('applyHunks', () => {
  it('applies them, or names the first that fits nowhere', () => {
    const hunks = hunksOf(PATCH);
    expect(applyHunks('0\nk\nr\n', hunks)).toEqual({
      kind: 'applied',
      text: '0\nk\na\n',
      difference: '',
    });
    expect(applyHunks('nothing\nof\nit\n', hunks)).toEqual({
      kind: 'failed',
      hunk: hunks[0],
      place: 0,
    });
    expect(hunks.map(expectedLines)).toEqual(['k\nr']);
  });

  it('does not begin what would take too long', () => {
    const hunks = Array.from({ length: 300 }, () => hunksOf(PATCH)).flat();
    expect(applyHunks('z\n'.repeat(100_000), hunks)).toEqual({ kind: 'too-long' });
  });
});
