import { isAbsolute } from 'node:path';
import { visibleLine } from '../domain/index.js';
import { resolveInside } from '../platform/index.js';
import type { ServeDesk } from './desk.js';

const GLOB = /[*?[{]/;
/** A part of a pattern that leads to the folder above, also as a choice in braces. */
const ABOVE = /(?:^|[/{,])\.\.(?:[/},]|$)/;

/**
 * Why a path of a client is not given to a command, in a sentence; undefined for one in the served folder that is shown there. Of a
 * pattern its fixed beginning is looked at.
 */
export async function whyNotServed(
  { folder }: Pick<ServeDesk, 'folder'>,
  path: string,
): Promise<string | undefined> {
  const name = visibleLine(path).slice(0, 300);
  if (isAbsolute(path)) return `${name}: give a path relative to the served folder.`;
  if (ABOVE.test(path)) return `${name}: leads out of the served folder.`;
  const view = { root: folder, workdir: '.', isView: true as const };
  const parts = path.split('/');
  const fixed = parts.findIndex((part) => GLOB.test(part));
  // A name may hold such characters and be no pattern: as a whole it is looked at as well.
  for (const wanted of fixed < 0 ? [path] : [path, parts.slice(0, fixed).join('/') || '.']) {
    const answer = await resolveInside(view, wanted, 'read');
    if (!answer.isInside) return `${visibleLine(answer.reason).slice(0, 600)}.`;
  }
  return undefined;
}
