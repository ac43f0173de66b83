import type { FieldPath } from '../prd.js';
import { isFields, type Fields } from './keys.js';
import { progressOf, saysProgress } from './progress.js';

/** Levels that are searched; a document of a person has no more. */
const DEPTH = 6;
const NAME_KEYS = ['title', 'name', 'description', 'task', 'summary', 'content'];

/**
 * What a document says about work outside the lists that are `taken`: lists whose entries have a name and a flag or status,
 * and open entries of groups that hold no list of their own. For notes, so that nothing is dropped without a word.
 */
export function unreadItems(value: unknown, taken: readonly FieldPath[]): FieldPath[] {
  const above = taken.flatMap((path) => path.map((_, length) => spelled(path.slice(0, length))));
  return search(value, { path: [], taken: new Set(taken.map(spelled)), above: new Set(above) });
}

interface Place {
  readonly path: FieldPath;
  /** Paths of the lists that are read or named already. */
  readonly taken: ReadonlySet<string>;
  /** Paths of everything that such a list stands in. */
  readonly above: ReadonlySet<string>;
}

function search(value: unknown, place: Place): FieldPath[] {
  const { path } = place;
  const own = spelled(path);
  if (path.length > DEPTH || place.taken.has(own)) return [];
  if (!Array.isArray(value))
    return isFields(value)
      ? Object.entries(value).flatMap(([key, inner]) =>
          typeof inner === 'object' ? search(inner, { ...place, path: [...path, key] }) : [],
        )
      : [];
  if (!place.above.has(own)) return value.some(isItem) ? [path] : [];
  return value.flatMap((entry: unknown, index) => {
    const at = [...path, index];
    if (place.above.has(spelled(at))) return search(entry, { ...place, path: at });
    return isItem(entry) && isOpen(entry) ? [at] : [];
  });
}

/** One unambiguous text for a path. */
function spelled(path: FieldPath): string {
  return path.map((part) => `${JSON.stringify(part)}/`).join('');
}

function isItem(entry: unknown): entry is Fields {
  return (
    isFields(entry) &&
    NAME_KEYS.some((key) => typeof entry[key] === 'string') &&
    saysProgress(entry)
  );
}

function isOpen(entry: Fields): boolean {
  const { isDone, leftOutBy } = progressOf(entry);
  return !isDone && leftOutBy === null;
}
