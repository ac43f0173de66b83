import { chmod, lstat } from 'node:fs/promises';
import { join } from 'node:path';

/** How git names what it may not read, with the ends of the name. */
const COMPLAINTS = [
  ['open("', '"): Permission denied'],
  ["could not open directory '", "': Permission denied"],
] as const;
/** Names taken from one answer; git is asked again for the rest. */
const MOST_NAMES = 100;

/** Paths, relative to the files' root, that git complains it may not read. */
export function unreadableIn(stderr: string): string[] {
  const paths: string[] = [];
  for (const [opening, closing] of COMPLAINTS) {
    for (let from = 0; paths.length < MOST_NAMES;) {
      const start = stderr.indexOf(opening, from);
      const end = start < 0 ? -1 : stderr.indexOf(closing, start);
      if (end < 0) break;
      paths.push(stderr.slice(start + opening.length, end));
      from = end + closing.length;
    }
  }
  return paths;
}

/**
 * Lets the owner read what git complains about: commands of an agent may take the right away, and the files are ours. True
 * when something changed, so that git is worth asking again.
 */
export async function makeReadable(root: string | undefined, stderr: string): Promise<boolean> {
  let isChanged = false;
  for (const path of root === undefined ? [] : unreadableIn(stderr)) {
    if (await allowOwner(join(root ?? '', path))) isChanged = true;
  }
  return isChanged;
}

async function allowOwner(path: string): Promise<boolean> {
  try {
    const facts = await lstat(path);
    if (facts.isSymbolicLink()) return false;
    const wanted = facts.mode | (facts.isDirectory() ? 0o700 : 0o400);
    if (wanted === facts.mode) return false;
    await chmod(path, wanted & 0o7777);
    return true;
  } catch {
    // Gone, below a folder that may not be entered, or not ours: git's own word is the better one.
    return false;
  }
}
