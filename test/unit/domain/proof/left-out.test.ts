import { describe, expect, it } from 'vitest';
import { listLeftOut, sortLeftOut } from '../../../../src/domain/proof/left-out.js';

describe('sortLeftOut', () => {
  it('names files and folders, and sums up what tools keep for themselves', () => {
    expect(
      sortLeftOut([
        'packages/a/node_modules/',
        'packages/b/node_modules/',
        'dist/',
        '.env',
        'a.pyc',
        'b.pyc',
        'x.egg-info/',
        'tsconfig.tsbuildinfo',
        'target/debug/',
      ]),
    ).toEqual({
      files: ['.env', 'dist/'],
      more: 0,
      caches: { node_modules: 2, '*.pyc': 2, '*.egg-info': 1, '*.tsbuildinfo': 1, target: 1 },
    });
  });

  it('is bounded', () => {
    const paths = Array.from({ length: 1000 }, (_, at) => `f${String(at).padStart(4, '0')}.log`);
    const leftOut = sortLeftOut(paths);
    expect([leftOut?.files.length, leftOut?.more]).toEqual([40, 960]);
  });

  it('is nothing where nothing is ignored', () => {
    expect(sortLeftOut([])).toBeUndefined();
  });

  it('shows no control character of a name', () => {
    expect(listLeftOut({ files: ['a\u001b[2J\nb'], more: 3, caches: { node_modules: 2 } })).toBe(
      'a\\x1b[2J b, 3 more, 2 x node_modules',
    );
  });
});
