import { lstat, readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Language } from './language-table.js';

/** Files that are watched at most; in a larger workspace servers hear only of files that are open. */
const MAX_FILES = 20_000;
const MAX_DEPTH = 40;
const AT_ONCE = 64;

/** Folders of packages, of what is built, and of tools: servers look into them by themselves, if at all. */
const SKIPPED = new Set(['node_modules', 'target', '__pycache__', 'venv']);

/** Kinds of changes as the protocol numbers them. */
export const CHANGE = { created: 1, changed: 2, deleted: 3 } as const;

/** A file that something else than the server's client changed. */
export interface FileEvent {
  /** Absolute. */
  readonly path: string;
  readonly type: (typeof CHANGE)[keyof typeof CHANGE];
}

/** What tells versions of files apart, by absolute path: size, place on the disk, and when it was last changed. */
export type FileMarks = ReadonlyMap<string, string>;

/** The marks of all files below `root` that matter to servers of the language. */
export async function markFiles(root: string, language: Language): Promise<FileMarks> {
  const paths: string[] = [];
  await collect(root, { language, paths }, MAX_DEPTH);
  const marks = new Map<string, string>();
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const part = paths.slice(at, at + AT_ONCE);
    const found = await Promise.all(part.map(markOf));
    for (const [index, mark] of found.entries()) {
      const path = part[index];
      if (path !== undefined && mark !== undefined) marks.set(path, mark);
    }
  }
  return marks;
}

/** What changed between two looks. */
export function eventsBetween(before: FileMarks, after: FileMarks): FileEvent[] {
  const events: FileEvent[] = [];
  for (const [path, mark] of after) {
    const known = before.get(path);
    if (known === undefined) events.push({ path, type: CHANGE.created });
    else if (known !== mark) events.push({ path, type: CHANGE.changed });
  }
  for (const path of before.keys())
    if (!after.has(path)) events.push({ path, type: CHANGE.deleted });
  return events;
}

interface Collection {
  readonly language: Language;
  readonly paths: string[];
}

async function collect(folder: string, into: Collection, depth: number): Promise<void> {
  if (depth === 0 || into.paths.length >= MAX_FILES) return;
  const folders: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && !SKIPPED.has(entry.name)) folders.push(path);
    } else if (entry.isFile() && matters(entry.name, into.language)) into.paths.push(path);
    if (into.paths.length >= MAX_FILES) return;
  }
  for (const path of folders) await collect(path, into, depth - 1);
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    // Gone, or not ours to read: nobody needs to hear of what is in it.
    return [];
  }
}

function matters(name: string, { endings, settings }: Language): boolean {
  return extname(name).toLowerCase() in endings || settings.includes(name);
}

async function markOf(path: string): Promise<string | undefined> {
  try {
    const { ctimeMs, size, ino } = await lstat(path);
    return `${ctimeMs}:${size}:${ino}`;
  } catch {
    return undefined;
  }
}
