import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A workflow bundle as an earlier version was built: `part1` = the last one before bundles were kept, `one-step` = the last one
 * before every activity was called through one step.
 */
export function olderBundle(name: 'part1' | 'one-step'): Buffer {
  const file = `workflow-bundle-${name}.js.gz`;
  return gunzipSync(readFileSync(join(root, 'test', 'fixtures', 'upgrade', file)));
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
