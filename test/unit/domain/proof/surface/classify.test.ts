import { describe, expect, it } from 'vitest';
import {
  isConfigurationPath,
  isTestPath,
  surfaceOf,
  type BaseFacts,
  type FileChange,
} from '../../../../../src/domain/proof/surface/classify.js';
import type { SurfaceKind } from '../../../../../src/domain/proof/surface/surface-change.js';

const FILE = '100644';
const PROGRAM = '100755';
const LINK = '120000';

const BASE_FILES = [
  'package.json',
  'src/add.js',
  'src/calc.ts',
  'calc.py',
  'test/add.test.js',
  'scripts/report.py',
  'data/golden.txt',
  'docs/manual.txt',
  'vendored/node_modules/kept/index.js',
];

/** What the base's check is known to have read and looked for. */
const BASE: BaseFacts = {
  files: new Set(BASE_FILES),
  folders: new Set(['src/', 'test/', 'scripts/', 'data/', 'docs/', 'vendored/']),
  scripts: new Set(['scripts/report.py']),
  reads: new Set(['src/add.js', 'data/golden.txt', 'test/add.test.js']),
  misses: new Set(['local-plugin', 'src/package.md', 'plugins']),
};

const kindsOf = (changes: readonly FileChange[], base = BASE): (SurfaceKind | undefined)[] =>
  changes.map((change) => surfaceOf([change], base)[0]?.kind);
const added = (path: string, after = FILE): FileChange => ({ path, before: null, after });
const changed = (path: string, after = FILE): FileChange => ({ path, before: FILE, after });

type Example = readonly [title: string, change: FileChange, kind?: SurfaceKind];

/** One row an example: what is changed, and the kind; undefined = the product's own. */
const EXAMPLES: readonly Example[] = [
  ['a test that is changed', changed('test/add.test.js'), 'test'],
  ['a test that is added', added('test/more.test.js'), 'test'],
  ['a test that is removed', { path: 'test/add.test.js', before: FILE, after: null }, 'test'],
  ['a helper in a new folder of the tests', added('test/support/wait.js'), 'test'],
  ['a new folder that only sounds like tests', added('src/fixtures/clock.ts')],
  ['a test in such a folder', added('src/fixtures/clock.test.ts'), 'test'],
  ['data in such a folder', added('src/fixtures/clock.bin'), 'test'],
  ['product whose name only sounds like tests', changed('src/latest.js')],
  ['product documentation', added('docs/testing.md')],
  ['configuration of a tool', added('vitest.config.ts'), 'configuration'],
  ['configuration that no tool of the table reads', added('lib/odd.config.js'), 'configuration'],
  ['a dot file at any depth', added('src/.npmrc'), 'configuration'],
  ['a file in a dot folder', added('.cargo/config.toml'), 'configuration'],
  ['an ignore file', changed('.gitignore'), 'configuration'],
  ['a workflow of a forge', changed('.github/workflows/ci.yml')],
  ['settings of an editor', added('.vscode/settings.json')],
  ['a dot in the middle of a name', added('src/a.b.js')],
  ['what is vendored', added('vendor/x/x.go'), 'configuration'],
  ['our own configuration', changed('codetether.toml'), 'configuration'],
  ['a manifest', changed('package.json'), 'manifest'],
  ['a manifest of Rust, below', changed('crates/a/Cargo.toml'), 'manifest'],
  ['a file named like a manifest', added('src/package.json.ts')],
  ['a lock file', changed('package-lock.json'), 'resolution'],
  ['requirements of Python', changed('requirements-dev.txt'), 'resolution'],
  ['a file that a check names', changed('scripts/report.py'), 'script'],
  ['its neighbour', changed('scripts/other.py')],
  ['a module of the standard library', added('json.py'), 'shadow'],
  ['a package beside a module', added('calc/__init__.py'), 'shadow'],
  ['a module that resolves before another', added('src/add/index.js'), 'shadow'],
  ['a link in the place of a file', changed('src/add.js', LINK), 'link'],
  ['a link that is added', added('src/other.js', LINK), 'link'],
  ['a program that is added', added('bin/tool', PROGRAM), 'executable'],
  ['a file that becomes a program', changed('src/add.js', PROGRAM), 'executable'],
  ['a program that stays one', { path: 'bin/x', before: PROGRAM, after: PROGRAM }],
  ['a cache of Python', added('src/__pycache__/a.cpython-311.pyc'), 'artefact'],
  ['what a compiler believes', added('tsconfig.tsbuildinfo'), 'artefact'],
  ['a planted program', added('node_modules/.bin/node', PROGRAM), 'artefact'],
  [
    'the same where the base keeps its packages',
    added('vendored/node_modules/new/i.js'),
    'configuration',
  ],
  ['the wrapper of Gradle', changed('gradle/wrapper/gradle-wrapper.jar'), 'configuration'],
  ['data that the check read', changed('data/golden.txt'), 'data'],
  ['data that it did not', changed('docs/manual.txt')],
  ['source that it read', changed('src/add.js')],
  ['what it looked for in vain', added('local-plugin'), 'looked-up'],
  ['a file in a folder that it looked for', added('plugins/deep/a.txt'), 'looked-up'],
  ['a file whose name only begins so', added('plugins.txt')],
  ['new product source', added('src/multiply.js')],
];

describe('what a change is to the checks', () => {
  it.each(EXAMPLES.map(([title, change, kind]) => ({ title, change, kind })))(
    '$title',
    ({ change, kind }) => {
      expect(kindsOf([change])).toEqual([kind]);
    },
  );

  it('is told in the order of the changes, with what was done', () => {
    const changes = [
      added('.npmrc'),
      changed('src/add.js'),
      changed('test/add.test.js'),
      { path: 'Makefile', before: FILE, after: null },
    ];
    expect(surfaceOf(changes, BASE)).toEqual([
      { path: '.npmrc', kind: 'configuration', change: 'added' },
      { path: 'test/add.test.js', kind: 'test', change: 'changed' },
      { path: 'Makefile', kind: 'configuration', change: 'removed' },
    ]);
  });

  it('needs no trace for what names tell', () => {
    const untraced: BaseFacts = { ...BASE, reads: new Set(), misses: new Set() };
    const changes = [changed('data/golden.txt'), added('plugins/a.txt'), added('.npmrc')];
    expect(kindsOf(changes, untraced)).toEqual([undefined, undefined, 'configuration']);
  });
});

describe('every name that earlier versions guarded', () => {
  it.each([
    'test/a.js',
    'src/__tests__/a.tsx',
    'src/a.test.ts',
    'src/a.spec.mjs',
    'pkg/a_test.go',
    'tests/test_a.py',
    'app/test_a.py',
    'conftest.py',
    'lib/a_spec.rb',
    'lib/a_test.exs',
    'src/test/java/FooTest.java',
    'FooTests.cs',
  ])('%s is a test', (path) => {
    expect(isTestPath(path)).toBe(true);
  });

  it.each([
    'Makefile',
    'sub/justfile',
    'ci/rules.mk',
    'Taskfile.yaml',
    'Rakefile',
    'tox.ini',
    'noxfile.py',
    'pytest.ini',
    'setup.cfg',
    '.coveragerc',
    '.mocharc.yml',
    '.eslintrc.cjs',
    'eslint.config.js',
    'biome.json',
    '.oxlintrc.json',
    'ruff.toml',
    'mypy.ini',
    '.flake8',
    '.golangci.yml',
    'clippy.toml',
    'rustfmt.toml',
    'tsconfig.build.json',
    'vitest.config.ts',
    'jest.setup.js',
    'tap.config.js',
    '.taprc',
    '.nycrc',
    'phpunit.xml.dist',
    'codetether.toml',
    '.codetether/config.toml',
  ])('%s is configuration', (path) => {
    expect(isConfigurationPath(path)).toBe(true);
  });

  it.each(['src/a.ts', 'README.md', 'src/contest.py', 'src/latest.ts', 'src/testing-notes.md'])(
    '%s is neither',
    (path) => {
      expect([isTestPath(path), isConfigurationPath(path)]).toEqual([false, false]);
    },
  );
});
