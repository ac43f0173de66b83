import { existsSync, lstatSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Git } from './git.js';

/** A submodule of a tree. */
export interface Submodule {
  /** Relative to the tree. */
  readonly path: string;
  readonly commit: string;
  /** What `.gitmodules` calls it; null when that does not know it. */
  readonly name: string | null;
  /** As `.gitmodules` has it, perhaps relative; null when that does not know it. */
  readonly url: string | null;
}

/** Where a person's repository comes from. */
export interface RemoteAddresses {
  /** Machines of all remotes. */
  readonly hosts: ReadonlySet<string>;
  /** Of `origin`, else of the first. */
  readonly url: string | undefined;
}

/** Reads the addresses of the repository's remotes. */
export async function remoteAddresses(git: Git): Promise<RemoteAddresses> {
  const answer = await git.run(['config', '--local', '-z', '--get-regexp', '^remote\\..*\\.url$'], {
    accept: [1],
  });
  const urls = answer.stdout
    .toString('utf8')
    .split('\0')
    .filter((entry) => entry.includes('\n'))
    .map((entry) => [entry.slice(0, entry.indexOf('\n')), entry.slice(entry.indexOf('\n') + 1)]);
  const hosts = urls.map(([, url = '']) => hostOfUrl(url)).filter((host) => host !== undefined);
  const origin = urls.find(([name]) => name === 'remote.origin.url') ?? urls[0];
  return { hosts: new Set(hosts), url: origin?.[1] };
}

/** The submodules of a tree, in order of their paths. */
export async function submodulesOf(git: Git, tree: string): Promise<Submodule[]> {
  const listing = await git.run(['ls-tree', '-r', '-z', tree]);
  const links = listing.stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line.startsWith('160000 '))
    .map((line) => {
      const tab = line.indexOf('\t');
      return { commit: line.slice(0, tab).split(' ')[2] ?? '', path: line.slice(tab + 1) };
    });
  if (links.length === 0) return [];
  const known = await readModules(git, tree);
  return links.map(({ path, commit }) => {
    const module = [...known].find(([, { path: own }]) => own === path);
    return { path, commit, name: module?.[0] ?? null, url: module?.[1].url ?? null };
  });
}

interface Module {
  path: string | undefined;
  url: string | undefined;
}

async function readModules(git: Git, tree: string): Promise<Map<string, Module>> {
  const pattern = '^submodule\\..*\\.(path|url)$';
  const answer = await git.run(
    ['config', '-z', '--blob', `${tree}:.gitmodules`, '--get-regexp', pattern],
    { accept: [1, 128] },
  );
  const modules = new Map<string, Module>();
  for (const entry of answer.stdout.toString('utf8').split('\0')) {
    const feed = entry.indexOf('\n');
    const last = entry.lastIndexOf('.', feed);
    if (feed < 0) continue;
    const name = entry.slice('submodule.'.length, last);
    const module = modules.get(name) ?? { path: undefined, url: undefined };
    modules.set(name, module);
    if (entry.slice(last + 1, feed) === 'path') module.path = entry.slice(feed + 1);
    else module.url = entry.slice(feed + 1);
  }
  return modules;
}

/** Folders of a person's checkout that may hold a submodule's commits: below the parent's git folder, or in its work tree. */
export function localModuleFolders(
  { name, path }: Submodule,
  parent: { readonly gitDirs: readonly string[]; readonly workTree: string | null },
): string[] {
  const below =
    name === null || name.split('/').includes('..')
      ? []
      : parent.gitDirs.map((folder) => join(folder, 'modules', name));
  const inside = parent.workTree === null ? [] : [join(parent.workTree, path, '.git')];
  return [...below, ...inside].filter(
    (folder) => existsSync(join(folder, 'HEAD')) && !lstatSync(folder).isSymbolicLink(),
  );
}

/** A submodule's address made whole by that of its parent, as `git submodule` does; undefined when that is not possible. */
export function resolveModuleUrl(url: string, parent: string | undefined): string | undefined {
  if (!url.startsWith('./') && !url.startsWith('../')) return url;
  if (parent === undefined) return undefined;
  const colon = /^[a-z][a-z0-9+.-]*:\/\/[^/]+/i.exec(parent)?.[0] ?? /^[^/]*:/.exec(parent)?.[0];
  const start = colon ?? '';
  const path = parent.slice(start.length);
  return start + posix.join(path === '' ? '/' : path, url);
}

/** The machine that an address names; undefined for folders, helpers of git and what is no address. */
export function hostOfUrl(url: string): string | undefined {
  if (/^(https?|ssh|git):\/\//i.test(url))
    return URL.canParse(url) ? new URL(url).hostname || undefined : undefined;
  return /^(?:[\w.-]+@)?([\w.-]+):(?![:/])/.exec(url)?.[1];
}
