import { describe, expect, it } from 'vitest';
import { surfaceOf } from '../../../../../src/domain/proof/surface/classify.js';
import {
  foldersSetIn,
  isSearched,
  relativeFolders,
} from '../../../../../src/domain/proof/surface/program-folders.js';

describe('folders of a search path', () => {
  it.each<[string, string[]]>([
    ['/usr/bin:/bin', []],
    ['.:/usr/bin', ['']],
    [':/usr/bin', ['']],
    ['/usr/bin:', ['']],
    ['/usr/bin::/bin', ['']],
    ['./:./.:/bin', ['']],
    ['bin:./tools/bin/:/bin', ['bin', 'tools/bin']],
    ['$PWD/bin:${PWD}:$(pwd)/x:`pwd`/y', ['bin', '', 'x', 'y']],
    ['$HOME/bin:~/bin:../bin:a/../b:$PATH', []],
  ])('%s', (path, folders) => {
    expect(relativeFolders(path)).toEqual(folders);
  });

  it.each<[string, string[]]>([
    ['npm test', []],
    ['PATH=.:$PATH npm test', ['']],
    ['export PATH="node_modules/.bin:$PATH"; jest', ['node_modules/.bin']],
    ["cd a && PATH='bin:/bin' make", ['bin']],
    ['MYPATH=. npm test', []],
  ])('are set by %s', (command, folders) => {
    expect(foldersSetIn([command])).toEqual(folders);
  });

  it.each<[string, string[], boolean]>([
    ['node', [''], true],
    ['app/node', [''], true],
    ['bin/node', ['bin'], true],
    ['app/bin/node', ['bin'], true],
    ['cabin/node', ['bin'], false],
    ['bin/sub/node', ['bin'], false],
    ['node', [], false],
  ])('hold %s of %j: %s', (path, folders, is) => {
    expect(isSearched(path, folders)).toBe(is);
  });

  it('make a program that is added there one that the check looks for', () => {
    const none = new Set<string>();
    const base = { files: none, folders: none, scripts: none, reads: none, misses: none };
    const added = (path: string, after: string) => ({ path, before: null, after });
    const changes = [
      added('node', '100755'),
      added('tools/node', '100755'),
      added('bin/x', '100644'),
    ];
    const kinds = (searched: readonly string[]): unknown =>
      surfaceOf(changes, { ...base, searched }).map(({ path, kind }) => `${path} ${kind}`);
    expect(kinds(['tools', 'bin'])).toEqual(['node executable', 'tools/node looked-up']);
    expect(kinds([''])).toEqual(['node looked-up', 'tools/node looked-up']);
    expect(kinds([])).toEqual(['node executable', 'tools/node executable']);
  });
});
