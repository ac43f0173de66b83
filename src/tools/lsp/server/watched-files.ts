import { lstatSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Language } from './language-table.js';

/** Files that are watched at most; in a larger workspace servers hear only of files that are open. */
const MAX_FILES = 20_000;
const MAX_DEPTH = 40;
const MAX_ENTRIES = 200_000;
/** Looks in a row: about a millisecond. */
const AT_ONCE = 200;

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

/**
 * The marks of all files below `root` that matter to servers of the language. Asked one by one and at once, which costs less than
 * asking side by side; the worker does other things in between.
 */
export async function markFiles(root: string, language: Language): Promise<FileMarks> {
  const marks = new Map<string, string>();
  const open: OpenFolder[] = [{ path: root, depth: 0 }];
  let looked = 0;
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const entry of entriesOf(folder.path)) {
      looked += 1;
      if (looked % AT_ONCE === 0) await nextTurn();
      const path = join(folder.path, entry.name);
      const isWanted = entry.isFile() && matters(entry.name, language);
      const mark = isWanted ? markOf(path) : undefined;
      if (mark !== undefined) marks.set(path, mark);
      if (entry.isDirectory() && isEntered(entry.name, folder.depth))
        open.push({ path, depth: folder.depth + 1 });
    }
    if (marks.size >= MAX_FILES || looked >= MAX_ENTRIES) break;
  }
  return marks;
}

interface OpenFolder {
  readonly path: string;
  readonly depth: number;
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

function isEntered(name: string, depth: number): boolean {
  return depth < MAX_DEPTH && !name.startsWith('.') && !SKIPPED.has(name);
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Gone, or not ours to read: nobody needs to hear of what is in it.
    return [];
  }
}

function matters(name: string, { endings, settings }: Language): boolean {
  return extname(name).toLowerCase() in endings || settings.includes(name);
}

function markOf(path: string): string | undefined {
  try {
    const { ctimeMs, size, ino } = lstatSync(path);
    return `${ctimeMs}:${size}:${ino}`;
  } catch {
    return undefined;
  }
}
