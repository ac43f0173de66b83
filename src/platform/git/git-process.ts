import { spawn } from 'node:child_process';
import { InfrastructureError, looksLikeFullDisk } from '../../domain/index.js';
import { findExecutable } from '../process/find-executable.js';
import { diskFull } from '../storage/storage-fault.js';
import { minimalEnvironment } from '../process/host-environment.js';

/** Settings that no repository or user file may change: no hooks, no monitors, no conversions of ours, no signing. */
const FIXED_CONFIG = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.autocrlf=false',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.quotePath=false',
  'core.precomposeUnicode=true',
  'gc.auto=0',
  'maintenance.auto=false',
  'commit.gpgSign=false',
  'advice.addEmbeddedRepo=false',
  'protocol.ext.allow=never',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  // Protocol 2 hands out commits by id, so that nothing has to be named by a ref first.
  'protocol.version=2',
  // Whether a repository of somebody else may be used is settled when a run is planned.
  'safe.directory=*',
].flatMap((setting) => ['-c', setting]);

/** Bytes of standard output taken from one git command; more is a defect of ours, not a bigger buffer. */
const MAX_STDOUT_BYTES = 256 * 1024 * 1024;
const STDERR_TAIL = 2_000;
/** A git command that takes longer is hung on a lock or a dead disk. */
const GIT_TIMEOUT_MS = 600_000;

/** One git command of the engine. */
export interface GitCommand {
  readonly args: readonly string[];
  /** GIT_DIR and its companions. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  readonly stdin?: string | Uint8Array | undefined;
  /** Exit codes besides 0 that are answers, for example 1 of `diff --quiet`. */
  readonly accept?: readonly number[] | undefined;
  /** Arguments of a second git command, run in the same shell when the first ended with 0. */
  readonly followedBy?: readonly string[] | undefined;
  /** Configuration of this command, `NAME=VALUE`; stronger than the fixed one. */
  readonly settings?: readonly string[] | undefined;
}

/** What a git command answered. */
export interface GitAnswer {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

let prefix: readonly string[] | undefined;

/** git itself, under setpriv where present, so that a git of a killed worker cannot finish late under its retry. */
function gitPrefix(): readonly string[] {
  if (prefix === undefined) {
    const setpriv = findExecutable('setpriv');
    prefix = setpriv === undefined ? ['git'] : [setpriv, '--pdeathsig', 'KILL', 'git'];
  }
  return prefix;
}

/** One git, or a shell with two; every part of it dies with the process that started it. */
function commandLine(command: GitCommand): readonly string[] {
  const config = [
    ...FIXED_CONFIG,
    ...(command.settings ?? []).flatMap((setting) => ['-c', setting]),
  ];
  const git = [...gitPrefix(), ...config];
  if (command.followedBy === undefined) return [...git, ...command.args];
  const quoted = (words: readonly string[]): string =>
    words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  // The second keeps the shell's own death signal: exec does not clear it.
  const second = ['git', ...config, ...command.followedBy];
  const script = `${quoted([...git, ...command.args])} && exec ${quoted(second)}`;
  return [...gitPrefix().slice(0, -1), 'sh', '-c', script];
}

/**
 * Runs git with the engine's own environment and settings. Throws InfrastructureError `ERR_GIT_FAILED` with command
 * and the end of its error output, `ERR_GIT_MISSING` when git is not installed.
 */
export function runGitProcess(command: GitCommand): Promise<GitAnswer> {
  const [program = 'git', ...args] = commandLine(command);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: command.cwd,
      env: {
        ...minimalEnvironment(),
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_TERMINAL_PROMPT: '0',
        GIT_OPTIONAL_LOCKS: '0',
        ...command.env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: GIT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes > MAX_STDOUT_BYTES) child.kill('SIGKILL');
      else stdout.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-STDERR_TAIL);
    });
    child.stdin.on('error', () => undefined);
    child.once('error', (cause) => reject(gitMissing(cause)));
    child.once('close', (exitCode, killedBy) => {
      if (exitCode !== null && (exitCode === 0 || command.accept?.includes(exitCode) === true)) {
        resolve({ exitCode, stdout: Buffer.concat(stdout), stderr });
      } else reject(gitFailed(command, exitCode ?? killedBy ?? 'unknown', stderr));
    });
    child.stdin.end(command.stdin);
  });
}

function gitFailed(command: GitCommand, end: number | string, stderr: string): InfrastructureError {
  const line = `git ${command.args.join(' ')}`.slice(0, 400);
  const file = command.env['GIT_WORK_TREE'] ?? command.env['GIT_DIR'] ?? command.cwd;
  if (looksLikeFullDisk(stderr)) return diskFull(file, stderr.trim());
  return new InfrastructureError('ERR_GIT_FAILED', {
    message: `${line} ended with ${end}: ${stderr.trim() || 'no message'}`,
    where: { file },
    hint: 'check the free space and the permissions of the folder; codetether doctor checks git',
    data: { command: line, exit: end, stderr: stderr.trim() },
  });
}

function gitMissing(cause: Error): InfrastructureError {
  return new InfrastructureError('ERR_GIT_MISSING', {
    message: `git cannot be started: ${cause.message}`,
    hint: 'install git 2.38 or newer and put it on PATH',
    isRetryable: false,
    cause,
  });
}
