import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pruneLayer } from '../../../../../src/activities/workspace/caches/prune-layer.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** The first bytes of an ELF file: 64 bits, little or big end first, of a type. */
const elf = (type: number, isBig = false): Buffer =>
  Buffer.from([
    0x7f,
    0x45,
    0x4c,
    0x46,
    2,
    isBig ? 2 : 1,
    ...Array.from({ length: 10 }, () => 0),
    ...(isBig ? [0, type] : [type, 0]),
    0,
    0,
  ]);

describe('pruneLayer', () => {
  it('keeps of a cargo target what later builds reuse, and no product', async () => {
    const folder = await folderWith({
      '.rustc_info.json': '{}',
      'debug/.fingerprint/a-1/lib': 'x',
      'debug/deps/liba-1.rlib': 'x',
      'debug/build/b-2/output': 'x',
      'debug/incremental/a/s': 'x',
      'debug/app': 'program',
      'debug/liba.rlib': 'x',
      'debug/examples/demo': 'program',
      'x86_64-unknown-linux-musl/release/.fingerprint/a-1/lib': 'x',
      'x86_64-unknown-linux-musl/release/deps/liba-1.rlib': 'x',
      'x86_64-unknown-linux-musl/release/app': 'program',
      'doc/a/index.html': 'x',
      'tmp/left': 'x',
      'package/a.crate': 'x',
    });
    pruneLayer(folder, 'cargo-products');
    expect(await filesIn(folder)).toEqual([
      '.rustc_info.json',
      'debug/.fingerprint/a-1/lib',
      'debug/build/b-2/output',
      'debug/deps/liba-1.rlib',
      'debug/incremental/a/s',
      'x86_64-unknown-linux-musl/release/.fingerprint/a-1/lib',
      'x86_64-unknown-linux-musl/release/deps/liba-1.rlib',
    ]);
  });

  it('keeps of a build tree everything but what was linked', async () => {
    const folder = await folderWith({
      'CMakeCache.txt': 'x',
      Makefile: 'x',
      'CMakeFiles/3.25.1/CompilerIdCXX/a.out': elf(3),
      'CMakeFiles/tests.dir/main.cpp.o': elf(1),
      'CMakeFiles/tests.dir/other.cpp.o': elf(1, true),
      'lib/libpart.a': '!<arch>\nmembers',
      'lib/libpart.so.1': elf(3),
      'bin/tests': elf(2),
      'bin/big': elf(2, true),
      'bin/script.sh': '#!/bin/sh\n',
      empty: '',
      'Testing/Temporary/LastTest.log': 'x',
    });
    await symlink('libpart.so.1', join(folder, 'lib/libpart.so'));
    pruneLayer(folder, 'linked-files');
    expect(await filesIn(folder)).toEqual([
      'CMakeCache.txt',
      'CMakeFiles/3.25.1/CompilerIdCXX/a.out',
      'CMakeFiles/tests.dir/main.cpp.o',
      'CMakeFiles/tests.dir/other.cpp.o',
      'Makefile',
      'bin/script.sh',
      'empty',
    ]);
  });

  it('leaves other folders as they are', async () => {
    const folder = await folderWith({ 'aa/entry-d': elf(2) });
    pruneLayer(folder, undefined);
    expect(await filesIn(folder)).toEqual(['aa/entry-d']);
  });
});
