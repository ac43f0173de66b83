import {
  isMoved,
  isTestPath,
  languageOf,
  takenPlaces,
  type ModuleText,
  type SurfaceChange,
} from '../../domain/index.js';
import {
  createGit,
  findFunctions,
  type ChangedFile,
  type TreeDiff,
  type TreeEntry,
  type WorkspaceFolders,
} from '../../platform/index.js';
import { toModes } from './trial/definition-surface.js';
import { readTexts } from './trial/tree-files.js';

/** A story that touches more is looked at no closer. */
const FILES_LIMIT = 300;

/**
 * Modules that are found where the story removed another, but for those that it moved: tests that still pass may have been answered by another
 * file than before.
 */
export async function replacedModules(
  lane: WorkspaceFolders,
  { files }: TreeDiff,
  difference: readonly SurfaceChange[],
): Promise<string[]> {
  const places = takenPlaces(files.map(toModes));
  if (places.length === 0) return [];
  const paths = places.map(({ path }) => path);
  const product = files.filter(({ path }) => !isTestPath(path) && languageOf(path) !== undefined);
  const movesNames = difference.some(
    ({ path, kind }) => kind === 'resolution' && path.endsWith('package.json'),
  );
  if (movesNames || product.length > FILES_LIMIT) return paths;
  const read = await readModules(lane, product);
  const others = product.flatMap((file) => {
    const after = read(file.path, file.after);
    return after === undefined ? [] : [{ before: read(file.path, file.before) ?? null, after }];
  });
  const byPath = new Map(files.map((file) => [file.path, file]));
  return places
    .filter(({ path, removed }) => {
      const found = read(path, byPath.get(path)?.after ?? null);
      return !removed.every((name) => {
        const old = read(name, byPath.get(name)?.before ?? null);
        if (old === undefined || found === undefined) return false;
        const rest = others.filter(({ after }) => !paths.includes(after.path));
        return isMoved({ removed: old, found, others: rest });
      });
    })
    .map(({ path }) => path);
}

type ReadModule = (path: string, entry: TreeEntry | null) => ModuleText | undefined;

async function readModules(
  lane: WorkspaceFolders,
  files: readonly ChangedFile[],
): Promise<ReadModule> {
  const sides = files.flatMap(({ path, before, after }) =>
    [before, after].flatMap((entry) => (entry === null ? [] : [{ path, object: entry.object }])),
  );
  const git = createGit({ gitDir: lane.gitDir });
  const texts = await readTexts(
    git,
    sides.map(({ object }) => object),
  );
  const modules = new Map<string, ModuleText>();
  for (const { path, object } of sides) {
    const [text, language] = [texts.get(object), languageOf(path)];
    if (text === undefined || language === undefined) continue;
    const functions = (await findFunctions(language, text)).map(({ name }) => name);
    modules.set(`${object} ${path}`, { path, text, functions: [...new Set(functions)] });
  }
  return (path, entry) => (entry === null ? undefined : modules.get(`${entry.object} ${path}`));
}
