import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** SHA-256 names and all: the workflow bundle of the last version before bundles were kept. */
export function part1Bundle(): Buffer {
  return gunzipSync(
    readFileSync(join(root, 'test', 'fixtures', 'upgrade', 'workflow-bundle-part1.js.gz')),
  );
}

/** A copy of this build in `folder` that runs another workflow bundle; gives the path of its command line. */
export function installWithBundle(folder: string, bundle: Buffer): string {
  mkdirSync(folder, { recursive: true });
  for (const name of ['dist', 'bin', 'package.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'dist', 'workflow-bundle.js'), bundle);
  return join(folder, 'bin', 'codetether.js');
}
