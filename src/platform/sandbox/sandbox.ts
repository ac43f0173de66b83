import { execFile } from 'node:child_process';
import { findExecutable } from '../process/find-executable.js';
import { hostEnvironment } from '../process/host-environment.js';

/** How strongly commands are held, strongest first. */
export type SandboxLevel = 'full' | 'nested' | 'process' | 'none';

/** What holds at a level; shown by doctor, in plans and in results. */
export type SandboxKind =
  | 'clean-environment'
  | 'dies-with-worker'
  | 'own-pid-namespace'
  | 'own-proc'
  | 'read-only-root'
  | 'private-tmp'
  | 'state-hidden'
  | 'network-switch'
  | 'no-user-namespaces';

/** The program that does the holding. */
export type SandboxBackend =
  | 'bwrap'
  | 'bwrap-no-proc'
  | 'unshare'
  | 'unshare-user'
  | 'watchdog'
  | 'none';

/** The strongest sandbox that works on this host. */
export interface Sandbox {
  readonly level: SandboxLevel;
  readonly backend: SandboxBackend;
  readonly kinds: readonly SandboxKind[];
  /** For people: why not more; empty at `full`. */
  readonly reason: string;
  /** Absolute path of the backend's program; empty for `watchdog` and `none`. */
  readonly program: string;
  /** Absolute path of setpriv, which ends the `unshare` backends with us; empty elsewhere. */
  readonly setpriv: string;
}

const PROBE_TIMEOUT_MS = 5_000;
const LEVELS: readonly SandboxLevel[] = ['full', 'nested', 'process', 'none'];
const BWRAP_KINDS: readonly SandboxKind[] = [
  'clean-environment',
  'dies-with-worker',
  'own-pid-namespace',
  'read-only-root',
  'private-tmp',
  'state-hidden',
  'network-switch',
];

const found = new Map<SandboxLevel, Promise<Sandbox>>();

/** True when `level` is at least as strong as `minimum`. */
export function isAtLeast(level: SandboxLevel, minimum: SandboxLevel): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(minimum);
}

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
  const base = [
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--die-with-parent',
    '--new-session',
  ];
  const closed = ['--unshare-all', '--unshare-user', '--disable-userns'];
  const make = (backend: SandboxBackend, ...kinds: readonly SandboxKind[]): Sandbox => ({
    level: backend === 'bwrap' ? 'full' : 'nested',
    backend,
    kinds: [...BWRAP_KINDS, ...kinds],
    reason: reasons.join('; '),
    program,
    setpriv: '',
  });
  if (maximum === 'full') {
    const withProc = [...base, '--proc', '/proc'];
    const strict = await answers(program, [...withProc, ...closed, '--', 'true']);
    if (strict === '') return make('bwrap', 'own-proc', 'no-user-namespaces');
    const open = await answers(program, [...withProc, '--unshare-all', '--', 'true']);
    if (open === '') return make('bwrap', 'own-proc');
    reasons.push(`bwrap: ${open}`);
  }
  const strict = await answers(program, [...base, ...closed, '--', 'true']);
  if (strict === '') return make('bwrap-no-proc', 'no-user-namespaces');
  const open = await answers(program, [...base, '--unshare-all', '--', 'true']);
  if (open === '') return make('bwrap-no-proc');
  reasons.push(`bwrap without /proc: ${open}`);
  return undefined;
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
      return { level: 'process', backend, kinds, reason: reasons.join('; '), program, setpriv };
    reasons.push(`${backend}: ${answer}`);
  }
  return undefined;
}

/** Options of unshare for a pid namespace with its own /proc, as root or as an ordinary user. */
export function unshareArguments(backend: SandboxBackend): string[] {
  const user = backend === 'unshare-user' ? ['--user', '--map-current-user'] : [];
  return [...user, '--pid', '--fork', '--kill-child', '--mount-proc'];
}

/** Empty when the command succeeds, else the last line it printed. */
function answers(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const env = { PATH: hostEnvironment()['PATH'] ?? '' };
    execFile(program, args, { env, timeout: PROBE_TIMEOUT_MS }, (error, _stdout, stderr) => {
      if (error === null) resolve('');
      else resolve(stderr.trim().split('\n').at(-1) || error.message);
    });
  });
}
