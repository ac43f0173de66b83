import { relative, join } from 'node:path';
import { stat } from 'node:fs/promises';
import { hiddenPaths, isNotFound, resolveInside } from '../../platform/index.js';
import type { ToolContext } from '../tool.js';

/** Where a search begins, relative to the workspace's root, or why it cannot. */
export type SearchPath =
  | { readonly isUsable: true; readonly path: string }
  | { readonly isUsable: false; readonly reason: string };

/** Resolves the path argument of a search; absent means the working folder. */
export async function resolveSearchPath(
  context: ToolContext,
  path: string | undefined,
): Promise<SearchPath> {
  const wanted = path === undefined || path === '' ? '.' : path;
  const answer = await resolveInside(context.workspace, wanted, 'read');
  if (!answer.isInside) return { isUsable: false, reason: answer.reason };
  try {
    const facts = await stat(answer.path.absolute);
    if (!facts.isFile() && !facts.isDirectory())
      return { isUsable: false, reason: `${wanted}: neither a file nor a folder.` };
  } catch (error) {
    if (isNotFound(error)) return { isUsable: false, reason: `${wanted}: no such file or folder.` };
    throw error;
  }
  return { isUsable: true, path: answer.path.relative };
}

/** A root-relative path as the model writes it: relative to the working folder. */
export function fromWorkdir(context: ToolContext, path: string): string {
  const { root, workdir } = context.workspace;
  return relative(join(root, workdir), join(root, path)) || '.';
}

/** Paths as ripgrep wrote them, without what the workspace does not show. */
export async function shownPaths(
  { workspace }: ToolContext,
  paths: readonly string[],
): Promise<readonly string[]> {
  const plain = (path: string): string => path.replace(/^\.\//, '');
  const hidden = await hiddenPaths(workspace, paths.map(plain));
  return hidden.size === 0 ? paths : paths.filter((path) => !hidden.has(plain(path)));
}
