import type { ErrorLocation } from '../../light/error.js';
import type { Story } from '../../run/story.js';
import { findConflicts, type PrdPlaces } from '../conflicts.js';
import { firstLine, paragraphs } from '../fields.js';
import {
  PrdInvalidError,
  unknownFormat,
  type FieldPath,
  type LineLocator,
  type Prd,
  type PrdFormat,
  type PrdNote,
  type PrdProblem,
} from '../prd.js';
import { DEPENDENCY_KEYS, resolveDependency } from './dependencies.js';
import { NAMELESS, readFrame, type PrdFrame } from './frame.js';
import { ITEM_ID_KEYS, readItem, type ItemRules, type ReadItem } from './item.js';
import { fieldOf, fieldsOf, isFields, type Fields } from './keys.js';
import { knownItems } from './known-items.js';
import { progressOf } from './progress.js';
import { textsOf } from './texts.js';
import {
  findStoryList,
  storyEntries,
  valueAt,
  type StoryEntry,
  type StoryListKind,
  type StoryListLayout,
} from './story-list.js';

/** ralph-tui's rank of a story that names none; snarktank's stories all have one. */
const USER_STORY_PRIORITY = 2;
const MEDIUM = 3;
/** Characters of a name in a note. */
const NAME_LIMIT = 80;

const FEATURE_RULES: Partial<ItemRules> = {
  extraCriteria: ['steps'],
  missingTitle: 'is missing, and so are name and description',
};

const RULES: Readonly<Record<StoryListKind, ItemRules & { readonly entries: string }>> = {
  user_stories: rules('stories', { hasCommandCriteria: false, priorityLimit: 255 }),
  userStories: rules('stories', { defaultPriority: USER_STORY_PRIORITY }),
  features: rules('features', FEATURE_RULES),
  'feature-array': rules('features', FEATURE_RULES),
  tasks: rules('tasks', {}),
  'task-master': rules('tasks', { defaultPriority: MEDIUM }),
};

function rules(entries: string, own: Partial<ItemRules>): ItemRules & { readonly entries: string } {
  return {
    entries,
    defaultPriority: 1,
    extraCriteria: [],
    hasCommandCriteria: true,
    missingTitle: 'is missing',
    priorityLimit: Number.MAX_SAFE_INTEGER,
    ...own,
  };
}

/** A decoded document and how to say where something stands in it. */
interface Document {
  readonly value: unknown;
  readonly file: string;
  readonly layout: StoryListLayout;
  readonly lineOf: LineLocator;
}

/** One entry of the document with what was read of it. */
interface Entry extends StoryEntry {
  readonly read: ReadItem;
}

/**
 * Reads a decoded PRD (JSON or YAML), whichever of the formats it is, as leniently as its meaning allows: fields by any of
 * their names, texts where lists are usual, flags as words. What cannot be taken over stands in `notes`. Collects every
 * problem (types, duplicate ids, unknown and cyclic dependencies, branch name) and throws {@link PrdInvalidError}
 * `ERR_PRD_INVALID` with all of them, each with story, field and line; a document of no known format is one that names the
 * formats.
 */
export function parsePrd(value: unknown, file: string, lineOf: LineLocator = () => undefined): Prd {
  const layout = findStoryList(value);
  if (layout === undefined) throw unknownFormat(file);
  const document: Document = { value, file, layout, lineOf };
  const frame = readFrame(value, layout);
  const entries = storyEntries(value, layout).map((entry) => ({
    ...entry,
    read: readItem(entry.item, entry.index, RULES[layout.kind]),
  }));
  const resolved = withDependencies(entries, document);
  const prd: Prd = { ...framed(frame, document), stories: resolved.stories, notes: [] };
  const problems = [
    ...listProblems(document),
    ...frame.problems.map(({ path, message }) => ({ message, where: locate(document, path) })),
    ...entries.flatMap((entry) => entryProblems(entry, document)),
    // also of a document with wrong fields: people want to see everything at once
    ...findConflicts(prd, jsonPlaces(document, resolved.worked)),
  ];
  if (problems.length > 0) throw new PrdInvalidError(file, problems);
  return {
    ...prd,
    notes: [
      ...unreadNotes(document),
      ...entries.flatMap((entry) => entryNotes(entry, document)),
      ...resolved.notes,
    ],
  };
}

function framed(frame: PrdFrame, { layout, value }: Document): Omit<Prd, 'stories' | 'notes'> {
  const { problems: _, ...fields } = frame;
  const project = frame.project || NAMELESS[layout.kind];
  return {
    ...fields,
    format: formatOf(layout.kind, value),
    project,
    feature: frame.feature || project,
  };
}

function formatOf(kind: StoryListKind, value: unknown): PrdFormat {
  switch (kind) {
    case 'user_stories':
      return 'codetether';
    case 'userStories': {
      // what only ralph-tui writes; both tools read either
      const isRalphTui = ['name', 'metadata'].some((field) => {
        const own = valueAt(value, [field]);
        return own !== undefined && own !== null && own !== '';
      });
      return isRalphTui ? 'ralph-tui' : 'snarktank';
    }
    case 'features':
    case 'feature-array':
      return 'feature-list';
    case 'tasks':
      return 'ralphy-tasks';
    case 'task-master':
      return 'task-master';
  }
}

function listProblems(document: Document): PrdProblem[] {
  const { entries } = RULES[document.layout.kind];
  return document.layout.lists.flatMap((path) => {
    const list = valueAt(document.value, path);
    const where = locate(document, path);
    if (list === undefined) return [{ message: 'is missing', where }];
    if (!Array.isArray(list)) return [{ message: `must be a list of ${entries}`, where }];
    return list.length === 0 ? [{ message: 'holds no story', where }] : [];
  });
}

function entryProblems({ path, read }: Entry, document: Document): PrdProblem[] {
  return read.problems.map((problem) => ({
    message: problem.message,
    where: locate(document, [...path, ...problem.path]),
  }));
}

function unreadNotes(document: Document): PrdNote[] {
  return document.layout.unread.map((path) => {
    const list = valueAt(document.value, path);
    const where = locate(document, path);
    if (isFields(list)) return unreadEntry(list, where);
    const entries = Array.isArray(list) ? list.filter(isFields) : [];
    const open = entries.filter((item) => !progressOf(item).isDone).length;
    return {
      message: `${path.join('.')} is not read (${open} of ${entries.length} to do): for these, name a file that holds only this list`,
      where,
      items: open,
    };
  });
}

function unreadEntry(entry: Fields, where: ErrorLocation): PrdNote {
  const name = textsOf(fieldOf(entry, ['title', 'name', 'description'])?.value)[0] ?? '';
  return {
    message: `"${firstLine(name, NAME_LIMIT)}" stands beside the lists that are read: not worked on`,
    where,
    items: 1,
  };
}

function entryNotes({ path, read }: Entry, document: Document): PrdNote[] {
  const { story, leftOutBy, openParts } = read;
  const where = locate(document, path);
  return [
    ...read.remarks.map((remark) => ({
      message: remark.message,
      where: locate(document, [...path, ...remark.path]),
      items: 0,
    })),
    ...(leftOutBy === null
      ? []
      : [{ message: `"${story.title}" is ${leftOutBy} and not worked on`, where, items: 1 }]),
    ...(openParts === 0
      ? []
      : [{ message: `passed, and ${openParts} of its parts are not`, where, items: openParts }]),
  ];
}

/** The stories that are worked on or done, with their dependencies resolved. */
function withDependencies(
  entries: readonly Entry[],
  document: Document,
): {
  readonly stories: Story[];
  readonly worked: readonly Entry[];
  readonly notes: readonly PrdNote[];
} {
  const worked = entries.filter(({ read }) => read.leftOutBy === null);
  const known = knownItems(entries.map(({ read }) => read));
  const isFromZero = entries.some(({ read }) => read.isFromZero);
  const before = groupsBefore(worked);
  const notes: PrdNote[] = [];
  const stories = worked.map(({ path, read }): Story => {
    const ids = read.dependencies.flatMap((written) => {
      const { ids: meant, remark } = resolveDependency(written.id, read.story.id, known);
      const position = written.position === undefined ? [] : [written.position];
      const where = locate(document, [...path, written.field, ...position]);
      if (remark !== null) notes.push({ message: remark, where, items: 0 });
      return meant;
    });
    const group = groupText(document.value, path);
    const shift = isFromZero && read.hasPriority && !read.isFromZero ? 1 : 0;
    return {
      ...read.story,
      description: paragraphs([read.story.description, group]),
      priority: read.story.priority + shift,
      dependsOn: [...new Set([...ids, ...(before.get(read.group) ?? [])])],
    };
  });
  return { stories, worked, notes };
}

/** Title and text of the epic, phase or milestone whose list an entry stands in; empty for a list of the document itself. */
function groupText(value: unknown, path: FieldPath): string {
  const group = path.length > 2 ? valueAt(value, path.slice(0, -2)) : undefined;
  const isInList = typeof path.at(-3) === 'number';
  const title =
    isFields(group) && isInList ? textsOf(fieldOf(group, ['title', 'name'])?.value)[0] : '';
  if (title === undefined || title === '' || !isFields(group)) return '';
  const about = textsOf(fieldOf(group, ['description'])?.value).join('\n');
  return `Part of: ${title}${about === '' ? '' : `\n${about}`}`;
}

/** Groups run one after the other: a task depends on every task of the group before its own. */
function groupsBefore(entries: readonly Entry[]): Map<number, readonly string[]> {
  const members = new Map<number, string[]>();
  for (const { read } of entries) {
    const group = members.get(read.group) ?? [];
    group.push(read.story.id);
    members.set(read.group, group);
  }
  const order = [...members.keys()].sort((left, right) => left - right);
  return new Map(
    order.map((group, index) => [group, members.get(order[index - 1] ?? Number.NaN) ?? []]),
  );
}

function locate(document: Document, path: FieldPath): ErrorLocation {
  const { value, file, layout } = document;
  const field = spelled(path);
  const list = layout.lists.find((own) => own.every((part, index) => path[index] === part));
  const position = list === undefined ? undefined : path[list.length];
  const entry =
    list === undefined || typeof position !== 'number'
      ? undefined
      : valueAt(value, [...list, position]);
  const id = isFields(entry) ? fieldOf(entry, ITEM_ID_KEYS)?.value : undefined;
  return {
    file,
    line: document.lineOf(path),
    field: field === '' ? undefined : field,
    story: typeof id === 'string' && id !== '' ? id : typeof id === 'number' ? `${id}` : undefined,
  };
}

/** `user_stories[2].title`; empty for the document itself. */
function spelled(path: FieldPath): string {
  return path.reduce<string>(
    (so, part) =>
      typeof part === 'number' ? `${so}[${part}]` : so === '' ? part : `${so}.${part}`,
    '',
  );
}

function jsonPlaces(document: Document, entries: readonly Entry[]): PrdPlaces {
  const { value } = document;
  const pathOf = (index: number): FieldPath => entries[index]?.path ?? [];
  return {
    id: (index) => locate(document, [...pathOf(index), 'id']),
    nameOf: (index) => spelled(pathOf(index)),
    dependency: (index, id) => {
      const written = entries[index]?.read.dependencies.find((entry) => entry.id === id);
      if (written === undefined) return locate(document, [...pathOf(index), 'depends_on']);
      const position = written.position === undefined ? [] : [written.position];
      return locate(document, [...pathOf(index), written.field, ...position]);
    },
    dependencies: (index) => {
      const entry = valueAt(value, pathOf(index));
      const field = isFields(entry) ? fieldsOf(entry, DEPENDENCY_KEYS)[0]?.key : undefined;
      return locate(document, [...pathOf(index), field ?? 'depends_on']);
    },
    branch: () =>
      locate(document, [
        valueAt(value, ['branchName']) === undefined ? 'branch_name' : 'branchName',
      ]),
  };
}
