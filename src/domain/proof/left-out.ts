import { z } from 'zod';
import { visibleLine } from '../text/visible.js';

/** Files of an agent's lane that no commit and no proof has, because the repository ignores them. */
export const leftOutSchema = z.object({
  /** Relative to the repository; a folder that is left out whole ends with a slash. */
  files: z.array(z.string()),
  /** How many more there are. */
  more: z.number().int().nonnegative().default(0),
  /** Folders that tools fill by themselves, by name, with how many there are. */
  caches: z.record(z.string(), z.number().int().positive()).default({}),
});

/** See {@link leftOutSchema}. */
export type LeftOut = z.infer<typeof leftOutSchema>;

const MOST_FILES = 40;
const MOST_CACHES = 20;

/** Names of what package managers, compilers and test programs keep for themselves. */
const CACHE_NAME =
  /^(node_modules|bower_components|target|__pycache__|\.?venv|\.(pytest|mypy|ruff|parcel|zig)[-_]cache|\.(cache|tox|nox|gradle|next|nuxt|turbo|vite|angular|svelte-kit|dart_tool|bundle|terraform|eggs|nyc_output|stack-work|hypothesis|ipynb_checkpoints|DS_Store)|.+\.(egg-info|pyc|tsbuildinfo)|Pods|DerivedData|coverage)$/;

/** True for a path inside a folder that a tool fills by itself, or a file of that kind. */
export function isCacheName(path: string): boolean {
  return path.split('/').some((part) => CACHE_NAME.test(part));
}

/** Sorts paths that git ignores, as it lists them: files and folders by name, caches summed up; undefined when there are none. */
export function sortLeftOut(paths: readonly string[]): LeftOut | undefined {
  if (paths.length === 0) return undefined;
  const files: string[] = [];
  const caches = new Map<string, number>();
  for (const path of paths) {
    const cache = path.split('/').find((part) => CACHE_NAME.test(part));
    if (cache === undefined) files.push(path);
    else {
      const name = /\.[a-z-]+$/.exec(cache)?.[0] ?? cache;
      const kind = cache.startsWith('.') || !name.startsWith('.') ? cache : `*${name}`;
      caches.set(kind, (caches.get(kind) ?? 0) + 1);
    }
  }
  const shown = files.sort().slice(0, MOST_FILES);
  return {
    files: shown,
    more: files.length - shown.length,
    caches: Object.fromEntries([...caches].slice(0, MOST_CACHES)),
  };
}

/** The files by name and the caches by number, in one line. */
export function listLeftOut({ files, more, caches }: LeftOut): string {
  const names = files.map((path) => visibleLine(path));
  const rest = more > 0 ? [`${more} more`] : [];
  const kept = Object.entries(caches).map(([name, count]) =>
    count === 1 ? visibleLine(name) : `${count} x ${visibleLine(name)}`,
  );
  return [...names, ...rest, ...kept].join(', ');
}

/** What the next attempt is told about them. */
export function explainLeftOut(leftOut: LeftOut): string {
  return `The repository ignores these files of your folder (.gitignore or the person's own excludes), so they are in no commit, and the checks run without them: ${listLeftOut(leftOut)}. If a check needs one of them, let a script, the set-up or the check itself make it, or change .gitignore if it belongs into the repository.`;
}
