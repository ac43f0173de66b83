// Libraries of PyPI, each in an environment of its own below the cache folder.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../turn/scratch.mjs';
import { questionOf } from './tasks.mjs';

/** Exact versions, so that the figures can be repeated. */
export const PEERS = { rlms: '0.1.3', minrlm: '0.1.5', 'fast-rlm': '0.5.0' };
const INSTALL_LIMIT_MS = 120_000;
const DRIVER = join(dirname(fileURLToPath(import.meta.url)), 'peer.py');

/** What fast-rlm runs its code with. */
const DENO = '2.9.6';

/** The Python that has the library, or why it cannot be run. */
export function installPeer(name) {
  const cache =
    process.env.CODETETHER_BENCH_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'codetether-bench');
  const folder = join(cache, `python-${name}-${PEERS[name]}`);
  const python = join(folder, 'bin', 'python');
  try {
    once(folder, () => {
      run('python3', ['-m', 'venv', folder]);
      run(python, ['-m', 'pip', 'install', '-q', `${name}==${PEERS[name]}`]);
    });
    return name === 'fast-rlm' ? { reason: reasonOfFastRlm(cache, python) } : { python };
  } catch (error) {
    return { reason: `it does not install: ${String(error.message).slice(0, 200)}` };
  }
}

/** Does what makes a folder what it is, unless it was done before. */
function once(folder, work) {
  const isDone = join(folder, 'installed');
  if (existsSync(isDone)) return;
  mkdirSync(folder, { recursive: true });
  work();
  writeFileSync(isDone, '');
}

function run(command, args, more = {}) {
  const options = { stdio: ['ignore', 'pipe', 'pipe'], timeout: INSTALL_LIMIT_MS, ...more };
  return execFileSync(command, args, { encoding: 'utf8', ...options });
}

/** Why fast-rlm is not run: its engine loads parts from hosts of its own when it starts, some of which are no package registries. */
function reasonOfFastRlm(cache, python) {
  const folder = join(cache, `deno-${DENO}`);
  once(folder, () => {
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    run('npm', ['install', '--no-audit', '--no-fund', `deno@${DENO}`], { cwd: folder });
  });
  const builds = join(folder, 'node_modules', '@deno');
  const deno = join(builds, readdirSync(builds)[0], 'deno');
  const place = run(python, ['-c', 'import fast_rlm; print(fast_rlm.__path__[0])']).trim();
  const engine = { cwd: join(place, '_engine'), env: { ...process.env, NO_COLOR: '1' } };
  try {
    run(deno, ['cache', 'src/subagents.ts'], engine);
  } catch (error) {
    const why = /^error: (.*)$/m.exec(String(error.stderr))?.[1] ?? String(error.message);
    return `it installs, with deno ${DENO} of npm, and does not start: ${why.slice(0, 200)}`;
  }
  return 'its sub-agents are REPLs of their own, for which the policy has no strategy';
}

/** Answers to as many of the tasks as fit into the seconds, in their order. */
export function askPeer(name, { python, url, folder, tasks, seconds, env = {} }) {
  mkdirSync(folder, { recursive: true });
  const rows = tasks.map((task, index) => {
    const file = join(folder, `${index}.txt`);
    writeFileSync(file, task.text);
    return JSON.stringify({ question: questionOf(task, { form: name }), file });
  });
  const list = join(folder, 'tasks.jsonl');
  writeFileSync(list, `${rows.join('\n')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(python, [DRIVER, name, url, list, String(seconds)], {
      env: cleanEnvironment(join(folder, 'home'), env),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    child.stdout.on('data', (part) => (out += part));
    // a library that hangs is ended a minute behind its time
    const timer = setTimeout(() => child.kill('SIGKILL'), (seconds + 60) * 1000);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(out.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : [])));
    });
  });
}
