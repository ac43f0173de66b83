import { spawn } from 'node:child_process';
import { InfrastructureError, looksLikeFullDisk } from '../../domain/index.js';
import { findExecutable } from '../process/find-executable.js';
import { endOnAbort, signalGroup } from '../process/group-end.js';
import { gitEnvironment, GitShellLost, hasGitShells, runInShell } from './git-shell.js';
import { ambientSignal } from '../process/ambient-signal.js';
import { diskFull } from '../storage/storage-fault.js';

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
  /** Arguments of further git commands, run in the same shell, each when the one before ended with 0. */
  readonly followedBy?: readonly (readonly string[])[] | undefined;
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

/** The words of one git command, quoted for a shell. */
function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

/** git with its settings; every part of it dies with the process that started it. */
function gitWords({ settings = [] }: GitCommand): readonly string[] {
  return [...gitPrefix(), ...FIXED_CONFIG, ...settings.flatMap((setting) => ['-c', setting])];
}

/** One git, or a shell with several. */
function commandLine(command: GitCommand): readonly string[] {
  const git = gitWords(command);
  const { followedBy = [] } = command;
  const last = followedBy.at(-1);
  if (last === undefined) return [...git, ...command.args];
  const first = [command.args, ...followedBy.slice(0, -1)].map((args) => quoted([...git, ...args]));
  // The last keeps the shell's own death signal: exec does not clear it.
  const end = quoted([...git.slice(gitPrefix().length - 1), ...last]);
  // The trap lets git remove its lock files before the shell dies of a request to stop.
  const script = `trap : TERM; ${first.join(' && ')} && trap - TERM && exec ${end}`;
  return [...gitPrefix().slice(0, -1), 'sh', '-c', script];
}

/**
 * The same for a shell that is there already: each command is its own child, without a shell between them, so that it dies with that
 * shell as the shell dies with this process.
 */
function shellText(command: GitCommand): string {
  const place = command.cwd === undefined ? [] : ['-C', command.cwd];
  const git = [...gitWords(command), ...place];
  const variables = Object.entries(command.env).map(
    ([name, value]) => `${name}=${quoted([value])}`,
  );
  return [command.args, ...(command.followedBy ?? [])]
    .map((args) => [...variables, quoted([...git, ...args])].join(' '))
    .join(' && ');
}

/**
 * Runs git with the engine's own environment and settings. Throws InfrastructureError `ERR_GIT_FAILED` with command
 * and the end of its error output, `ERR_GIT_MISSING` when git is not installed; the reason of the signal that the work runs
 * under (`underSignal`) when that was aborted, after git had time to remove its lock files.
 */
export function runGitProcess(command: GitCommand): Promise<GitAnswer> {
  const isBrief = hasGitShells() && command.stdin === undefined && !LONG.has(command.args[0] ?? '');
  return isBrief ? runByShell(command) : runByItself(command);
}

/** Commands that talk to others: they may take minutes. */
const LONG = new Set(['fetch', 'clone', 'ls-remote', 'push', 'gc', 'repack']);

async function runByShell(command: GitCommand): Promise<GitAnswer> {
  const signal = ambientSignal();
  let answer: GitAnswer | GitShellLost;
  try {
    const limits = { limitBytes: MAX_STDOUT_BYTES, timeoutMs: GIT_TIMEOUT_MS };
    answer = await runInShell({ text: shellText(command), ...limits, signal });
  } catch (error) {
    if (!(error instanceof GitShellLost)) throw error;
    answer = error;
  }
  if (!(answer instanceof GitShellLost) && answer.exitCode === 0) return answer;
  if (signal?.aborted === true) throw reasonOf(signal);
  if (answer instanceof GitShellLost) throw gitFailed(command, 'SIGKILL', answer.message);
  return acceptedAnswer(command, answer);
}

function acceptedAnswer(command: GitCommand, answer: GitAnswer): GitAnswer {
  const { exitCode, stderr } = answer;
  if (command.accept?.includes(exitCode) === true) return answer;
  if (exitCode === NOT_FOUND && stderr.includes('git')) throw gitMissing(new Error(stderr.trim()));
  throw gitFailed(command, exitCode, stderr);
}

/** Exit code of a shell that finds no such program. */
const NOT_FOUND = 127;

function runByItself(command: GitCommand): Promise<GitAnswer> {
  const [program = 'git', ...args] = commandLine(command);
  const signal = ambientSignal();
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(reasonOf(signal));
      return;
    }
    const child = spawn(program, args, {
      cwd: command.cwd,
      // A group of its own, so that a request to stop reaches git behind the shell too.
      detached: true,
      env: {
        ...gitEnvironment(),
        ...command.env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: GIT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const stop = endOnAbort(signal, {
      ask: () => signalGroup(child, 'SIGTERM'),
      force: () => signalGroup(child, 'SIGKILL'),
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
    child.once('error', (cause) => {
      stop();
      reject(gitMissing(cause));
    });
    child.once('close', (exitCode, killedBy) => {
      stop();
      if (signal?.aborted === true && exitCode !== 0) reject(reasonOf(signal));
      else if (
        exitCode !== null &&
        (exitCode === 0 || command.accept?.includes(exitCode) === true)
      ) {
        resolve({ exitCode, stdout: Buffer.concat(stdout), stderr });
      } else reject(gitFailed(command, exitCode ?? killedBy ?? 'unknown', stderr));
    });
    child.stdin.end(command.stdin);
  });
}

function reasonOf(signal: AbortSignal): unknown {
  return signal.reason;
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
