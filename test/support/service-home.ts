import { execFile, type ExecFileException } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { serviceStatus } from '../../src/host/status.js';

const executable = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of `ps --json`. */
export interface PsProcess {
  readonly role: string;
  readonly pid: number;
  readonly port: number | null;
  readonly started_at: string;
  readonly restarts: number;
}

/** A CODETETHER_HOME of its own with the real command line; its service is stopped when the test ends. */
export interface ServiceHome {
  readonly path: string;
  run(...args: string[]): Promise<CommandResult>;
  /** `ps --json`. */
  ps(): Promise<PsProcess[]>;
  /** The process of a role, as `ps` finds it; fails when there is none. */
  process(role: string): Promise<PsProcess>;
  /** Waits until what `ps` shows satisfies the condition; fails after 30 s with what it last saw. */
  waitFor(condition: (processes: readonly PsProcess[]) => boolean): Promise<PsProcess[]>;
  /** Stops the service and removes the home. */
  remove(): Promise<void>;
}

/** Creates the home; nothing runs yet. It is removed when the test ends, unless it is kept for several. */
export async function serviceHome(
  environment: Readonly<Record<string, string>> = {},
  { isKept = false }: { readonly isKept?: boolean } = {},
): Promise<ServiceHome> {
  const path = await mkdtemp(join(tmpdir(), 'codetether-home-'));
  const run = (...args: string[]) => runCommand(args, { ...environment, CODETETHER_HOME: path });
  // What the command reads, without a process for every look.
  const look = (): PsProcess[] =>
    serviceStatus(path).processes.map(({ role, pid, port, startedAt, restarts }) => ({
      role,
      pid,
      port,
      started_at: startedAt,
      restarts,
    }));
  const ps = async () => {
    const { stdout } = await run('ps', '--json');
    return (JSON.parse(stdout) as { processes: PsProcess[] }).processes;
  };
  const remove = async () => {
    await run('down');
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  };
  if (!isKept) onTestFinished(remove);
  return {
    path,
    remove,
    run,
    ps,
    async process(role) {
      const found = look().find((process) => process.role === role);
      if (found === undefined) throw new Error(`no ${role} in ${path}`);
      return found;
    },
    async waitFor(condition) {
      const deadline = Date.now() + 30_000;
      for (;;) {
        const processes = look();
        if (condition(processes)) return processes;
        if (Date.now() > deadline) throw new Error(`never came true: ${JSON.stringify(processes)}`);
        await delay(100);
      }
    },
  };
}

/** Runs the command line with these variables beside the present ones. */
export function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd = process.cwd(),
): Promise<CommandResult> {
  return runProgram([executable, ...args], environment, cwd);
}

/** Runs a Node program, its file first. */
export function runProgram(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd: string,
): Promise<CommandResult> {
  const env = { ...processEnvironment(), ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...words],
      { env, cwd, timeout: 110_000 },
      (error: ExecFileException | null, stdout, stderr) => {
        resolve({
          code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1,
          stdout,
          stderr,
        });
      },
    );
  });
}

/** Resident memory of a process in bytes (Linux): its own pages, and those of files such as the program itself. */
export function memoryOf(pid: number): { readonly own: number; readonly files: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
  return { own: field('RssAnon') + field('RssShmem'), files: field('RssFile') };
}

/** Pids of the children of a process. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
