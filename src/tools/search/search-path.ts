import { relative, join } from 'node:path';
import { stat } from 'node:fs/promises';
import { pathTest } from '../../domain/index.js';
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
  const { relative: start } = answer.path;
  if (start !== '.' && start !== '' && isHiddenBy(context)(start))
    return { isUsable: false, reason: `${wanted}: rules of a person keep it out of searches.` };
  return { isUsable: true, path: start };
}

/** A root-relative path as the model writes it: relative to the working folder. */
export function fromWorkdir(context: ToolContext, path: string): string {
  const { root, workdir } = context.workspace;
  return relative(join(root, workdir), join(root, path)) || '.';
}

/** Paths as ripgrep wrote them, without what the workspace does not show and what rules of people hide. */
export async function shownPaths(
  context: ToolContext,
  paths: readonly string[],
): Promise<readonly string[]> {
  const plain = (path: string): string => path.replace(/^\.\//, '');
  const isHidden = isHiddenBy(context);
  const left = paths.filter((path) => !isHidden(plain(path)));
  const hidden = await hiddenPaths(context.workspace, left.map(plain));
  return hidden.size === 0 ? left : left.filter((path) => !hidden.has(plain(path)));
}

/** ripgrep leaves hidden globs out of folders that it walks, by rules of its own, and never the file that it is given. */
function isHiddenBy({ hiddenGlobs = [] }: ToolContext): (path: string) => boolean {
  const tests = hiddenGlobs.map(pathTest);
  return (path) => tests.some((isHidden) => isHidden(path));
}
