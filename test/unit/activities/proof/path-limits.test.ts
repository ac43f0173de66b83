import { describe, expect, it } from 'vitest';
import { changesOutside, describeStrays } from '../../../../src/activities/proof/path-limits.js';
import type { TreeDiff } from '../../../../src/platform/git/tree-diff.js';

function diff(...paths: readonly string[]): TreeDiff {
  return {
    files: paths.map((path) => ({
      path,
      rawPath: Buffer.from(path),
      change: 'modified',
      before: null,
      after: null,
    })),
  };
}

describe('changes outside the paths of a run', () => {
  it.each([
    [undefined, []],
    [['src'], ['srcs/a.ts', 'README.md', 'test/src/a.ts']],
    [['src/a.ts'], ['srcs/a.ts', 'README.md', 'test/src/a.ts']],
    [['src', 'srcs', 'test', 'README.md'], []],
    [[], ['src/a.ts', 'srcs/a.ts', 'README.md', 'test/src/a.ts']],
  ])('under %j are %j', (paths, expected) => {
    const changed = diff('src/a.ts', 'srcs/a.ts', 'README.md', 'test/src/a.ts');
    expect(changesOutside(changed, paths)).toEqual(expected);
  });

  it('are told to the next attempt, the first twenty by name', () => {
    expect(describeStrays(['b.ts'], ['src', 'docs'])).toBe(
      'You changed files outside paths: b.ts. This run may only change src, docs. Leave every other file as it was.',
    );
    const many = Array.from({ length: 21 }, (_, index) => `f${index}`);
    const text = describeStrays(many, ['src']);
    expect(text).toContain('f19, … 21 in all.');
    expect(text).not.toContain('f20');
  });
});
