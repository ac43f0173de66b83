import { loadedFiles } from '../started-programs.js';

/** A module on one side of a story, with the names of its functions. */
export interface ModuleText {
  readonly path: string;
  readonly text: string;
  readonly functions: readonly string[];
}

/** A module that a story removed, the one that is found in its place, and what else the story did. */
export interface MovedModule {
  readonly removed: ModuleText;
  readonly found: ModuleText;
  /** Other files of the product that the story added or changed; `before` is null where it added them. */
  readonly others: readonly { readonly before: ModuleText | null; readonly after: ModuleText }[];
}

/** Of the removed module this much has to be in the one that is found. */
const SHARE = 0.5;

/**
 * True when the story moved a module: what is found in its place is the old one, whoever loaded that loads this, and nothing of it went
 * elsewhere. Else the module that the product uses may be another than the one that tests find. Pure.
 */
export function isMoved({ removed, found, others }: MovedModule): boolean {
  if (!holds(found, removed)) return false;
  return others.every(({ before, after }) => {
    // by the old name the new place is found
    const isLoading = loads(after, found) || loads(after, removed);
    if (before !== null && loads(before, removed) && !isLoading) return false;
    return loads(found, after) || !gains(removed, { before, after });
  });
}

function holds(found: ModuleText, removed: ModuleText): boolean {
  const names = removed.functions.filter((name) => found.functions.includes(name));
  if (removed.functions.length > 0) return names.length >= SHARE * removed.functions.length;
  const lines = new Set(linesOf(found));
  const old = linesOf(removed);
  return old.filter((line) => lines.has(line)).length >= SHARE * old.length;
}

function linesOf({ text }: ModuleText): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function loads(one: ModuleText, other: ModuleText): boolean {
  return loadedFiles(one.path, one.text).includes(other.path);
}

/** A function of the removed module stands where it did not. */
function gains(
  removed: ModuleText,
  { before, after }: { readonly before: ModuleText | null; readonly after: ModuleText },
): boolean {
  return removed.functions.length === 0
    ? before === null && holds(after, removed)
    : removed.functions.some(
        (name) => after.functions.includes(name) && before?.functions.includes(name) !== true,
      );
}
