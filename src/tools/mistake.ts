import { relative } from 'node:path';
import { visibleLine } from '../domain/index.js';

/** What the system says of a path or name that cannot be used, and what a model is told. */
const REASONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    E2BIG: 'the arguments are too long for a program',
    EACCES: 'permission denied',
    EBUSY: 'it is in use',
    EEXIST: 'it exists already',
    EFBIG: 'it is too large',
    EILSEQ: 'the name holds bytes that the file system refuses',
    EINVAL: 'the name or the kind of file cannot be used',
    EISDIR: 'it is a folder',
    ELOOP: 'symbolic links lead in a circle',
    ENAMETOOLONG: 'the name is too long',
    ENODEV: 'it is no ordinary file',
    ENOENT: 'no such file or folder',
    ENOTDIR: 'a part of it is a file, not a folder',
    ENOTEMPTY: 'the folder is not empty',
    ENXIO: 'it is no ordinary file',
    EOPNOTSUPP: 'it is no ordinary file',
    EPERM: 'the system does not allow it',
    EROFS: 'it is read-only',
    ETXTBSY: 'it is being executed',
  }),
);

/** True for a fault of the system that a path causes, and not the disk or the machine. */
export function isUnusablePath(error: unknown): boolean {
  return REASONS.has(codeOf(error));
}

/**
 * A sentence for the model about a fault that a path inside the workspace caused; undefined for faults of anything else, which
 * are infrastructure's. What a model may do wrong must never be tried again by the engine.
 */
export function describeMistake(error: unknown, root: string): string | undefined {
  const reason = REASONS.get(codeOf(error));
  if (reason === undefined || !(error instanceof Error)) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  if (path === undefined || !(path === root || path.startsWith(`${root}/`))) return undefined;
  return `${visibleLine(relative(root, path) || '.').slice(0, 300)}: ${reason}.`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
