import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InfrastructureError } from '../../domain/index.js';
import { runGitProcess } from './git-process.js';
import { personalExcludesFile } from './personal-excludes.js';

/** A path as one repository knows it. */
interface Place {
  /** The folder where that repository is asked, relative to the whole; `''` = the whole. */
  readonly folder: string;
  readonly path: string;
}

const HERE = '.';
/** So that a name with a colon at its beginning is no magic of git's. */
const PREFIX = './';

/**
 * Which of `paths` (relative to `root`, with `/`) git ignores and does not track, by every repository that they lie in: the one of `root`
 * and those below it. None where there is no repository. What a repository that cannot be asked has is taken for ignored.
 */
export async function ignoredPaths(
  root: string,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const repositories = new Map<string, boolean>();
  const isRepository = (folder: string): boolean => {
    const known = repositories.get(folder) ?? existsSync(join(root, folder, '.git'));
    repositories.set(folder, known);
    return known;
  };
  const places = new Map(paths.map((path) => [path, placesOf(path, isRepository)]));
  const asked = new Map<string, Set<string>>();
  for (const { folder, path } of [...places.values()].flat())
    asked.set(folder, (asked.get(folder) ?? new Set()).add(path));
  const ignored = new Map<string, ReadonlySet<string>>();
  for (const [folder, wanted] of asked)
    ignored.set(folder, await ignoredBy(join(root, folder), [...wanted]));
  return new Set(
    paths.filter((path) =>
      places.get(path)?.some((place) => ignored.get(place.folder)?.has(place.path) === true),
    ),
  );
}

/** A path, and each repository on the way to it as the one around it sees that. */
function placesOf(path: string, isRepository: (folder: string) => boolean): Place[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const places: Place[] = [];
  let folder = '';
  let begin = 0;
  for (let end = 1; end < parts.length; end += 1) {
    const inner = parts.slice(0, end).join('/');
    if (!isRepository(inner)) continue;
    places.push({ folder, path: parts.slice(begin, end).join('/') });
    folder = inner;
    begin = end;
  }
  const rest = parts.slice(begin).join('/');
  return rest === '' ? places : [...places, { folder, path: rest }];
}

/** Where people's own patterns are, by folder: a name that hardly ever changes, for which git is asked several times. */
const excludesFiles = new Map<string, string>();
const MOST_KEPT = 100;

async function excludesFileOf(folder: string): Promise<string> {
  const known = excludesFiles.get(folder);
  if (known !== undefined) return known;
  const file = await personalExcludesFile(folder);
  if (excludesFiles.size >= MOST_KEPT) excludesFiles.clear();
  excludesFiles.set(folder, file);
  return file;
}

async function ignoredBy(folder: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  try {
    const inside = await runGitProcess({
      args: ['rev-parse', '--show-prefix'],
      env: {},
      cwd: folder,
      accept: [128],
    });
    if (inside.exitCode === 128 && /not a git repository/i.test(inside.stderr)) return new Set();
    const answer = await runGitProcess({
      args: ['check-ignore', '-z', '--stdin'],
      env: {},
      cwd: folder,
      stdin: [HERE, ...paths].map((path) => `${PREFIX}${path}\0`).join(''),
      accept: [1],
      settings: [`core.excludesFile=${await excludesFileOf(folder)}`],
    });
    const ignored = new Set(
      answer.stdout
        .toString('utf8')
        .split('\0')
        .map((path) => path.slice(PREFIX.length)),
    );
    // who stands in a folder that is ignored as a whole means what is in it; a whole repository is no such folder
    const isBelow = inside.stdout.toString('utf8').trim() !== '';
    return isBelow && ignored.has(HERE) ? new Set() : ignored;
  } catch (error) {
    if (error instanceof InfrastructureError && error.code === 'ERR_GIT_FAILED')
      return new Set(paths);
    throw error;
  }
}
