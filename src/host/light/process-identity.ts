import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the system counts it: clock ticks since boot (Linux) or a date (macOS). */
  readonly startTime: string;
  /** Id of the system's boot; another one proves that the process is gone. */
  readonly bootId: string;
}

/** Identity of a living process; null when there is none with that pid, or only its unreaped remains. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const startTime = process.platform === 'linux' ? linuxStartTime(pid) : portableStartTime(pid);
  return startTime === null ? null : { pid, startTime, bootId: bootId() };
}

/** Identity of this very process. */
export function ownIdentity(): ProcessIdentity {
  return (
    identifyProcess(process.pid) ?? { pid: process.pid, startTime: 'unknown', bootId: bootId() }
  );
}

/** True when exactly this process lives; a reused pid, a zombie or another boot counts as dead. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  return now !== null && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** Sends a signal to exactly this process; false when it is gone already. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

/** Processes whose command line holds every one of `words` as an argument. */
export function findProcesses(words: readonly string[]): ProcessIdentity[] {
  return commandLines()
    .filter(
      ({ pid, line }) => pid !== process.pid && words.every((word) => line.includes(` ${word} `)),
    )
    .map(({ pid }) => identifyProcess(pid))
    .filter((identity) => identity !== null);
}

/** True when a process is `ancestor` or one of its descendants. */
export function isBelow(pid: number, ancestor: number): boolean {
  for (let current = pid; current > 1; current = parentOf(current))
    if (current === ancestor) return true;
  return false;
}

/** 0 when it is not known. */
function parentOf(pid: number): number {
  if (process.platform !== 'linux') return Number(runPs(['-o', 'ppid=', '-p', String(pid)]).trim());
  const stat = readText(`/proc/${pid}/stat`) ?? '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

function commandLines(): { pid: number; line: string }[] {
  if (process.platform !== 'linux') return portableCommandLines();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      line: ` ${readText(`/proc/${name}/cmdline`)?.replaceAll('\0', ' ') ?? ''} `,
    }));
}

function portableCommandLines(): { pid: number; line: string }[] {
  return runPs(['-axo', 'pid=,command='])
    .split('\n')
    .map((text) => /^\s*(\d+)\s(.*)$/.exec(text))
    .filter((match) => match !== null)
    .map((match) => ({ pid: Number(match[1]), line: ` ${match[2]?.trimStart() ?? ''} ` }));
}

function linuxStartTime(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The program's name stands in parentheses and may hold spaces: count from the last one (proc(5), fields 3 and 22).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isGone = fields[0] === 'Z' || fields[0] === 'X';
  return isGone ? null : (fields[19] ?? null);
}

function portableStartTime(pid: number): string | null {
  const text = runPs(['-o', 'stat=,lstart=', '-p', String(pid)]).trim();
  return text === '' || text.startsWith('Z') ? null : text.replace(/^\S+\s+/, '');
}

function runPs(args: readonly string[]): string {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readText('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown';
  return knownBootId;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
