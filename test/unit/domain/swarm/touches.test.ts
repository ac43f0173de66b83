import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  globsMeet,
  globTest,
  mayCollide,
  outsideTouches,
} from '../../../../src/domain/swarm/touches.js';
import { compileGlob } from '../../../../src/domain/text/glob-pattern.js';

const name = fc.constantFrom('a', 'b', 'ab', 'a.x', 'b.y');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const piece = fc.oneof(
  { weight: 3, arbitrary: name },
  fc.constantFrom(
    '*',
    '**',
    '?',
    '*.x',
    'a*',
    '[ab]',
    '[!a]*',
    '{a,b}',
    '{a,b}.{x,y}',
    '{a/b,b}',
    'a{,b/a}',
    'a**',
    '[a/b]',
    '{a',
    '**b',
  ),
);
const glob = fc.array(piece, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

describe('globsMeet', () => {
  it('says yes for any two globs that cover one path', () => {
    fc.assert(
      fc.property(glob, glob, path, (left, right, one) => {
        fc.pre(globTest(left)(one) && globTest(right)(one));
        expect([left, right, one, globsMeet(left, right)]).toEqual([left, right, one, true]);
      }),
      { numRuns: 500, maxSkipsPerRun: 1000 },
    );
  });

  it('says yes to what compileGlob says yes to, for globs with folders', () => {
    const below = glob.map((one) => `a/${one}`);
    fc.assert(
      fc.property(below, below, path, (left, right, end) => {
        const one = `a/${end}`;
        fc.pre(compileGlob(left)?.(one) === true && compileGlob(right)?.(one) === true);
        expect([left, right, one, globsMeet(left, right)]).toEqual([left, right, one, true]);
      }),
      { numRuns: 300, maxSkipsPerRun: 1000 },
    );
  });

  it('is the same whichever way round', () => {
    fc.assert(
      fc.property(glob, glob, (left, right) => {
        expect(globsMeet(left, right)).toBe(globsMeet(right, left));
      }),
    );
  });

  it.each([
    ['src/**', 'docs/**', false],
    ['src/a/**', 'src/b/**', false],
    ['src/*.ts', 'src/*.md', false],
    ['src', 'src/deep/file.ts', true],
    ['./src/', '/src/a', true],
    ['**/*.md', 'docs/**', true],
    ['{src,docs}/**', 'docs/a.md', true],
    ['{src/a,docs}/**', 'docs/a.md', true],
    ['**/test/**', 'src/lib', true],
    ['**', 'anything', true],
  ])('of %s and %s: %s', (left, right, meets) => {
    expect(globsMeet(left, right)).toBe(meets);
  });

  it('answers soon about the longest globs that a plan may hold', () => {
    const long = '**/*a*/'.repeat(57);
    const startedAt = performance.now();
    globsMeet(long, `${'*a*/**/'.repeat(56)}b`);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

describe('subtasks that say what they touch', () => {
  it('may collide when both write and their globs meet', () => {
    const one = { agent: 'build', touches: ['src/**'] } as const;
    const other = { agent: 'build', touches: ['docs/**', 'src/a.ts'] } as const;
    const words = (
      left: Parameters<typeof mayCollide>[0],
      right: Parameters<typeof mayCollide>[1],
    ) => mayCollide(left, right);
    expect(
      words({ ...one, touches: [...one.touches] }, { ...other, touches: [...other.touches] }),
    ).toBe(true);
    expect(
      words({ agent: 'explore', touches: ['src/**'] }, { agent: 'build', touches: ['src/**'] }),
    ).toBe(false);
    expect(words({ agent: 'build', touches: [] }, { agent: 'build', touches: ['src/**'] })).toBe(
      false,
    );
  });

  it('are told what they wrote elsewhere; a glob that cannot be read covers nothing', () => {
    const files = ['src/a.ts', 'README.md', 'docs/deep/x.md'];
    expect(outsideTouches({ touches: [] }, files)).toEqual([]);
    expect(outsideTouches({ touches: ['src', 'docs/**'] }, files)).toEqual(['README.md']);
    expect(outsideTouches({ touches: ['{a,b}'.repeat(9)] }, files)).toEqual(files);
    expect(outsideTouches({ touches: ['*.md'] }, files)).toEqual(['src/a.ts', 'docs/deep/x.md']);
  });
});
