import { posix } from 'node:path';
import { jsonFields } from '../../domain/index.js';
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
  return jsonFields(
    project.names.has('package.json') ? await project.read('package.json') : undefined,
  );
}

/** A Node package manager, and what it is called by. */
export type NodeRunner = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** Lock files and whose they are; where several lie together, the first counts. */
const NODE_LOCKS: readonly (readonly [file: string, runner: NodeRunner])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
];

/** The package manager of a folder: the one that package.json names, else the one whose lock file lies there. */
export function nodeRunner(
  project: ProjectFolder,
  manifest: Readonly<Record<string, unknown>> | undefined,
): NodeRunner | undefined {
  const named = manifest?.['packageManager'];
  const name = typeof named === 'string' ? named.split('@')[0] : undefined;
  const known = NODE_LOCKS.find(([, runner]) => runner === name);
  return (known ?? NODE_LOCKS.find(([file]) => project.names.has(file)))?.[1];
}
