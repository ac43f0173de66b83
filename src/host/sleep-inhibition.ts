import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from '../platform/index.js';

/** How this machine is kept awake, or why it is not. */
export type SleepInhibition =
  | { readonly command: readonly string[] }
  | { readonly command: null; readonly reason: string };

/** What {@link sleepInhibition} looks at; replaced in tests. */
export interface SleepOptions {
  readonly platform?: NodeJS.Platform;
  readonly searchPath: string;
  /** Default `/sys/class/power_supply`. */
  readonly powerFolder?: string;
  /** Process that must live for the machine to stay awake. Default: this one. */
  readonly pid?: number;
}

/**
 * The command that keeps the machine awake while it runs, on mains power only. It ends by itself when its standard input
 * closes or the process is gone, so that a killed worker leaves nothing behind.
 */
export function sleepInhibition(options: SleepOptions): SleepInhibition {
  const platform = options.platform ?? process.platform;
  const pid = options.pid ?? process.pid;
  const program = platform === 'darwin' ? 'caffeinate' : 'systemd-inhibit';
  const path = findExecutable(program, options.searchPath);
  if (path === undefined) return { command: null, reason: `there is no ${program} on PATH` };
  // caffeinate -s holds on mains power only, by itself
  if (platform === 'darwin') return { command: [path, '-s', '-w', String(pid)] };
  if (!isOnMains(options.powerFolder ?? '/sys/class/power_supply'))
    return { command: null, reason: 'the machine runs on battery' };
  const words = ['--what=sleep', '--who=CodeTether', '--why=a run is working', '--mode=block'];
  return { command: [path, ...words, 'cat'] };
}

/** Whether the system really grants it: a container has no session manager, and a policy may forbid it. */
export function tryInhibition(command: readonly string[]): Promise<string | null> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = execFile(program, args, { timeout: 10_000 }, (error, _stdout, stderr) => {
      resolve(error === null ? null : stderr.trim() || error.message);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end();
  });
}

/** A machine without a battery, or with a charger that delivers. */
function isOnMains(folder: string): boolean {
  const supplies = namesIn(folder).map((name) => ({
    type: read(join(folder, name, 'type')),
    online: read(join(folder, name, 'online')),
    scope: read(join(folder, name, 'scope')),
  }));
  // batteries of mice and keyboards say nothing about the machine
  const own = supplies.filter(({ scope }) => scope !== 'Device');
  const chargers = own.filter(({ type }) => type !== 'Battery');
  if (chargers.length > 0) return chargers.some(({ online }) => online === '1');
  return own.every(({ type }) => type !== 'Battery');
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
