// Set-up that `npm start` and `npm test` share. No dependencies: it runs before `npm ci`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FLOOR = [20, 19];

/** Ends the process with a clear message when this Node is below the floor. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1])) return;
  fail(`CodeTether needs Node ${FLOOR.join('.')} or newer; this is ${process.versions.node}`, 3);
}

/** Ends the process with one message. */
export function fail(message, exitCode) {
  console.error(`codetether: ${message}`);
  process.exit(exitCode);
}

/** Hash of everything that decides what dist/ holds. */
export function sourceFingerprint(root) {
  const hash = createHash('sha256');
  for (const file of [...walk(join(root, 'src')), ...rootInputs(root), ...builders(root)].sort(
    (left, right) => (left < right ? -1 : 1),
  )) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function rootInputs(root) {
  return readdirSync(root)
    .filter((name) => /^tsconfig.*\.json$|^package-lock\.json$/.test(name))
    .map((name) => join(root, name));
}

function builders(root) {
  return ['build.mjs', 'bundle-programs.mjs', 'bundle-workflows.mjs'].map((name) =>
    join(root, 'scripts', name),
  );
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

/** Installs the packages of the lock file when they are missing or from another lock file. */
export function installPackages(root) {
  const wanted = digestOf(join(root, 'package-lock.json'));
  const stamp = join(root, 'node_modules', '.codetether-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!isInstalled(root)) {
    say('installing packages (npm ci)');
    run(root, npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']));
  }
  writeFileSync(stamp, wanted);
}

/** True when npm's own record of what it installed agrees with the lock file. */
function isInstalled(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || entry.optional === true || installed[path]?.version === entry.version,
  );
}

function digestOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Builds dist/ when it is missing or older than the sources. */
export function build(root) {
  const stamp = join(root, 'dist', '.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceFingerprint(root)) return;
  say('building');
  run(root, [process.execPath, 'scripts/build.mjs']);
}

/** npm by the path that started us, else by name. */
function npm(args) {
  const cli = process.env.npm_execpath;
  return cli !== undefined && cli.endsWith('npm-cli.js')
    ? [process.execPath, cli, ...args]
    : ['npm', ...args];
}

function run(root, [command, ...args]) {
  // stdout is for results: what set-up prints goes to stderr
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) fail(`could not start ${command}: ${error.message}`, 3);
  if (status !== 0) fail(`set-up failed: ${command} ${args.join(' ')} (exit ${status})`, 3);
}

/** Progress of the set-up, on stderr. */
export function say(text) {
  console.error(`codetether: ${text}`);
}
