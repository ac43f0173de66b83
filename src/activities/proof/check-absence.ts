import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { checkWord, type CheckTree, type CheckWord, type Evidence } from '../../domain/index.js';
import {
  isNotFound,
  readBounded,
  resolveInside,
  workspaceGit,
  type WorkspaceFolders,
} from '../../platform/index.js';

/** A recipe file or manifest beyond this is not read, so that what it is asked for counts as there. */
const LARGEST_FILE = 1024 * 1024;

/** Says whether checks exist in the files of a proof lane. */
export interface AbsenceJudge {
  /** Looks at the lane as it is now: the tree, and what set-up laid beside it. */
  look(): Promise<void>;
  /** What the files say about a check. */
  ask(command: string): Promise<CheckWord>;
  /** What it means that the check is absent. */
  kindOf(command: string): NonNullable<Evidence['absence']>['kind'];
}

/** A judge of one tree; `existing` = command lines of checks that existed before, undefined = all. */
export function createAbsenceJudge(
  lane: WorkspaceFolders,
  { tree, existing }: { readonly tree: string; readonly existing: readonly string[] | undefined },
): AbsenceJudge {
  let files: CheckTree = { paths: new Set(), read: () => Promise.resolve(undefined) };
  return {
    async look() {
      files = await filesOf(lane, tree);
    },
    ask: (command) => checkWord(command, files, lane.workdir),
    kindOf: (command) =>
      existing === undefined || existing.includes(command) ? 'gone' : 'not-yet',
  };
}

async function filesOf(lane: WorkspaceFolders, tree: string): Promise<CheckTree> {
  const git = workspaceGit(lane);
  const listing = await git.run(['ls-tree', '-r', '-z', '--full-tree', '--name-only', tree]);
  const tracked = listing.stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
  const paths = new Set([...tracked, ...(await besideTheTree(lane))]);
  return { paths, read: (path) => readFile(lane, path) };
}

/** Files at the top and in the folders down to where checks run: a set-up may write a recipe file that git ignores. */
async function besideTheTree(lane: WorkspaceFolders): Promise<string[]> {
  const found: string[] = [];
  for (const folder of foldersDownTo(lane.workdir)) {
    const answer = await resolveInside({ ...lane, workdir: '.' }, folder, 'read');
    if (!answer.isInside) continue;
    const entries = await readdir(answer.path.absolute, { withFileTypes: true }).catch(
      (error: unknown) => {
        if (isNotFound(error)) return [];
        throw error;
      },
    );
    for (const entry of entries)
      if (entry.isFile()) found.push(posix.normalize(posix.join(folder, entry.name)));
  }
  return found;
}

function foldersDownTo(workdir: string): string[] {
  const folders = ['.'];
  for (const part of posix.normalize(workdir).split('/'))
    if (part !== '.' && part !== '') folders.push(posix.join(folders.at(-1) ?? '.', part));
  return folders;
}

async function readFile(lane: WorkspaceFolders, path: string): Promise<string | undefined> {
  const answer = await resolveInside({ ...lane, workdir: '.' }, path, 'read');
  if (!answer.isInside) return undefined;
  return readBounded(answer.path.absolute, LARGEST_FILE).catch(() => undefined);
}
