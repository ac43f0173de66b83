import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { userFolders } from '../../src/config/paths.js';
import { freePort } from '../../src/host/light/ports.js';

const run = promisify(execFile);
const PACKAGE = 'llmock==0.2.2';

/** A model server of others that breaks on demand and judges how its client copes. */
export interface Llmock {
  readonly url: string;
  /** Queues behaviours; fails when the server does not know one. */
  script(behaviors: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** What `llmock report --strict` says: exit code and text. */
  report(): Promise<{ readonly code: number; readonly text: string }>;
  stop(): Promise<void>;
}

/**
 * Path of the installed program, or why there is none. It is installed once, into the user's cache folder, by this
 * machine's Python and pip.
 */
export async function installLlmock(): Promise<{ program: string } | { reason: string }> {
  const folder = join(userFolders(processEnvironment()).cache, 'test-tools');
  const home = join(folder, PACKAGE.replace('==', '-'));
  const program = join(home, 'bin', 'llmock');
  if (existsSync(program)) return { program };
  const python = (args: readonly string[]) => run('python3', args, { timeout: 110_000 });
  try {
    await mkdir(folder, { recursive: true });
    await python(['-m', 'venv', '--clear', home]);
    await run(join(home, 'bin', 'pip'), ['install', '-q', PACKAGE], { timeout: 110_000 });
    return { program };
  } catch (error) {
    // pip writes the program last, but a half written one must not count.
    await rm(home, { recursive: true, force: true });
    const message = error instanceof Error ? error.message : String(error);
    return { reason: `python3 with pip cannot install ${PACKAGE}: ${message.split('\n')[0]}` };
  }
}

/** Starts the server on a free port. */
export async function startLlmock(program: string): Promise<Llmock> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // Answers that come slowly enough to see whether a client stops reading.
  const pace = ['--stream-chunk-delay-ms', '60'];
  const child = spawn(program, ['serve', '--port', String(port), ...pace], { stdio: 'ignore' });
  await vi.waitFor(async () => fetch(`${url}/_llmock/scenario`), {
    timeout: 30_000,
    interval: 100,
  });
  return {
    url,
    async script(behaviors) {
      const answer = await fetch(`${url}/_llmock/scenario`, {
        method: 'POST',
        body: JSON.stringify({ behaviors }),
      });
      if (answer.status !== 201)
        throw new Error(`llmock refused the script: ${await answer.text()}`);
    },
    report: () =>
      new Promise((resolve) => {
        execFile(program, ['report', '--strict', '--url', url], (error, stdout, stderr) => {
          const code = error === null ? 0 : Number(error.code ?? 1);
          resolve({ code, text: `${stdout}${stderr}` });
        });
      }),
    stop: () => endOf(child),
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    if (child.exitCode !== null) resolve();
    child.kill('SIGKILL');
  });
}
