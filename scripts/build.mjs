// Builds dist/: compiled sources, the workflow bundle, the joined programs, and a stamp of the sources that went in.
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sourceFingerprint } from './set-up.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const fingerprint = sourceFingerprint(root);

function run(command, args) {
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`build: ${command} ${args.join(' ')} ended with ${signal ?? status}`);
    process.exit(1);
  }
}

run(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
run(process.execPath, ['scripts/bundle-workflows.mjs']);
run(process.execPath, ['scripts/bundle-programs.mjs']);
chmodSync(new URL('../bin/codetether.js', import.meta.url), 0o755);
writeFileSync(new URL('../dist/.stamp', import.meta.url), fingerprint);
