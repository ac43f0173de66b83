import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** What one sandboxed command may use at most; bytes unless the name says otherwise. */
export interface CommandLimits {
  /** Processes and threads together. */
  readonly processes: number;
  /** Private memory of one process (RLIMIT_DATA; address space would stop Go, Node and Java at their start). */
  readonly processBytes: number;
  /** One file. */
  readonly fileBytes: number;
  readonly openFiles: number;
  /** Private memory of all processes together. */
  readonly treeBytes: number;
  /** `/tmp` and `/var/tmp` each. */
  readonly temporaryBytes: number;
  readonly sharedMemoryBytes: number;
}

/** The limits of every command; values tried with npm, pip, cargo, Go, Java and git. */
export const COMMAND_LIMITS: CommandLimits = {
  processes: 2048,
  processBytes: 4 * GIB,
  fileBytes: 2 * GIB,
  openFiles: 16_384,
  treeBytes: Math.max(GIB, Math.floor(totalmem() / 2)),
  temporaryBytes: GIB,
  sharedMemoryBytes: 64 * MIB,
};

/** Resources as /proc/self/limits titles them, the shell's letters for them, and the shell's units in bytes. */
const RESOURCES = [
  { title: 'Max processes', options: ['-u', '-p'], field: 'processes', unit: 1 },
  { title: 'Max data size', options: ['-d'], field: 'processBytes', unit: KIB },
  { title: 'Max file size', options: ['-f'], field: 'fileBytes', unit: 512 },
  { title: 'Max open files', options: ['-n'], field: 'openFiles', unit: 1 },
] as const;

/**
 * Commands of the shell that set these limits, each true when it could: bash and dash have two letters for processes. A hard
 * limit can only go down, so each is held to what this process has. The shell is there anyway; prlimit would be one more
 * program to start for each command.
 */
export function limitCommands(limits: CommandLimits, hard = hardLimits()): string[] {
  const set = RESOURCES.map(({ title, options, field, unit }) => {
    const value = Math.floor(Math.min(limits[field], hard.get(title) ?? Infinity) / unit);
    const tries = options.map((option) => `ulimit ${option} ${value} 2>/dev/null`);
    return tries.length === 1 ? tries.join('') : `{ ${tries.join(' || ')}; }`;
  });
  return [...set, 'ulimit -c 0'];
}

/** Hard limits of this process by their title in /proc/self/limits; unlimited ones are left out. */
export function hardLimits(): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  let text: string;
  try {
    text = readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return known;
  }
  for (const { title } of RESOURCES) {
    const line = text.split('\n').find((candidate) => candidate.startsWith(title));
    const value = Number(line?.slice(title.length).trim().split(/\s+/)[1]);
    if (Number.isInteger(value)) known.set(title, value);
  }
  return known;
}

/** Exit status of a shell for a process that SIGXFSZ ended. */
const FILE_TOO_LARGE = 153;

/** How a command ended, as far as limits show in it. */
export interface LimitedEnd {
  readonly exitCode: number | null;
  /** Which watch of ours ended it. */
  readonly stoppedBy: 'memory' | 'disk' | null;
  /** End of its output. */
  readonly tail: string;
}

/** One sentence about the limit that a command probably ran into, for whoever reads its output; undefined = none. */
export function explainLimit(end: LimitedEnd, limits = COMMAND_LIMITS): string | undefined {
  const size = (bytes: number): string =>
    bytes >= GIB ? `${Math.round(bytes / GIB)} GiB` : `${Math.round(bytes / MIB)} MiB`;
  if (end.stoppedBy === 'memory')
    return `stopped: its processes together used more than ${size(limits.treeBytes)} of memory`;
  if (end.stoppedBy === 'disk') return 'stopped: it was filling the disk';
  if (end.exitCode === 0) return undefined;
  if (end.exitCode === FILE_TOO_LARGE)
    return `the sandbox allows files of at most ${size(limits.fileBytes)}`;
  const tail = end.tail.slice(-4000);
  if (/resource temporarily unavailable|\bEAGAIN\b|cannot fork|can't start new thread/i.test(tail))
    return `the sandbox allows at most ${limits.processes} processes and threads`;
  if (/\bENOSPC\b|no space left on device/i.test(tail))
    return `the sandbox allows ${size(limits.temporaryBytes)} in /tmp and ${size(limits.sharedMemoryBytes)} in /dev/shm`;
  if (
    /\bMemoryError\b|cannot allocate memory|\bENOMEM\b|out of memory|allocation failed/i.test(tail)
  )
    return `the sandbox allows ${size(limits.processBytes)} of memory for one process`;
  return undefined;
}
