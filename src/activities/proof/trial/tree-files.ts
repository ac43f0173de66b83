import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createGit,
  objectSizes,
  readObjects,
  type Git,
  type TreeEntry,
  type WorkspaceFolders,
} from '../../../platform/index.js';
import { substitute, type Substitution } from '../story-tree.js';

/** A larger file is no source and no test that anybody wrote. */
const LARGEST_TEXT = 256 * 1024;

/** One file of a tree. */
export interface TreeFile extends TreeEntry {
  readonly path: string;
  readonly rawPath: Buffer;
}

/** Every file of a tree or commit, by path. */
export async function listFiles(git: Git, tree: string): Promise<ReadonlyMap<string, TreeFile>> {
  const answer = await git.run(['ls-tree', '-r', '-z', '--full-tree', tree]);
  const files = new Map<string, TreeFile>();
  for (let offset = 0; offset < answer.stdout.length;) {
    const end = answer.stdout.indexOf(0, offset);
    const line = answer.stdout.subarray(offset, end < 0 ? undefined : end);
    offset = end < 0 ? answer.stdout.length : end + 1;
    const tab = line.indexOf(9);
    const [mode, , object] = line.subarray(0, tab).toString('latin1').split(' ');
    if (mode === undefined || object === undefined) continue;
    const rawPath = line.subarray(tab + 1);
    files.set(rawPath.toString('utf8'), { path: rawPath.toString('utf8'), rawPath, mode, object });
  }
  return files;
}

/** Texts of objects by their ids, one process for all; binary and large ones are left out. */
export async function readTexts(
  git: Git,
  objects: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const wanted = [...new Set(objects)];
  if (wanted.length === 0) return texts;
  const sizes = await objectSizes(git, wanted);
  const small = [...sizes].filter(([, size]) => size <= LARGEST_TEXT).map(([object]) => object);
  for (const [object, body] of await readObjects(git, small))
    if (!body.includes(0)) texts.set(object, body.toString('utf8'));
  return texts;
}

/** A file of a tree with other text; the mode stays. */
export interface Rewrite {
  readonly file: Pick<TreeFile, 'rawPath' | 'mode'>;
  readonly text: string;
}

/** The tree with these files written anew. */
export async function rewrite(
  lane: WorkspaceFolders,
  tree: string,
  rewrites: readonly Rewrite[],
): Promise<string> {
  const objects = await writeTexts(
    lane,
    rewrites.map(({ text }) => text),
  );
  const substitutions = rewrites.flatMap(({ file }, index): Substitution[] => {
    const object = objects[index];
    return object === undefined ? [] : [{ file, entry: { mode: file.mode, object } }];
  });
  return substitute(lane, tree, substitutions);
}

/** Stores texts as objects, one process for all; gives their ids in the same order. */
export async function writeTexts(
  lane: WorkspaceFolders,
  texts: readonly string[],
): Promise<string[]> {
  if (texts.length === 0) return [];
  await mkdir(lane.state, { recursive: true });
  const folder = await mkdtemp(join(lane.state, 'texts-'));
  try {
    const paths = texts.map((_, index) => join(folder, String(index)));
    await Promise.all(texts.map((text, index) => writeFile(paths[index] ?? folder, text)));
    const git = createGit({ gitDir: lane.gitDir });
    const answer = await git.run(['hash-object', '-w', '--no-filters', '--stdin-paths'], {
      stdin: `${paths.join('\n')}\n`,
    });
    return answer.stdout.toString('latin1').trim().split('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
