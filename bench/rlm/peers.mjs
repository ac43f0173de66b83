// Libraries of PyPI, each in an environment of its own below the cache folder.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../turn/scratch.mjs';
import { questionOf } from './tasks.mjs';

/** Exact versions, so that the figures can be repeated. */
export const PEERS = { rlms: '0.1.3', minrlm: '0.1.5', 'fast-rlm': '0.5.0' };
const INSTALL_LIMIT_MS = 120_000;
const DRIVER = join(dirname(fileURLToPath(import.meta.url)), 'peer.py');

/** The Python that has the library, or why there is none. */
export function installPeer(name) {
  if (name === 'fast-rlm' && !isThere('deno'))
    return { reason: 'it runs its code with the program deno, which is not installed' };
  const cache =
    process.env.CODETETHER_BENCH_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'codetether-bench');
  const folder = join(cache, `python-${name}-${PEERS[name]}`);
  const python = join(folder, 'bin', 'python');
  const isDone = join(folder, 'installed');
  if (existsSync(isDone)) return { python };
  const options = { stdio: ['ignore', 'ignore', 'pipe'], timeout: INSTALL_LIMIT_MS };
  try {
    mkdirSync(cache, { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], options);
    execFileSync(python, ['-m', 'pip', 'install', '-q', `${name}==${PEERS[name]}`], options);
    writeFileSync(isDone, '');
    return { python };
  } catch (error) {
    return { reason: `it does not install: ${String(error.message).slice(0, 200)}` };
  }
}

function isThere(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
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
