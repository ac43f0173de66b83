import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  createGit,
  fetchArguments,
  hostOfUrl,
  localModuleFolders,
  noteEngineWrite,
  openUserRepository,
  remoteAddresses,
  resolveModuleUrl,
  sha256,
  submodulesOf,
  type Git,
  type Submodule,
  type WorkspaceFolders,
} from '../../platform/index.js';

/** Submodules within submodules beyond this stay empty. */
const DEEPEST = 8;

interface Parent {
  readonly tree: string;
  /** Path of the parent in the repository, with a slash at its end; empty for the repository itself. */
  readonly prefix: string;
  readonly gitDirs: readonly string[];
  readonly workTree: string | null;
  readonly url: string | undefined;
  readonly depth: number;
}

interface Bringing {
  readonly git: Git;
  /** Machines from which submodules may come. */
  readonly hosts: ReadonlySet<string>;
}

/** Whose submodules are brought. */
export interface BroughtSubmodules {
  /** The person's repository. */
  readonly repository: string;
  /** Commit of it. */
  readonly base: string;
  /** Machines that the person allows besides those of the remotes. Default: none. */
  readonly allowedHosts?: readonly string[] | undefined;
}

/**
 * Brings the commits of the submodules into the bare clone, those within submodules too: from the person's own `.git/modules`
 * without network, else from their addresses on the machines that the repository itself came from. Gives one sentence for each
 * that stays an empty folder, with the reason.
 */
export async function bringSubmodules(
  git: Git,
  { repository, base, allowedHosts = [] }: BroughtSubmodules,
): Promise<string[]> {
  if ((await git.resolve(`${base}:.gitmodules`)) === undefined) return [];
  const { git: own, commonDir } = await openUserRepository(repository);
  const { hosts, url } = await remoteAddresses(own);
  const parent = { tree: base, prefix: '', gitDirs: [commonDir], workTree: repository };
  return bringBelow(
    { git, hosts: new Set([...hosts, ...allowedHosts]) },
    { ...parent, url, depth: 0 },
  );
}

async function bringBelow(bringing: Bringing, parent: Parent): Promise<string[]> {
  const problems: string[] = [];
  for (const module of await submodulesOf(bringing.git, parent.tree)) {
    const path = `${parent.prefix}${module.path}`;
    const folders = localModuleFolders(module, parent);
    const url = module.url === null ? undefined : resolveModuleUrl(module.url, parent.url);
    const problem = await bringOne(bringing, module, { folders, url });
    if (problem !== undefined) problems.push(`submodule ${path} stays an empty folder: ${problem}`);
    else if (parent.depth < DEEPEST) {
      const below = { tree: module.commit, prefix: `${path}/`, gitDirs: folders, url };
      const workTree = parent.workTree === null ? null : join(parent.workTree, module.path);
      problems.push(
        ...(await bringBelow(bringing, { ...below, workTree, depth: parent.depth + 1 })),
      );
    }
  }
  return problems;
}

/** Undefined when the commit is there, else why it is not. */
async function bringOne(
  { git, hosts }: Bringing,
  { commit }: Submodule,
  from: { readonly folders: readonly string[]; readonly url: string | undefined },
): Promise<string | undefined> {
  const isThere = async (): Promise<boolean> =>
    (await git.resolve(`${commit}^{tree}`)) !== undefined;
  const fetchFrom = async (source: string): Promise<boolean> => {
    const [command = 'fetch', ...rest] = fetchArguments(source, [commit]);
    const answer = await git.run([command, '--update-shallow', ...rest], {
      accept: [1, 128],
      env: { GIT_SSH_COMMAND: 'ssh -oBatchMode=yes' },
    });
    return answer.exitCode === 0;
  };
  if (await isThere()) return undefined;
  for (const folder of from.folders) if (await fetchFrom(folder)) return undefined;
  const { url } = from;
  const advice = 'git submodule update --init --recursive brings it to your checkout';
  if (url === undefined) return `its commit is not in .git/modules (${advice})`;
  const host = hostOfUrl(url);
  if (host === undefined || !hosts.has(host))
    return `its commit is not in .git/modules, and ${host ?? 'its address'} is no host of this repository’s remotes (${advice})`;
  return (await fetchFrom(url)) ? undefined : `${host} did not send its commit (${advice})`;
}

/** How {@link layOutSubmodules} treats what does not belong to the submodule's commit. */
export interface SubmoduleLayout {
  /** True where nothing but the commit's files may stay; else what set-up made beside them does. */
  readonly removesOthers: boolean;
}

/**
 * Lays the files of the tree's submodules into their folders, as far as their commits are in the bare clone; what others made
 * of these files is undone. Git in the lane shows a submodule that is not initialised: none has a `.git` that could be planted.
 * Gives their folders, as git lists folders.
 */
export async function layOutSubmodules(
  lane: WorkspaceFolders,
  tree: string,
  layout: SubmoduleLayout,
): Promise<string[]> {
  // The tree's files lie there already: most repositories need no git for the answer.
  if (!existsSync(join(lane.root, '.gitmodules'))) return [];
  const git = createGit({ gitDir: lane.gitDir });
  if ((await git.resolve(`${tree}:.gitmodules`)) === undefined) return [];
  return layOutBelow(lane, { git, tree, prefix: '', depth: 0, layout });
}

interface LaidOutParent extends Pick<Parent, 'tree' | 'prefix' | 'depth'> {
  readonly git: Git;
  readonly layout: SubmoduleLayout;
}

async function layOutBelow(lane: WorkspaceFolders, parent: LaidOutParent): Promise<string[]> {
  const { git, depth, layout } = parent;
  const folders: string[] = [];
  for (const { path: inner, commit } of await submodulesOf(git, parent.tree)) {
    if ((await git.resolve(`${commit}^{tree}`)) === undefined) continue;
    const path = `${parent.prefix}${inner}`;
    noteEngineWrite(lane.root);
    const workTree = realFolder(lane.root, path);
    rmSync(join(workTree, '.git'), { recursive: true, force: true });
    const indexFile = join(lane.state, 'submodules', sha256(path).slice(0, 16));
    const own = createGit({ gitDir: lane.gitDir, workTree, indexFile });
    await mkdir(dirname(indexFile), { recursive: true });
    if (layout.removesOthers) await own.checkoutTree(commit, { removeIgnored: true });
    else await own.run(['read-tree', '--reset', '-u', commit]);
    folders.push(`${path}/`);
    if (depth < DEEPEST)
      await layOutBelow(lane, { git, tree: commit, prefix: `${path}/`, depth: depth + 1, layout });
  }
  return folders;
}

/** A folder of the lane; links that somebody put in its way are removed, so that nothing is written outside. */
function realFolder(root: string, path: string): string {
  let folder = root;
  for (const part of path.split('/')) {
    folder = join(folder, part);
    const facts = lstatSync(folder, { throwIfNoEntry: false });
    if (facts?.isDirectory() === true) continue;
    rmSync(folder, { force: true });
    mkdirSync(folder);
  }
  return folder;
}
