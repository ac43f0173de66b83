import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { findExecutable } from '../process/find-executable.js';
import { hostEnvironment } from '../process/host-environment.js';
import { COMMAND_LIMITS, limitCommands } from './limits.js';
import { kernelMasks, systemMasks, temporaryMounts } from './masks.js';
import { findChain } from './probe-chain.js';
import {
  unshareArguments,
  type Sandbox,
  type SandboxBackend,
  type SandboxKind,
  type SandboxLevel,
} from './sandbox.js';
import { seccompFilter } from './seccomp.js';
import { namespaceArguments, type Walls } from './walls.js';

const PROBE_TIMEOUT_MS = 5_000;
const BWRAP_KINDS: readonly SandboxKind[] = [
  'clean-environment',
  'dies-with-worker',
  'own-pid-namespace',
  'read-only-root',
  'private-tmp',
  'state-hidden',
  'network-switch',
  'home-hidden',
  'no-capabilities',
];

const found = new Map<SandboxLevel, Promise<Sandbox>>();

/**
 * Probes the host once per process and returns the strongest level not above `maximum` (default `full`).
 * Never throws: what does not work is told in `reason`.
 */
export function detectSandbox(maximum: SandboxLevel = 'full'): Promise<Sandbox> {
  let known = found.get(maximum);
  if (known === undefined) {
    known = probe(maximum);
    found.set(maximum, known);
  }
  return known;
}

async function probe(maximum: SandboxLevel): Promise<Sandbox> {
  const reasons: string[] = [];
  if (maximum === 'full' || maximum === 'nested') {
    const bwrap = await probeBubblewrap(maximum, reasons);
    if (bwrap !== undefined) return bwrap;
  }
  if (maximum !== 'none') {
    const unshare = await probeUnshare(reasons);
    if (unshare !== undefined) return unshare;
    if (findExecutable('sh') !== undefined) {
      return plain('process', 'watchdog', ['clean-environment', 'dies-with-worker'], reasons);
    }
    reasons.push('sh is not on PATH');
  } else {
    reasons.push('switched off');
  }
  return plain('none', 'none', ['clean-environment'], reasons);
}

function plain(
  level: SandboxLevel,
  backend: SandboxBackend,
  ...[kinds, reasons]: [readonly SandboxKind[], readonly string[]]
): Sandbox {
  return { level, backend, kinds, reason: reasons.join('; '), program: '', setpriv: '' };
}

async function probeBubblewrap(
  maximum: SandboxLevel,
  reasons: string[],
): Promise<Sandbox | undefined> {
  const program = findExecutable('bwrap');
  if (program === undefined) {
    reasons.push('bubblewrap (bwrap) is not installed');
    return undefined;
  }
  for (const walls of wallsToTry(maximum)) {
    const answer = await answers(program, probeArguments(walls), walls.hasFilter);
    if (answer === '') return withUserId(bubblewrapSandbox(program, walls, reasons), reasons);
    reasons.push(`bwrap${walls.hasProc ? '' : ' without /proc'}: ${answer}`);
  }
  return undefined;
}

/** Strongest first. A filter or a closed user namespace that a host refuses is given up before the private /proc. */
function wallsToTry(maximum: SandboxLevel): Walls[] {
  const filters = seccompFilter() === undefined ? [false] : [true, false];
  const procs = maximum === 'full' ? [true, false] : [false];
  const closed = [true, false];
  return procs.flatMap((hasProc) =>
    closed.flatMap((isUserNamespaceClosed) =>
      filters.flatMap((hasFilter) =>
        [true, false].map((hasLimits) => ({
          hasProc,
          isUserNamespaceClosed,
          hasLimits,
          hasFilter,
        })),
      ),
    ),
  );
}

function probeArguments(walls: Walls): string[] {
  const script = walls.hasLimits ? limitCommands(COMMAND_LIMITS).join(' && ') : 'true';
  const mounts = ['--ro-bind', '/', '/', ...temporaryMounts()];
  const masks = walls.hasProc ? kernelMasks(process.getuid?.() === 0) : systemMasks();
  return [...mounts, ...masks, ...namespaceArguments(walls), '--', '/bin/sh', '-c', script];
}

function bubblewrapSandbox(program: string, walls: Walls, reasons: readonly string[]): Sandbox {
  const kinds: SandboxKind[] = [
    ...BWRAP_KINDS,
    ...(walls.hasProc ? (['own-proc'] as const) : []),
    ...(walls.isUserNamespaceClosed ? (['no-user-namespaces'] as const) : []),
    ...(walls.hasLimits ? (['limits'] as const) : []),
    ...(walls.hasFilter ? (['system-call-filter'] as const) : []),
  ];
  return {
    level: walls.hasProc ? 'full' : 'nested',
    backend: walls.hasProc ? 'bwrap' : 'bwrap-no-proc',
    kinds,
    reason: reasons.join('; '),
    program,
    setpriv: '',
    walls,
  };
}

/** Commands of a root engine that keep its user id read what only root may read: that is not `full`. */
async function withUserId(sandbox: Sandbox, reasons: string[]): Promise<Sandbox> {
  if (process.getuid?.() !== 0) return sandbox;
  const found = await findChain(sandbox);
  if (typeof found !== 'string')
    return { ...sandbox, chain: found, kinds: [...sandbox.kinds, 'own-user-id'] };
  reasons.push(`commands keep the user id of root: ${found}`);
  return { ...sandbox, level: 'nested', reason: reasons.join('; ') };
}

async function probeUnshare(reasons: string[]): Promise<Sandbox | undefined> {
  const program = findExecutable('unshare');
  const setpriv = findExecutable('setpriv');
  if (program === undefined || setpriv === undefined) {
    reasons.push('unshare or setpriv (util-linux) is not installed');
    return undefined;
  }
  const kinds: SandboxKind[] = [
    'clean-environment',
    'dies-with-worker',
    'own-pid-namespace',
    'own-proc',
  ];
  for (const backend of ['unshare', 'unshare-user'] as const) {
    const args = ['--pdeathsig', 'KILL', program, ...unshareArguments(backend), '--', 'true'];
    const answer = await answers(setpriv, args);
    if (answer === '')
      return unshareSandbox({ backend, kinds, reason: reasons.join('; '), program, setpriv });
    reasons.push(`${backend}: ${answer}`);
  }
  return undefined;
}

function unshareSandbox(facts: Omit<Sandbox, 'level'>): Sandbox {
  const kinds: SandboxKind[] = [...facts.kinds, 'limits'];
  const walls = { hasProc: true, isUserNamespaceClosed: false, hasLimits: true, hasFilter: false };
  return { level: 'process', ...facts, kinds, walls };
}

/** Empty when the command succeeds, else the last line it printed. */
function answers(program: string, args: readonly string[], hasFilter = false): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { PATH: hostEnvironment()['PATH'] ?? '' },
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe', hasFilter ? 'pipe' : 'ignore'],
      timeout: PROBE_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(-1000);
    });
    writeFilter(child.stdio[3], hasFilter);
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) resolve('');
      else resolve(errors.trim().split('\n').at(-1) || `ended with ${code ?? signal ?? 'nothing'}`);
    });
  });
}

function writeFilter(stream: unknown, hasFilter: boolean): void {
  if (!hasFilter || !(stream instanceof Writable)) return;
  stream.on('error', () => undefined);
  stream.end(seccompFilter());
}
