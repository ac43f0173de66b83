// `npm start` = the demonstration; `npm start -- PRD [flags]` = that PRD. Does all set-up by itself, needs no package.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build, fail, installPackages, requireNode } from './set-up.mjs';

requireNode();
const root = fileURLToPath(new URL('..', import.meta.url));
installPackages(root);
build(root);

const words = process.argv.slice(2);
const [first, ...flags] = words;
const isPath = first !== undefined && !first.startsWith('-');
const args = isPath ? ['ralph', 'run', '-p', first, ...flags] : ['demo', ...words];
// npm changes into the package's folder: paths are meant from where the person is
const cwd = process.env.INIT_CWD ?? process.cwd();

const child = spawn(
  process.execPath,
  [fileURLToPath(new URL('../bin/codetether.js', import.meta.url)), ...args],
  {
    cwd,
    stdio: 'inherit',
  },
);
// Ctrl+C reaches the whole group; the command decides what it means, and we report its answer.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT') child.kill(signal);
  });
}
child.on('error', (error) => fail(`could not start: ${error.message}`, 3));
child.on('exit', (code) => process.exit(code ?? 130));
