import { TOOL_ROWS } from '../tools/rows.js';
import { isGuardedManifest } from './manifest-rules.js';
import { isSearched } from './program-folders.js';
import { shadowsModule } from './shadows.js';
import type { SurfaceChange, SurfaceKind } from './surface-change.js';

/** One file that differs between two trees. Modes are git's; null = there is none. */
export interface FileChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What is known about the base, and what its checks did there. */
export interface BaseFacts {
  /** Files of the base. */
  readonly files: ReadonlySet<string>;
  /** Folders of the base, each with a slash at its end. */
  readonly folders: ReadonlySet<string>;
  /** Files that the checks name, directly or through recipes. */
  readonly scripts: ReadonlySet<string>;
  /** Those of them that may be the thing under test. Default: none. */
  readonly subjects?: ReadonlySet<string>;
  /** Those of them of which the story's own version is tried where the base's is not enough. Default: none. */
  readonly open?: ReadonlySet<string>;
  /** Files below the repository that the checks read on the base; empty = not known. */
  readonly reads: ReadonlySet<string>;
  /** Paths that they looked for there and did not find; empty = not known. */
  readonly misses: ReadonlySet<string>;
  /** Folders below the place of a process where it looks for programs. Default: none. */
  readonly searched?: readonly string[];
}

const LINK_MODE = '120000';
const EXECUTABLE_MODE = '100755';
const SOURCE_ENDING =
  /\.(?:[cm]?[jt]sx?|vue|svelte|py|pyi|go|rs|c|cc|cpp|cxx|h|hh|hpp|java|kt|scala|rb|php|cs|swift|dart|exs?|md|html|css|scss)$/;
/** Dot files and folders decide about tools, wherever they lie; these two are read by nothing that checks. */
const DOT_PATH = /(^|\/)\.(?!github\/|gitlab-ci\.yml$|editorconfig$|vscode\/|idea\/)[^/]/;
const CONFIGURATION =
  /(^|\/)[^/]+\.(?:config|conf|setup)\.[a-z]+$|\.(?:ini|cfg|mk|cmake|pth|toml)$|(^|\/)(?:manage|setup|noxfile|sitecustomize|usercustomize)\.py$|(^|\/)build\.rs$|(^|\/)codetether\.toml$|(^|\/)vendor\//;
/** Which versions are found decides what runs; never put back, because the manifests stay the story's. */
const LOCK_FILE =
  /(^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|Cargo\.lock|go\.sum|uv\.lock|poetry\.lock|pdm\.lock|Pipfile\.lock|requirements[^/]*\.txt|constraints[^/]*\.txt|composer\.lock|Gemfile(?:\.lock)?|gradle\.lockfile)$/;
const RUNNER_FOLDER = /(^|\/)(?:node_modules|venv|\.venv|site-packages)\//;

const TESTS = TOOL_ROWS.flatMap(({ tests = [] }) => tests);
const CONFIGURATIONS = TOOL_ROWS.flatMap(({ configuration = [] }) => configuration);
const ARTEFACTS = TOOL_ROWS.flatMap(({ artefacts = [] }) => artefacts);

/** True for tests, their helpers, snapshots and data, by the names that runners and people use. */
export function isTestPath(path: string): boolean {
  return TESTS.some((pattern) => pattern.test(path));
}

/** True for files that configure a check tool, a runtime or a recipe. */
export function isConfigurationPath(path: string): boolean {
  return (
    DOT_PATH.test(path) ||
    CONFIGURATION.test(path) ||
    CONFIGURATIONS.some((pattern) => pattern.test(path))
  );
}

/** True for caches and built files that tools believe without looking at the sources. */
export function isArtefactPath(path: string): boolean {
  return (
    !/(^|\/)gradle\/wrapper\//.test(path) &&
    (RUNNER_FOLDER.test(path) || ARTEFACTS.some((pattern) => pattern.test(path)))
  );
}

/** What of a story's changes belongs to the definition of its checks; the product's files are left out. Pure. */
export function surfaceOf(changes: readonly FileChange[], base: BaseFacts): SurfaceChange[] {
  // what the story removed cannot be shadowed: it was moved or renamed
  const removed = new Set(changes.filter(({ after }) => after === null).map(({ path }) => path));
  const remaining = new Set([...base.files].filter((path) => !removed.has(path)));
  return changes.flatMap((change) => {
    const kind = kindOf(change, { ...base, remaining });
    return kind === undefined ? [] : [{ path: change.path, kind, change: verbOf(change) }];
  });
}

function verbOf({ before, after }: FileChange): SurfaceChange['change'] {
  if (before === null) return 'added';
  return after === null ? 'removed' : 'changed';
}

/** Also the files of the base that the story did not remove. */
interface StoryFacts extends BaseFacts {
  readonly remaining: ReadonlySet<string>;
}

function kindOf(change: FileChange, base: StoryFacts): SurfaceKind | undefined {
  const { path, before, after } = change;
  if (after === LINK_MODE && before !== LINK_MODE) return 'link';
  const named = kindByName(change, base);
  if (named !== undefined) return named;
  if (before === null) return additionKind(change, base);
  if (after === EXECUTABLE_MODE && before !== EXECUTABLE_MODE) return 'executable';
  return base.reads.has(path) && !SOURCE_ENDING.test(path) ? 'data' : undefined;
}

/** What the path alone says; undefined = nothing. */
function kindByName(change: FileChange, base: BaseFacts): SurfaceKind | undefined {
  const { path } = change;
  if (isArtefactPath(path)) return isTracked(path, base) ? 'configuration' : 'artefact';
  if (isGuardedManifest(path)) return 'manifest';
  if (LOCK_FILE.test(path)) return 'resolution';
  if (isNewFolderOfTheProduct(change, base)) return undefined;
  if (isTestPath(path)) return 'test';
  if (isConfigurationPath(path)) return 'configuration';
  return base.scripts.has(path) ? 'script' : undefined;
}

/**
 * A folder that did not exist and whose name only sounds like tests, with files that do not: the base's check never looked there, so
 * that it is as good a product folder as any (`src/testing/clock.ts` of a testing library).
 */
function isNewFolderOfTheProduct({ path, before }: FileChange, base: BaseFacts): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (before !== null || isTestPath(name) || isConfigurationPath(path)) return false;
  if (!SOURCE_ENDING.test(name) || isLookedUp({ path }, base)) return false;
  const parts = path.split('/').slice(0, -1);
  const folders = parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
  // below a folder of tests that exists, a new folder is one of tests as well
  const outermost = folders.find(isTestPath);
  return outermost !== undefined && !base.folders.has(outermost);
}

function additionKind({ path, after }: FileChange, base: StoryFacts): SurfaceKind | undefined {
  if (shadowsModule(path, base.remaining)) return 'shadow';
  if (isLookedUp({ path }, base)) return 'looked-up';
  if (after !== EXECUTABLE_MODE) return undefined;
  return isSearched(path, base.searched ?? []) ? 'looked-up' : 'executable';
}

/** The base tracks files in the same folder of artefacts: there they are the project's own. */
function isTracked(path: string, { files }: BaseFacts): boolean {
  if (files.has(path)) return true;
  const folder = RUNNER_FOLDER.exec(path);
  if (folder === null) return false;
  const top = path.slice(0, folder.index + folder[0].length);
  for (const file of files) if (file.startsWith(top)) return true;
  return false;
}

/**
 * The check looked for the path, or for a folder that it lies in, and found nothing. A folder beside a source of the same name is no
 * such folder: `require('./add')` asks for `add` before it finds `add.js`.
 */
function isLookedUp({ path }: Pick<FileChange, 'path'>, { misses, files }: BaseFacts): boolean {
  if (misses.size === 0) return false;
  if (misses.has(path)) return true;
  const parts = path.split('/');
  return parts.slice(0, -1).some((_, index) => {
    const parent = parts.slice(0, index + 1).join('/');
    return misses.has(parent) && !STEM_ENDINGS.some((ending) => files.has(`${parent}${ending}`));
  });
}

const STEM_ENDINGS: readonly string[] = [
  '.js',
  '.cjs',
  '.mjs',
  '.jsx',
  '.ts',
  '.cts',
  '.mts',
  '.tsx',
  '.json',
  '.py',
];
