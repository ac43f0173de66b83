import { describe, expect, it } from 'vitest';
import {
  isCheckDefinition,
  isManifest,
  restorePackageChecks,
} from '../../../../src/domain/proof/check-definitions.js';

describe('isCheckDefinition', () => {
  it.each([
    'test/a.js',
    'src/__tests__/a.tsx',
    'src/a.test.ts',
    'src/a.spec.mjs',
    'pkg/a_test.go',
    'tests/test_a.py',
    'app/test_a.py',
    'conftest.py',
    'Makefile',
    'sub/justfile',
    'vitest.config.ts',
    'tsconfig.build.json',
    'pytest.ini',
    'src/test/java/FooTest.java',
    'eslint.config.js',
  ])('knows %s', (path) => {
    expect(isCheckDefinition(path)).toBe(true);
  });

  it.each([
    'src/a.ts',
    'README.md',
    'src/contest.py',
    'src/latest.ts',
    'package.json',
    'src/testing-notes.md',
  ])('leaves %s alone', (path) => {
    expect(isCheckDefinition(path)).toBe(false);
  });
});

describe('restorePackageChecks', () => {
  const base = JSON.stringify({
    name: 'x',
    scripts: { test: 'node --test', lint: 'lint' },
    dependencies: { a: '1' },
  });

  it('puts back an emptied script and keeps new dependencies and new scripts', () => {
    const story = JSON.stringify({
      name: 'x',
      scripts: { test: 'exit 0', extra: 'e' },
      dependencies: { a: '2', b: '1' },
    });
    expect(JSON.parse(restorePackageChecks(base, story) ?? 'null')).toEqual({
      name: 'x',
      scripts: { test: 'node --test', lint: 'lint', extra: 'e' },
      dependencies: { a: '2', b: '1' },
    });
  });

  it('says that nothing changed when checks are as before', () => {
    const story = JSON.stringify({ name: 'y', scripts: { lint: 'lint', test: 'node --test' } });
    expect(restorePackageChecks(base, base)).toBeNull();
    expect(restorePackageChecks(base, story)).toBeNull();
  });

  it('takes the base when the story broke the file, and nothing when the base was broken', () => {
    expect(restorePackageChecks(base, '{')).toBe(base);
    expect(restorePackageChecks('{', base)).toBeNull();
  });

  it('counts a deleted manifest part as changed', () => {
    expect(restorePackageChecks(base, '{"name":"x"}')).not.toBeNull();
  });
});

describe('isManifest', () => {
  it('knows package.json and pyproject.toml in any folder', () => {
    expect(['package.json', 'a/b/pyproject.toml', 'package.json.bak'].map(isManifest)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
