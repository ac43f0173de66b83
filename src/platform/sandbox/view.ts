import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hiddenHomes, isBelow, keptOfHome, outermost, secretsOfHome } from './home-folders.js';
import { hostEnvironment } from '../process/host-environment.js';
import type { SandboxedCommand } from './sandboxed-command.js';
import { shortMemory } from './short-memory.js';

/** What a command sees of folders that are hidden from it. All paths exist. */
export interface CommandView {
  /** Folders of which nothing is to be seen but what is kept; none lies inside another. */
  readonly covers: readonly string[];
  /** Toolchains and certificates of a hidden home, read-only. */
  readonly toolchains: readonly string[];
  /** Secrets inside `toolchains`. */
  readonly secrets: readonly string[];
  /** What the command itself is given to read. */
  readonly readable: readonly string[];
  /** What it may write to. */
  readonly writable: readonly string[];
}

interface HomeView {
  readonly homes: readonly string[];
  readonly toolchains: readonly string[];
  readonly secrets: readonly string[];
}

/** By HOME and PATH, which tests change. */
const homeView = shortMemory((): HomeView => {
  const homes = hiddenHomes();
  return {
    homes,
    toolchains: homes.flatMap((home) => keptOfHome(home)),
    secrets: homes.flatMap((home) => secretsOfHome(home)),
  };
});

/** The view of a command. */
export function commandView(command: SandboxedCommand): CommandView {
  const { HOME = '', PATH = '' } = hostEnvironment();
  const { homes, toolchains, secrets } = homeView(`${HOME}\0${PATH}`);
  const masked = command.masked.filter((path) => existsSync(path));
  const readable = [...(command.readable ?? []), ...(command.egress?.programs ?? [])];
  return {
    covers: outermost([...homes, ...masked]),
    toolchains,
    secrets,
    readable: [...new Set(readable)].filter((path) => existsSync(path)),
    writable: [...new Set([command.root, command.home, ...(command.writable ?? [])])],
  };
}

/**
 * Folders that have to be covered too, so that `uid` can reach what it is given: the topmost folder on the way to each
 * path that does not let others pass.
 */
export function barriers(view: CommandView, uid: number, extra: readonly string[]): string[] {
  const paths = [...view.toolchains, ...view.readable, ...view.writable, ...extra];
  return paths
    .map((path) => barrier(path, uid))
    .filter((path) => path !== undefined)
    .filter((path) => !view.covers.some((cover) => cover === path || isBelow(cover, path)));
}

/** True when `uid` may pass through all folders above `path`. */
export function isReachable(path: string, uid: number): boolean {
  return barrier(path, uid) === undefined;
}

function barrier(path: string, uid: number): string | undefined {
  const above: string[] = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
    above.unshift(folder);
  return above.find((folder) => !isPassable(folder, uid));
}

function isPassable(folder: string, uid: number): boolean {
  const facts = statSync(folder, { throwIfNoEntry: false });
  if (facts === undefined) return true;
  return (facts.mode & (facts.uid === uid ? 0o100 : 0o001)) !== 0;
}
