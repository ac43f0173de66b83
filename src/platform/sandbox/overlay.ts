import { z } from 'zod';
import { findExecutable } from '../process/find-executable.js';

/** A mount's options have one page; some of it is for the rest of them. */
const OPTIONS_LIMIT = 3500;

/**
 * A folder that a command sees as the union of others, while those stay as they are. All paths are absolute. `upper` takes what
 * is written; it and `work` lie on one file system and belong to this view alone. Without them the view is read-only, and has
 * two lower folders at least.
 */
export const overlayViewSchema = z
  .object({
    /** Where the command finds it: a folder that exists, inside what it may read or write. */
    at: z.string(),
    /** Topmost first. */
    lower: z.array(z.string()).readonly(),
    upper: z.string().optional(),
    work: z.string().optional(),
  })
  .readonly();

/** See {@link overlayViewSchema}. */
export type OverlayView = z.infer<typeof overlayViewSchema>;

/** The folders that a view is made of. */
export function foldersOf({ lower, upper, work }: OverlayView): string[] {
  return [...lower, upper, work].filter((path) => path !== undefined);
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** False for views whose paths mount options cannot hold. */
export function isMountable(views: readonly OverlayView[]): boolean {
  return views.every((view) => {
    const paths = foldersOf(view);
    const hasSeparator = [...paths, view.at].some((path) => /[:,\\"\n]/.test(path));
    return !hasSeparator && paths.join().length < OPTIONS_LIMIT;
  });
}

/**
 * Shell commands that mount views; `inUserNamespace` = without the rights of the real root. The program is named by its path:
 * the PATH of a command may begin in a lane.
 */
export function mountCommands(views: readonly OverlayView[], inUserNamespace: boolean): string[] {
  const mount = quote(findExecutable('mount') ?? '/bin/mount');
  return views.map(({ at, lower, upper, work }) => {
    const written =
      upper === undefined || work === undefined ? [] : [`upperdir=${upper}`, `workdir=${work}`];
    const options = [
      `lowerdir=${lower.join(':')}`,
      ...written,
      ...(inUserNamespace ? ['userxattr'] : []),
    ].join();
    return `${mount} -t overlay -o ${quote(options)} overlay ${quote(at)}`;
  });
}

/**
 * Arguments in front of a program that start it where the views are mounted. An ordinary user becomes root of a user
 * namespace for that; the program has to go back to its own id by itself.
 */
export function overlayArguments(views: readonly OverlayView[], unshare: string): string[] {
  if (views.length === 0) return [];
  const isRoot = process.getuid?.() === 0;
  const spaces = [...(isRoot ? [] : ['--user', '--map-root-user']), '--mount'];
  const script = [...mountCommands(views, !isRoot), 'exec "$@"'].join('\n');
  return [
    unshare,
    ...spaces,
    '--propagation',
    'private',
    '--',
    '/bin/sh',
    '-ec',
    script,
    'overlay',
  ];
}
