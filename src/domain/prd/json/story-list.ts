import type { FieldPath } from '../prd.js';
import { itemId } from './item.js';
import { DEPENDENCY_KEYS } from './dependencies.js';
import { fieldsOf, isFields, plainKey, type Fields } from './keys.js';
import { progressEdits, saysProgress } from './progress.js';
import { unreadItems } from './unread-items.js';

/** The forms of documents that hold stories; each has its own words for what a story is and when it is done. */
export type StoryListKind =
  | 'user_stories'
  | 'userStories'
  | 'features'
  | 'feature-array'
  | 'tasks'
  | 'task-master';

/** Which form of document it is, and where its stories stand. */
export interface StoryListLayout {
  readonly kind: StoryListKind;
  /** From the document to each of its lists; an empty path when the document is the list. */
  readonly lists: readonly FieldPath[];
  /** Lists of the document, and single entries beside its lists, that are not read, because others are. */
  readonly unread: readonly FieldPath[];
}

/** One entry of the lists. */
export interface StoryEntry {
  readonly path: FieldPath;
  readonly item: unknown;
  /** Position over all lists. */
  readonly index: number;
}

/** Names of lists, the one that is read first; `tasks` and what stands behind it only with titles. */
const LIST_KEYS: readonly (readonly [string, StoryListKind])[] = [
  ['userstories', 'userStories'],
  ['stories', 'userStories'],
  ['features', 'features'],
  ['tasks', 'tasks'],
  ['items', 'tasks'],
  ['issues', 'tasks'],
  ['todos', 'tasks'],
  ['workitems', 'tasks'],
  ['backlog', 'tasks'],
];
/** Fields that only codetether's PRDs have; one of them tells a PRD that lost its list from some other document. */
const CODETETHER_FIELDS = ['feature', 'branch_name', 'quality_checks', 'technical_requirements'];
/** Levels of epics, phases and the like above a list. */
const GROUP_DEPTH = 4;

/** The form of a decoded document, told by the lists it holds; undefined when it is no PRD at all. */
export function findStoryList(value: unknown): StoryListLayout | undefined {
  const layout = layoutOf(value);
  if (layout === undefined) return undefined;
  const taken = [...layout.lists, ...layout.unread];
  return { ...layout, unread: [...layout.unread, ...unreadItems(value, taken)] };
}

function layoutOf(value: unknown): StoryListLayout | undefined {
  if (Array.isArray(value)) {
    const isFeatures = value.length > 0 && value.every(isFields);
    if (!isFeatures) return undefined;
    const groups = groupedLists(value, [], 0);
    return groups.length > 0
      ? { kind: 'tasks', lists: groups, unread: [] }
      : { kind: 'feature-array', lists: [[]], unread: [] };
  }
  if (!isFields(value)) return undefined;
  return (
    ownList(value, []) ?? taggedList(value) ?? wrappedList(value) ?? groupsOf(value) ?? lost(value)
  );
}

function ownList(value: Fields, path: FieldPath): StoryListLayout | undefined {
  const found = LIST_KEYS.flatMap(([name, kind]) =>
    Object.keys(value)
      .filter(
        (key) => plainKey(key) === name && isList(value[key], { name, isTop: path.length === 0 }),
      )
      .map((key) => ({ key, kind })),
  );
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  const list = [...path, first.key];
  const kind =
    first.key === 'user_stories' ? 'user_stories' : kindOf(first.kind, value[first.key], value);
  const unread = others.filter(({ key }) => isTitled(value[key])).map(({ key }) => [...path, key]);
  return { kind, lists: [list], unread };
}

/** What stands under the name of a list of stories is one, also when it is wrong; lists of other names must look like one. */
function isList(value: unknown, list: { readonly name: string; readonly isTop: boolean }): boolean {
  return list.isTop && ['userstories', 'stories', 'features'].includes(list.name)
    ? value !== null
    : isTitled(value);
}

function isTitled(value: unknown): value is unknown[] {
  return (
    Array.isArray(value) &&
    value.some((task) => valueAt(task, ['title']) !== undefined || isTodo(task) || isNamed(task))
  );
}

/** Work under another word than `title`: it says where it stands, or what comes first. */
function isNamed(task: unknown): boolean {
  return (
    isFields(task) &&
    ['name', 'description', 'task', 'summary'].some((key) => typeof task[key] === 'string') &&
    (saysProgress(task) || fieldsOf(task, DEPENDENCY_KEYS).length > 0)
  );
}

/** The list of an agent: `content` and `status`. */
function isTodo(task: unknown): boolean {
  return typeof valueAt(task, ['content']) === 'string' && valueAt(task, ['status']) !== undefined;
}

const TASK_MASTER_FIELDS = ['subtasks', 'testStrategy', 'details'];

function kindOf(kind: StoryListKind, list: unknown, document: Fields): StoryListKind {
  if (kind !== 'tasks' || !Array.isArray(list)) return kind;
  const isTaskMaster =
    valueAt(document, ['meta', 'projectName']) !== undefined ||
    list.some((task) => TASK_MASTER_FIELDS.some((field) => valueAt(task, [field]) !== undefined));
  return isTaskMaster ? 'task-master' : 'tasks';
}

/** task-master's tags: `{master: {tasks: []}, other: {tasks: []}}`. The tag `master` is read, else the first. */
function taggedList(value: Fields): StoryListLayout | undefined {
  const tags = Object.keys(value).filter((key) => {
    const list = valueAt(value, [key, 'tasks']);
    return Array.isArray(list) && (list.length === 0 || isTitled(list));
  });
  const filled = tags.filter((tag) => isTitled(valueAt(value, [tag, 'tasks'])));
  const current = filled.includes('master') ? 'master' : filled[0];
  if (current === undefined) return undefined;
  return {
    kind: 'task-master',
    lists: [[current, 'tasks']],
    unread: filled.filter((tag) => tag !== current).map((tag) => [tag, 'tasks']),
  };
}

/** A document inside an object of its own: `{prd: {userStories: []}}`. */
function wrappedList(value: Fields): StoryListLayout | undefined {
  for (const [key, inner] of Object.entries(value)) {
    const found = isFields(inner) ? ownList(inner, [key]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function groupsOf(value: Fields): StoryListLayout | undefined {
  const lists = groupedLists(value, [], 0);
  return lists.length === 0 ? undefined : { kind: 'tasks', lists, unread: [] };
}

/** Lists inside lists of epics, phases, milestones and the like. */
function groupedLists(value: unknown, path: FieldPath, depth: number): FieldPath[] {
  if (depth > GROUP_DEPTH) return [];
  if (Array.isArray(value))
    return value.flatMap((group: unknown, index) =>
      groupedLists(group, [...path, index], depth + 1),
    );
  if (!isFields(value)) return [];
  const own = path.length === 0 ? undefined : ownList(value, path);
  if (own !== undefined) return [...own.lists];
  return Object.entries(value).flatMap(([key, inner]) =>
    Array.isArray(inner) && inner.some(isFields)
      ? groupedLists(inner, [...path, key], depth + 1)
      : [],
  );
}

function lost(value: Fields): StoryListLayout | undefined {
  return CODETETHER_FIELDS.some((field) => field in value)
    ? { kind: 'user_stories', lists: [['user_stories']], unread: [] }
    : undefined;
}

/** Every entry of the lists, in the order of the document. */
export function storyEntries(value: unknown, layout: StoryListLayout): StoryEntry[] {
  return layout.lists
    .flatMap((path) => {
      const list = valueAt(value, path);
      return Array.isArray(list)
        ? list.map((item: unknown, position) => ({ path: [...path, position], item }))
        : [];
    })
    .map((entry, index) => ({ ...entry, index }));
}

/** The field of one story that says whether it has passed, and the value that it is to have. */
export interface StoryMark {
  readonly path: FieldPath;
  readonly value: boolean | string;
}

/**
 * What to write so that a story has passed (or has not); empty when the document says so already, undefined when it has no
 * such story. Needs no valid PRD: a mistake that a person made elsewhere in the file must not lose the result of this story.
 */
export function findStoryMarks(
  value: unknown,
  story: { readonly id: string; readonly passes: boolean },
): StoryMark[] | undefined {
  const layout = findStoryList(value);
  if (layout === undefined) return undefined;
  const entries = storyEntries(value, layout);
  // as it is written first: an older record may hold an id with its blanks
  const entry =
    entries.find(({ item }) => valueAt(item, ['id']) === story.id) ??
    entries.find(({ item, index }) => itemId(item, index) === story.id);
  if (entry === undefined || !isFields(entry.item)) return undefined;
  const edits = progressEdits(entry.item, {
    passes: story.passes,
    fallback: FALLBACK_MARKS[layout.kind],
    list: entries.map(({ item }) => item).filter(isFields),
  });
  return edits.map((edit) => ({ path: [...entry.path, edit.field], value: edit.value }));
}

const FALLBACK_MARKS: Readonly<Record<StoryListKind, 'passes' | 'completed' | 'status'>> = {
  user_stories: 'passes',
  userStories: 'passes',
  features: 'passes',
  'feature-array': 'passes',
  tasks: 'completed',
  'task-master': 'status',
};

/** The value behind a path; undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let current: unknown = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, part);
  }
  return current;
}
