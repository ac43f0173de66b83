// Scratch repositories, free ports and children for the benchmark.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A small repository with one commit and `files` short files. */
export function createRepository(folder, files = 20) {
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'README.md'), '# Scratch\n\nA repository for the benchmark.\n');
  for (let file = 0; file < files; file += 1) {
    writeFileSync(join(folder, 'src', `part-${file}.txt`), `part ${file}\n`.repeat(20));
  }
  commitAll(folder);
  return folder;
}

/** Makes a repository with one commit of what lies in a folder. */
export function commitAll(folder) {
  const git = (...args) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
  git('init', '-q', '-b', 'main');
  git('config', 'user.name', 'Bench');
  git('config', 'user.email', 'bench@example.invalid');
  git('add', '.');
  git('commit', '-qm', 'start');
}

/** A port that is free now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Runs a command to its end. Rejects when it fails or takes longer than `timeoutMs`.
 * @returns {Promise<string>} its stdout
 */
export function runToEnd(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let log = '';
    child.stdout.on('data', (part) => (out += part));
    child.stderr.on('data', (part) => (log = (log + part).slice(-4000)));
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 300_000);
    options.onStart?.(child.pid);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const isGood = code !== null && (options.codes ?? [0]).includes(code);
      if (isGood) resolve(out);
      else
        reject(
          new Error(`${command} ${args.join(' ')} ended with ${code}\n${out.slice(-2000)}\n${log}`),
        );
    });
  });
}

/** Starts a long-lived child and waits for a line on stdout or stderr that matches. */
export function startAndWait(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let seen = '';
    const timer = setTimeout(() => fail('did not get ready in time'), options.timeoutMs ?? 90_000);
    const fail = (why) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${command} ${why}\n${seen.slice(-2000)}`));
    };
    const look = (part) => {
      seen = (seen + part).slice(-20_000);
      const found = options.ready.exec(seen);
      if (found === null) return;
      clearTimeout(timer);
      resolve({ child, found });
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code) => fail(`ended with ${code}`));
  });
}

/** Ends a child that `startAndWait` gave and waits until it is gone. */
export function stopChild(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.on('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 5000).unref();
  });
}

/** An environment without keys, proxies or settings of the person who runs the benchmark. */
export function cleanEnvironment(home, more = {}) {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_STATE_HOME: join(home, 'state'),
    ...more,
  };
}
