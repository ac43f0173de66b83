import type { TreeDiff } from '../../platform/index.js';

const SHOWN = 20;

/** Changed files that lie outside the given files and folders; none when there is no limit. */
export function changesOutside(diff: TreeDiff, paths: readonly string[] | undefined): string[] {
  if (paths === undefined) return [];
  const isInside = (path: string): boolean =>
    paths.some((allowed) => path === allowed || path.startsWith(`${allowed}/`));
  return diff.files.map((file) => file.path).filter((path) => !isInside(path));
}

/** What the next attempt is told about them. */
export function describeStrays(strays: readonly string[], paths: readonly string[]): string {
  const more = strays.length > SHOWN ? `, … ${strays.length} in all` : '';
  return `You changed files outside paths: ${strays.slice(0, SHOWN).join(', ')}${more}. This run may only change ${paths.join(', ')}. Leave every other file as it was.`;
}
