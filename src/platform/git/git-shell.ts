import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { endOnAbort, signalGroup } from '../process/group-end.js';
import { findExecutable } from '../process/find-executable.js';
import { minimalEnvironment } from '../process/host-environment.js';

/** What a script printed and how it ended. */
export interface ShellAnswer {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A script for one of the shells. */
export interface ShellScript {
  readonly text: string;
  /** Most bytes of standard output; more ends the shell. */
  readonly limitBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The shell died under a script, or printed more than it may: nobody knows how far it came. */
export class GitShellLost extends Error {}

/** So many at most; whoever comes then waits for one. A shell holds a megabyte. */
const MOST_SHELLS = 8;
const STDERR_TAIL = 2_000;
const ASK_INTERVAL_MS = 100;

const shells: GitShell[] = [];
const waiting: ((shell: GitShell) => void)[] = [];
let isOn = false;

/**
 * From now on git commands are started by shells that live as long as this process: a fork of a worker with hundreds of megabytes
 * costs many times what a fork of a shell does. For processes that start thousands of them. Does nothing where `setpriv` is
 * missing: without it a command could outlive this process.
 */
export function useGitShells(): void {
  isOn = findExecutable('setpriv') !== undefined;
}

/** True once {@link useGitShells} was called where it can work. */
export function hasGitShells(): boolean {
  return isOn;
}

/** Runs a script in a shell of its own for that time. Rejects with {@link GitShellLost}. */
export async function runInShell(script: ShellScript): Promise<ShellAnswer> {
  const shell = await takeShell(script.signal);
  try {
    if (script.signal?.aborted === true) throw cancelledBefore();
    return await shell.run(script);
  } finally {
    giveBack(shell);
  }
}

function cancelledBefore(): GitShellLost {
  return new GitShellLost('cancelled before it began');
}

function takeShell(signal: AbortSignal | undefined): Promise<GitShell> {
  const free = shells.find((shell) => !shell.isBusy && !shell.isDead);
  if (free !== undefined) {
    free.isBusy = true;
    return Promise.resolve(free);
  }
  if (shells.length < MOST_SHELLS) {
    const shell = new GitShell();
    shell.isBusy = true;
    shells.push(shell);
    return Promise.resolve(shell);
  }
  return waitForShell(signal);
}

function waitForShell(signal: AbortSignal | undefined): Promise<GitShell> {
  return new Promise((resolve, reject) => {
    const take = (shell: GitShell): void => {
      signal?.removeEventListener('abort', leave);
      resolve(shell);
    };
    const leave = (): void => {
      waiting.splice(waiting.indexOf(take), 1);
      reject(cancelledBefore());
    };
    waiting.push(take);
    signal?.addEventListener('abort', leave, { once: true });
    if (signal?.aborted === true) leave();
  });
}

function giveBack(shell: GitShell): void {
  if (shell.isDead) {
    forget(shell);
    const next = waiting.shift();
    if (next === undefined) return;
    const fresh = new GitShell();
    fresh.isBusy = true;
    shells.push(fresh);
    next(fresh);
    return;
  }
  const next = waiting.shift();
  if (next === undefined) shell.isBusy = false;
  else next(shell);
}

/** A shell that is gone makes room for another one, whether it had work or not. */
function forget(shell: GitShell): void {
  const at = shells.indexOf(shell);
  if (at >= 0) shells.splice(at, 1);
}

/** Environment of a git that reads nobody's configuration and asks nobody. */
export function gitEnvironment(): Record<string, string> {
  return {
    ...minimalEnvironment(),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

/** One shell that reads scripts from its standard input, one after the other. */
class GitShell {
  isBusy = false;
  isDead = false;
  /** Its first byte says that it hears requests to end. */
  private isReady = false;
  private readonly child: ChildProcess;
  /** Behind what a script prints; nobody can guess it. */
  private readonly mark = randomBytes(16).toString('hex');
  private current: RunningScript | undefined;

  constructor() {
    // Dies with this process; a group of its own, so that a request to stop reaches what it runs.
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', 'sh'], {
      detached: true,
      env: gitEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => this.takeOutput(chunk));
    this.child.stderr?.on('data', (chunk: Buffer) => this.current?.takeErrors(chunk));
    this.child.stdin?.on('error', () => this.lose());
    this.child.once('error', () => this.lose());
    this.child.once('close', () => this.lose());
    // The shell survives a request to stop what it runs; before it says so, it would not.
    this.child.stdin?.write('trap : TERM; printf .\n');
    this.rest();
  }

  /** Runs one script to its end. */
  async run(script: ShellScript): Promise<ShellAnswer> {
    const running = new RunningScript(this.mark, script.limitBytes, () => this.kill());
    this.current = running;
    this.wakeUp();
    if (this.isDead) running.lose();
    const timer = setTimeout(() => this.kill(), script.timeoutMs);
    let asking: NodeJS.Timeout | undefined;
    const stop = endOnAbort(script.signal, {
      // Again and again: what comes between two commands, or before the first, meets the shell alone.
      ask: () => {
        this.askToEnd();
        asking = setInterval(() => this.askToEnd(), ASK_INTERVAL_MS);
      },
      force: () => this.kill(),
    });
    // Its own input is closed to what it runs; the marks follow in both streams, whatever happens.
    const line = `{ ${script.text}\n} </dev/null; printf '%s %s\\n' ${this.mark} $?; printf '%s\\n' ${this.mark} >&2\n`;
    this.child.stdin?.write(line);
    try {
      return await running.ended;
    } finally {
      clearTimeout(timer);
      clearInterval(asking);
      stop();
      this.current = undefined;
      this.rest();
    }
  }

  private takeOutput(chunk: Buffer): void {
    const own = this.isReady ? 0 : 1;
    this.isReady = true;
    this.current?.takeOutput(chunk.subarray(own));
  }

  private askToEnd(): void {
    if (this.isReady) signalGroup(this.child, 'SIGTERM');
  }

  private kill(): void {
    signalGroup(this.child, 'SIGKILL');
    this.lose();
  }

  private lose(): void {
    this.isDead = true;
    if (this.current === undefined) forget(this);
    else this.current.lose();
  }

  /** Idle shells keep no process alive. */
  private rest(): void {
    this.child.unref();
    for (const stream of this.streams()) stream.unref();
  }

  private wakeUp(): void {
    this.child.ref();
    for (const stream of this.streams()) stream.ref();
  }

  private streams(): { ref(): void; unref(): void }[] {
    const { stdin, stdout, stderr } = this.child;
    return [stdin, stdout, stderr].flatMap((stream) =>
      stream !== null && 'unref' in stream && 'ref' in stream
        ? [stream as unknown as { ref(): void; unref(): void }]
        : [],
    );
  }
}

/** What a script has printed so far. */
class RunningScript {
  readonly ended: Promise<ShellAnswer>;
  private readonly mark: Buffer;
  private readonly limitBytes: number;
  private readonly tooMuch: () => void;
  private readonly output: Buffer[] = [];
  private bytes = 0;
  private errors: Buffer = Buffer.alloc(0);
  private hasErrors = false;
  private exitCode: number | undefined;
  private resolve: (answer: ShellAnswer) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  constructor(mark: string, limitBytes: number, tooMuch: () => void) {
    this.mark = Buffer.from(mark);
    this.limitBytes = limitBytes;
    this.tooMuch = tooMuch;
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  takeOutput(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.output.push(chunk);
    if (this.bytes > this.limitBytes) return this.tooMuch();
    // The mark is the last that comes: it lies in the end of the last chunks.
    const tail = Buffer.concat(this.output.slice(-3)).subarray(-(this.mark.length + 8));
    const at = tail.lastIndexOf(this.mark);
    if (at < 0 || tail.at(-1) !== NEWLINE) return;
    this.exitCode = Number(tail.subarray(at + this.mark.length + 1, -1).toString('latin1'));
    this.end();
  }

  takeErrors(chunk: Buffer): void {
    this.errors = Buffer.concat([this.errors, chunk]).subarray(-STDERR_TAIL - this.mark.length - 1);
    const end = this.errors.length - this.mark.length - 1;
    this.hasErrors = end >= 0 && this.errors.subarray(end, -1).equals(this.mark);
    this.end();
  }

  lose(): void {
    this.reject(new GitShellLost('the shell that ran git is gone'));
  }

  private end(): void {
    if (this.exitCode === undefined || !this.hasErrors) return;
    const whole = Buffer.concat(this.output);
    this.resolve({
      exitCode: this.exitCode,
      stdout: whole.subarray(0, whole.lastIndexOf(this.mark)),
      stderr: this.errors.subarray(0, this.errors.length - this.mark.length - 1).toString('utf8'),
    });
  }
}

const NEWLINE = 0x0a;
