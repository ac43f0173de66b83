import { fieldOf, fieldsOf, isFields, type Fields } from './keys.js';

/** The names that the formats have for the ids of the stories that come first, as plain keys. */
export const DEPENDENCY_KEYS = [
  'dependson',
  'dependencies',
  'blockedby',
  'dependency',
  'prerequisites',
  'deps',
];
const ID_KEYS = ['dependsonid', 'id', 'taskid', 'storyid', 'task', 'story', 'ref', 'key'];
/** Relations of beads that say nothing about order. */
const NO_ORDER =
  /^(?:related|relates-to|discovered-from|parent-child|parent|duplicates|supersedes)$/i;

/** One entry of a list of dependencies, as it stands in the document. */
export interface WrittenDependency {
  /** Empty for an entry that names nothing, such as null. */
  readonly id: string;
  readonly field: string;
  /** Position in the list; undefined for a single value. */
  readonly position: number | undefined;
}

/** Every entry under every spelling; relations that say nothing about order are left out. */
export function writtenDependencies(item: Fields): WrittenDependency[] {
  return fieldsOf(item, DEPENDENCY_KEYS).flatMap(({ key, value }): WrittenDependency[] => {
    if (!Array.isArray(value)) {
      const id = idOf(value) ?? '';
      return isNothing(id) ? [] : [{ id, field: key, position: undefined }];
    }
    return value.flatMap((entry: unknown, position): WrittenDependency[] => {
      const id = idOf(entry);
      return id === undefined ? [] : [{ id, field: key, position }];
    });
  });
}

/** The parent of a bead, from a relation of type `parent-child`; undefined for none. */
export function parentOf(item: Fields): string | undefined {
  const relations = fieldsOf(item, DEPENDENCY_KEYS).flatMap(({ value }): unknown[] =>
    Array.isArray(value) ? value : [],
  );
  const parent = relations.find(
    (relation) => isFields(relation) && /^parent/i.test(String(fieldOf(relation, ['type'])?.value)),
  );
  return isFields(parent) ? idOf({ ...parent, type: 'blocks' }) : undefined;
}

/** Undefined for a relation without order; empty for an entry that names nothing. */
function idOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry.trim();
  if (typeof entry === 'number') return String(entry);
  if (!isFields(entry)) return '';
  const type = fieldOf(entry, ['type'])?.value;
  if (typeof type === 'string' && NO_ORDER.test(type)) return undefined;
  const id = fieldOf(entry, ID_KEYS)?.value;
  return typeof id === 'string' ? id.trim() : typeof id === 'number' ? String(id) : '';
}

function isNothing(text: string): boolean {
  return /^(?:none|n\/a|nothing|null|[-–—])?\.?$/i.test(text);
}

/** What a document's items are known by. */
export interface KnownItems {
  readonly ids: ReadonlySet<string>;
  /** Ids of items that are not worked on. */
  readonly leftOut: ReadonlySet<string>;
  /** Ids by title; a title that stands twice is none. */
  readonly byTitle: ReadonlyMap<string, string>;
}

/** What one written dependency comes to. */
export interface ResolvedDependency {
  readonly ids: readonly string[];
  /** Why it was left out, for a note; null when it was not. */
  readonly remark: string | null;
}

/**
 * The stories that a written dependency means: an id, a list of ids in one text, a sub-item's id (`3.1` is story 3), or a
 * title. What names nothing, and what is not worked on, is left out with a remark; an unknown id stays as it is, for the
 * search for conflicts.
 */
export function resolveDependency(
  written: string,
  own: string,
  known: KnownItems,
): ResolvedDependency {
  if (written === '') return { ids: [], remark: 'names no story and is left out' };
  const single = meant(written, known);
  if (single !== undefined) return settled(single, own, { written, known });
  const parts = written.split(/[,;\s]+/).filter((part) => part !== '');
  const several = parts.map((part) => meant(part, known)).filter((id) => id !== undefined);
  if (parts.length > 1 && several.length === parts.length)
    return { ids: several.filter((id) => known.ids.has(id)), remark: null };
  return { ids: [written], remark: null };
}

function settled(
  id: string,
  own: string,
  context: { readonly written: string; readonly known: KnownItems },
): ResolvedDependency {
  if (context.known.leftOut.has(id))
    return { ids: [], remark: `depends on ${id}, which is not worked on: left out` };
  // a sub-item that waits for another one of the same story
  return { ids: id === own && context.written !== own ? [] : [id], remark: null };
}

function meant(text: string, known: KnownItems): string | undefined {
  const has = (id: string): boolean => known.ids.has(id) || known.leftOut.has(id);
  if (has(text)) return text;
  const parent = /^(.+?)\.\d+$/.exec(text)?.[1];
  if (parent !== undefined && has(parent)) return parent;
  return known.byTitle.get(text);
}
