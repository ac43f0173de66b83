import { lstat, readdir, readlink } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { z } from 'zod';
import { hiddenPaths, resolveInside } from '../../platform/index.js';
import { closestNames } from '../closest-name.js';
import { defineTool, toolError, type ToolOutput } from '../tool.js';

const MAX_ENTRIES = 500;

/** Lists one folder. */
export const listDirTool = defineTool({
  name: 'list_dir',
  aliases: ['list', 'ls'],
  description: 'List one folder, hidden entries included; folders end with /.',
  parameters: z.object({ path: z.string().optional() }),
  execution: 'local',
  access: 'read',
  subjects: ({ path }) => [path ?? '.'],
  title: (input) => `list_dir: ${input.path ?? '.'}`,
  async execute(input, context): Promise<ToolOutput> {
    const path = input.path === undefined || input.path === '' ? '.' : input.path;
    const answer = await resolveInside(context.workspace, path, 'read');
    if (!answer.isInside) return toolError(answer.reason);
    let entries: Dirent[];
    try {
      entries = await readdir(answer.path.absolute, { withFileTypes: true });
    } catch (error) {
      return readFailure(error, path, answer.path.absolute);
    }
    const pathOf = ({ name }: Dirent): string => posix.join(answer.path.relative, name);
    const hidden = await hiddenPaths(context.workspace, entries.map(pathOf));
    const visible = entries
      .filter((entry) => entry.name !== '.git' && !hidden.has(pathOf(entry)))
      .toSorted((left, right) => compareNames(left, right));
    if (visible.length === 0) return { text: `(${path} is empty)`, isError: false };
    const lines = await Promise.all(
      visible.slice(0, MAX_ENTRIES).map((entry) => describeEntry(answer.path.absolute, entry)),
    );
    if (visible.length > MAX_ENTRIES)
      lines.push(`(${MAX_ENTRIES} of ${visible.length} entries; use glob for the rest)`);
    return {
      text: lines.join('\n'),
      isError: false,
      progress: [`list:${answer.path.relative}:${visible.length}`],
    };
  },
});

/** Folders first, then by code unit, so that the same folder always reads the same. */
function compareNames(left: Dirent, right: Dirent): number {
  if (left.isDirectory() !== right.isDirectory()) return left.isDirectory() ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}

/** A name with line breaks or other controls in quotes, so that one entry stays one line. */
function shownName(name: string): string {
  return /\p{Cc}/u.test(name) ? JSON.stringify(name) : name;
}

async function describeEntry(folder: string, entry: Dirent): Promise<string> {
  const name = shownName(entry.name);
  if (entry.isDirectory()) return `${name}/`;
  const path = join(folder, entry.name);
  try {
    if (entry.isSymbolicLink()) return `${name} -> ${await readlink(path)}`;
    return `${name} (${(await lstat(path)).size} bytes)`;
  } catch {
    // Gone since the folder was read: a name is still true enough.
    return name;
  }
}

async function readFailure(error: unknown, path: string, absolute: string): Promise<ToolOutput> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOTDIR') return toolError(`${path}: a file; use read_file.`);
  if (code === 'EACCES') return toolError(`${path}: permission denied.`);
  if (code !== 'ENOENT') throw error;
  let siblings: string[] = [];
  try {
    siblings = closestNames(basename(absolute), await readdir(dirname(absolute)));
  } catch {
    // The parent does not exist either: no suggestion.
  }
  return toolError(
    `${path}: no such folder.${siblings.length === 0 ? '' : ` Did you mean ${siblings.join(', ')}?`}`,
  );
}
