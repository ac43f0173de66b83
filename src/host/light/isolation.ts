import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const runFile = promisify(execFile);
const PROBE_MS = 10_000;

/** How the embedded server is kept from everybody but us: a network namespace made by one of two programs, or not at all. */
export type Isolation = 'unshare' | 'bwrap' | 'none';

/** What this machine can do, and why not more. */
export interface IsolationFinding {
  readonly kind: Isolation;
  /** Empty where a namespace can be made. */
  readonly reason: string;
}

/**
 * Brings up the loopback interface of a fresh namespace, by whichever program is there. Python and Perl set the flag
 * themselves: SIOCSIFFLAGS (0x8914) with IFF_UP and IFF_LOOPBACK, see netdevice(7).
 */
export const LOOPBACK_UP = [
  'ip link set lo up',
  `python3 -c 'import fcntl,socket,struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh22x", b"lo", 0x9))'`,
  `perl -e 'socket(S,2,2,0) or exit 1; my $r = pack("a16 s x22","lo",0x9); ioctl(S,0x8914,$r) or exit 1'`,
]
  .map((command) => `${command} 2>/dev/null`)
  .join(' || ');

/** Tries what a start would do, without a server: a few milliseconds. */
export async function findIsolation(searchPath: string): Promise<IsolationFinding> {
  if (process.platform !== 'linux')
    return { kind: 'none', reason: 'network namespaces are a thing of Linux' };
  const env = { PATH: searchPath };
  const reasons: string[] = [];
  for (const kind of ['unshare', 'bwrap'] as const) {
    const probe = kind === 'unshare' ? LOOPBACK_UP : 'exit 0';
    const [program = '', ...args] = isolated(kind, ['sh', '-c', probe]);
    try {
      await runFile(program, args, { env, timeout: PROBE_MS });
      return { kind, reason: '' };
    } catch (error) {
      reasons.push(`${kind}: ${reasonOf(error)}`);
    }
  }
  return { kind: 'none', reason: `no network namespace can be made (${reasons.join('; ')})` };
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'not installed';
  const text =
    error instanceof Error && 'stderr' in error && typeof error.stderr === 'string'
      ? error.stderr
      : '';
  const line = text.trim().split('\n')[0] ?? '';
  return line === '' ? 'the loopback interface stays down' : line.slice(0, 200);
}

/** The command line that runs `command` in a network namespace of its own; the process keeps its place in the tree. */
export function isolated(kind: Isolation, command: readonly string[]): string[] {
  switch (kind) {
    case 'unshare': {
      const isRoot = process.getuid?.() === 0;
      const user = isRoot ? [] : ['--user', '--map-root-user'];
      return ['unshare', ...user, '--net', '--', ...command];
    }
    case 'bwrap':
      // no namespace of processes: the gate is to be found, and ended, by its pid
      return ['bwrap', '--unshare-net', '--dev-bind', '/', '/', '--', ...command];
    case 'none':
      return [...command];
  }
}
