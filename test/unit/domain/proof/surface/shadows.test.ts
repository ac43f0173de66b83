import { describe, expect, it } from 'vitest';
import { shadowsModule } from '../../../../../src/domain/proof/surface/shadows.js';

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
