import { posix } from 'node:path';
import type { CommitFiles } from '../../platform/index.js';

/** One folder of the commit that a run starts from, as detection looks at it. */
export interface ProjectFolder {
  /** Relative to the repository, `.` for its top level. */
  readonly folder: string;
  /** Names of the files that lie directly in it. */
  readonly names: ReadonlySet<string>;
  /** Paths below it, relative to it. */
  readonly below: readonly string[];
  /** Text of a file of the folder; undefined when it is not there. */
  read(name: string): Promise<string | undefined>;
}

/** A folder of a commit. */
export function projectFolder(files: CommitFiles, folder: string): ProjectFolder {
  const normal = posix.normalize(folder);
  const prefix = normal === '.' ? '' : `${normal}/`;
  const below = files.paths
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length));
  return {
    folder: normal,
    below,
    names: new Set(below.filter((path) => !path.includes('/'))),
    read: (name) => files.read(`${prefix}${name}`),
  };
}

/** package.json as an object; undefined when there is none or it cannot be read. */
export async function readManifest(
  project: ProjectFolder,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = project.names.has('package.json') ? await project.read('package.json') : undefined;
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A Node package manager, and what it is called by. */
export type NodeRunner = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** The package manager of a folder: the one that package.json names, else the one whose lock file lies there. */
export function nodeRunner(
  project: ProjectFolder,
  manifest: Readonly<Record<string, unknown>> | undefined,
): NodeRunner | undefined {
  const named = manifest?.['packageManager'];
  const name = typeof named === 'string' ? (named.split('@')[0] ?? '') : '';
  if (name === 'npm' || name === 'pnpm' || name === 'yarn' || name === 'bun') return name;
  const { names } = project;
  if (names.has('pnpm-lock.yaml')) return 'pnpm';
  if (names.has('yarn.lock')) return 'yarn';
  if (names.has('bun.lock') || names.has('bun.lockb')) return 'bun';
  if (names.has('package-lock.json') || names.has('npm-shrinkwrap.json')) return 'npm';
  return undefined;
}
