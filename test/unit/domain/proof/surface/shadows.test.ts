import { describe, expect, it } from 'vitest';
import { shadowsModule, takenPlaces } from '../../../../../src/domain/proof/surface/shadows.js';

describe('an added file that is found in the place of another', () => {
  it.each([
    ['unittest.py', []],
    ['src/json.py', []],
    ['pytest/__init__.py', []],
    ['pytest/main.py', []],
    ['sitecustomize.py', []],
    ['calc/__init__.py', ['calc.py']],
    ['calc/extra.py', ['calc.py']],
    ['pkg/calc/__init__.py', ['pkg/calc.py']],
    ['calc.py', ['src/calc.py']],
    ['src/calc.py', ['calc/__init__.py']],
    ['add/index.js', ['add.js']],
    ['src/add.js', ['src/add.ts']],
    ['src/add.json', ['src/add/index.js']],
    ['src/add.mjs', ['src/add.cjs']],
    ['src/add/index.ts', ['src/add.tsx']],
    ['src/add', ['src/add.js']],
  ])('%s beside %j', (path, existing) => {
    expect(shadowsModule(path, new Set(existing))).toBe(true);
  });

  it.each([
    ['pkg/json.py', ['calc.py']],
    ['app/models.py', ['app/__init__.py']],
    ['calc.py', ['calc.js']],
    ['other/calc.py', ['calc.py']],
    ['src/multiply.js', ['src/add.js']],
    ['src/add.d.ts', ['src/add.js']],
    ['src/add.css', ['src/add.js']],
    ['src/adds.js', ['src/add.js']],
    ['json.ts', []],
    ['docs/json.md', []],
    ['src/index.js', ['src/add.js']],
    ['LICENSE', ['src/license.js']],
  ])('but not %s beside %j', (path, existing) => {
    expect(shadowsModule(path, new Set(existing))).toBe(false);
  });
});

describe('an added file that takes the place of a removed one', () => {
  const file = (path: string, before: string | null, after: string | null) => ({
    path,
    before,
    after,
  });
  const FILE = '100644';

  it('is a folder, another ending or another root', () => {
    expect(
      takenPlaces([
        file('src/add.js', FILE, null),
        file('src/sum.js', null, FILE),
        file('src/add/index.js', null, FILE),
        file('src/add.mjs', null, FILE),
        file('calc.py', FILE, null),
        file('src/calc.py', null, FILE),
        file('json.py', null, FILE),
        file('src/add.css', null, FILE),
      ]),
    ).toEqual([
      { path: 'src/add/index.js', removed: ['src/add.js'] },
      { path: 'src/add.mjs', removed: ['src/add.js'] },
      { path: 'src/calc.py', removed: ['calc.py'] },
    ]);
  });

  it('is nothing where nothing was removed', () => {
    expect(takenPlaces([file('add.js', FILE, FILE), file('add/index.js', null, FILE)])).toEqual([]);
  });
});
