import { describe, expect, it } from 'vitest';
import {
  isWorkspaceRoot,
  locksOfManifest,
  manifestsOfLock,
  wantsTheSame,
} from '../../../src/domain/lock-manifests.js';

describe('locks of a manifest', () => {
  it.each([
    ['pyproject.toml', ['uv.lock beside', 'poetry.lock beside']],
    ['go.mod', ['go.sum beside']],
    ['a/Gemfile', ['a/Gemfile.lock beside']],
    ['Pipfile', ['Pipfile.lock beside']],
    ['a/composer.json', ['a/composer.lock beside']],
    [
      'crates/one/Cargo.toml',
      ['crates/one/Cargo.lock beside', 'crates/Cargo.lock above', 'Cargo.lock above'],
    ],
    ['README.md', []],
    ['a/go.mod.bak', []],
  ])('%s', (path, expected) => {
    expect(
      locksOfManifest(path).map(({ lock, isBeside }) => `${lock} ${isBeside ? 'beside' : 'above'}`),
    ).toEqual(expected);
  });

  it('of a package are those of its own folder, and of workspaces above it', () => {
    expect(locksOfManifest('web/package.json')).toEqual([
      ...['pnpm-lock.yaml', 'yarn.lock', 'bun.lock'].map((lock) => ({
        lock: `web/${lock}`,
        root: 'web/package.json',
        isBeside: true,
      })),
      ...['pnpm-lock.yaml', 'yarn.lock', 'bun.lock'].map((lock) => ({
        lock,
        root: 'package.json',
        isBeside: false,
      })),
      { lock: 'pnpm-lock.yaml', root: 'pnpm-workspace.yaml', isBeside: false },
    ]);
    expect(manifestsOfLock('web/pnpm-lock.yaml')).toEqual([
      'web/package.json',
      'web/pnpm-workspace.yaml',
    ]);
    expect(manifestsOfLock('package-lock.json')).toEqual([]);
  });

  it('are shared where the root says that it is a workspace', () => {
    const roots: readonly (readonly [string, string, boolean])[] = [
      ['package.json', '{"workspaces": ["a/*"]}', true],
      ['package.json', '{}', false],
      ['Cargo.toml', '[package]\nname = "a"\n[workspace]\n', true],
      ['Cargo.toml', '[package]\n', false],
      ['pyproject.toml', '[tool.uv.workspace]\nmembers = []\n', true],
      ['pyproject.toml', '[tool.uv]\n', false],
      ['pnpm-workspace.yaml', '', true],
      ['go.mod', 'module a', false],
    ];
    for (const [path, text, expected] of roots)
      expect([path, text, isWorkspaceRoot(path, text)]).toEqual([path, text, expected]);
  });
});

describe('two texts of a manifest', () => {
  it.each([
    [
      'package.json',
      '{"dependencies":{"a":"1","b":"2"}}',
      '{"dependencies":{"b":"2","a":"1"}}',
      true,
    ],
    ['package.json', '{"scripts":{"a":"x"}}', '{"scripts":{}}', true],
    ['package.json', '{"devDependencies":{"a":"1"}}', '{"devDependencies":{"a":"2"}}', false],
    ['package.json', '{"overrides":{"a":{"b":"1"}}}', '{"overrides":{"a":{"b":"2"}}}', false],
    ['package.json', '<<<<<<< ours', '{"dependencies":{"a":"1"}}', true],
    [
      'pyproject.toml',
      '[project]\ndependencies = []\n',
      '[project]\ndependencies = ["a"]\n',
      false,
    ],
    ['pyproject.toml', '[project]\n# x\nname = "a"\n', '[project]\nname = "a"\n\n', true],
    ['pyproject.toml', '[tool.ruff]\nline-length = 80\n', '[tool.ruff]\nline-length = 100\n', true],
    [
      'pyproject.toml',
      '[dependency-groups]\ndev = []\n',
      '[dependency-groups]\ndev = ["b"]\n',
      false,
    ],
    [
      'pyproject.toml',
      '[tool.poetry.dependencies]\na = "1"\n',
      '[tool.poetry.dependencies]\na = "2"\n',
      false,
    ],
    ['Cargo.toml', '[dependencies]\na = "1"\n', '[dependencies]\na = "1"\nb = "1"\n', false],
    [
      'Cargo.toml',
      "[target.'cfg(unix)'.dependencies]\n",
      "[target.'cfg(unix)'.dependencies]\na = '1'\n",
      false,
    ],
    ['Cargo.toml', '[dependencies.a]\nversion = "1"\n', '[dependencies.a]\nversion = "2"\n', false],
    ['Cargo.toml', '[profile.release]\nlto = true\n', '[profile.release]\nlto = false\n', true],
    ['go.mod', 'module a\nrequire b v1\n', 'module a\n// why\nrequire b v1\n', true],
    ['go.mod', 'module a\n', 'module a\nrequire b v1\n', false],
    ['composer.json', '{"require":{}}', '{"require":{"a/b":"1"}}', false],
    ['composer.json', '{"description":"x"}', '{"description":"y"}', true],
    ['Gemfile', 'gem "a"\n', 'gem "a"\ngem "b"\n', false],
    ['Gemfile', 'gem "a"\n', '# x\n\n  gem "a"\n', true],
    ['Pipfile', '[packages]\n', '[packages]\na = "*"\n', false],
    ['other.txt', 'a', 'b', true],
  ])('%s: %j and %j', (...[path, one, other, expected]) => {
    expect(wantsTheSame(path, one, other)).toBe(expected);
  });

  it('are compared in linear time, whatever they hold', () => {
    const deep = `${'{"dependencies":'.repeat(5000)}1${'}'.repeat(5000)}`;
    const wide = '['.repeat(200_000);
    const startedAt = Date.now();
    for (const path of ['package.json', 'pyproject.toml', 'Cargo.toml', 'go.mod', 'Gemfile'])
      for (const text of [deep, wide]) wantsTheSame(path, text, `${text}\n `);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });
});
