import { describe, expect, it } from 'vitest';
import {
  isLockFile,
  isStaleNpmLock,
  lockCommands,
  npmManifestOf,
} from '../../../src/domain/lock-files.js';

const lock = (wanted: object): string => JSON.stringify({ packages: { '': wanted } });

describe('lock files', () => {
  it('are known by their names, in any folder', () => {
    const paths = [
      'package-lock.json',
      'web/yarn.lock',
      'Cargo.lock',
      'my-package-lock.json',
      'a.lock',
    ];
    expect(paths.filter(isLockFile)).toEqual(['package-lock.json', 'web/yarn.lock', 'Cargo.lock']);
  });

  it('are made anew once a folder and command', () => {
    const npm = 'npm install --package-lock-only --ignore-scripts --no-audit --no-fund';
    expect(
      lockCommands(['package-lock.json', 'npm-shrinkwrap.json', 'a/b/package-lock.json', 'x.txt']),
    ).toEqual([
      { folder: '.', command: npm },
      { folder: 'a/b', command: npm },
    ]);
  });
});

describe('a lock file of npm', () => {
  it('lies beside its manifest', () => {
    expect(
      ['package-lock.json', 'a/npm-shrinkwrap.json', 'yarn.lock'].map((path) =>
        npmManifestOf(path),
      ),
    ).toEqual(['package.json', 'a/package.json', undefined]);
  });

  it.each([
    ['the same', { dependencies: { a: '1', b: '2' } }, { dependencies: { b: '2', a: '1' } }, false],
    ['only scripts', { scripts: { test: 'x' } }, {}, false],
    ['one more', { devDependencies: { a: '1' } }, {}, true],
    ['one less', {}, { dependencies: { a: '1' } }, true],
    ['another range', { dependencies: { a: '^2' } }, { dependencies: { a: '1' } }, true],
  ])('is stale or not when the manifest wants %s', (...[, manifest, locked, isStale]) => {
    expect(isStaleNpmLock(JSON.stringify(manifest), lock(locked))).toBe(isStale);
  });

  it('that cannot be read is not stale', () => {
    for (const text of [
      '',
      'null',
      '[]',
      '{"packages":{}}',
      '<<<<<<< ours',
      '{"lockfileVersion":1}',
    ])
      expect(isStaleNpmLock('{"dependencies":{"a":"1"}}', text)).toBe(false);
    expect(isStaleNpmLock('not json', lock({}))).toBe(false);
  });
});
