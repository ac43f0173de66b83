import { explainLeftOut, sortLeftOut, type LeftOut, type Proof } from '../../domain/index.js';
import { workspaceGit, type WorkspaceFolders } from '../../platform/index.js';
import type { RalphWork } from '../workspace/dependencies.js';
import { preparedRoots } from '../workspace/setup/prepare-dependencies.js';

/** What lies in a lane, was made by no set-up, and is in no tree because the repository ignores it; `dropped` are caches that nobody ignores. */
export async function findLeftOut(
  lane: WorkspaceFolders,
  dropped: readonly string[] = [],
): Promise<LeftOut | undefined> {
  const answer = await workspaceGit(lane).run(
    ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'],
    // A folder that nobody can read is left out as well.
    { accept: [1, 128] },
  );
  const prepared = new Set((await preparedRoots(lane)).map(withoutSlash));
  const paths = answer.stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '' && !isPrepared(prepared, withoutSlash(path)))
    .sort();
  // Of a folder with ignored files alone git names both; the inner one says more.
  const ignored = paths.filter((path, at) => paths[at + 1]?.startsWith(path) !== true);
  return sortLeftOut([...ignored, ...dropped]);
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function isPrepared(prepared: ReadonlySet<string>, path: string): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
    if (prepared.has(path.slice(0, end))) return true;
  return false;
}

/** The proof with what was left out, which the next attempt is told as well. */
export async function nameLeftOut(
  { dependencies }: RalphWork,
  proof: Proof,
  leftOut: LeftOut | undefined,
): Promise<Proof> {
  if (leftOut === undefined) return proof;
  if (proof.feedback === null) return { ...proof, leftOut };
  const text = await dependencies.blobs.getText(proof.feedback);
  const feedback = await dependencies.blobs.put(`${text}\n\n${explainLeftOut(leftOut)}`);
  return { ...proof, leftOut, feedback };
}
