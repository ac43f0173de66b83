import type { Story } from '../../run/story.js';
import {
  commandSteps,
  paragraphs,
  PRIORITY_PROBLEM,
  positionId,
  priorityOf,
  storyId,
  storyOf,
  titled,
} from '../fields.js';
import { criteriaOf, CRITERIA_KEYS } from './criteria.js';
import {
  DEPENDENCY_KEYS,
  parentOf,
  writtenDependencies,
  type WrittenDependency,
} from './dependencies.js';
import { fieldOf, isFields, plainKey, type Fields } from './keys.js';
import type { ItemRemark } from './item-remark.js';
import { progressOf } from './progress.js';
import { labelled, textsOf } from './texts.js';
import { verificationOf } from './item-verification.js';

/** Characters of one field that is taken into a story's text. */
const FIELD_LIMIT = 16_384;
const TITLE_KEYS = ['title', 'name', 'story', 'summary', 'task', 'subject', 'content', 'text'];
/** The names of an item's id, as plain keys. */
export const ITEM_ID_KEYS = ['id', 'storyid', 'taskid', 'key'];
const DESCRIPTION_KEYS = ['description', 'uservisiblebehavior'];
/** What says nothing about the work itself. */
const BOOKKEEPING = new Set(
  'labels tags createdat created updatedat updated closedat startedat started completedat assignee assignees owner author estimate points storypoints category type issuetype phase sprint version url metadata lastrun evidence completionnotes complexityscore parallelgroup createdby source externalref closereason loopid priority priorityname complexity passes passed completed complete done isdone iscompleted finished status state effort order index rank milestone epic verificationsteps activeform model agent issueid'.split(
    ' ',
  ),
);

/** How the items of one list are read where the formats differ. */
export interface ItemRules {
  readonly defaultPriority: number;
  /** Fields that hold criteria in this format only, as plain keys. */
  readonly extraCriteria: readonly string[];
  /** Criteria that plainly are commands also run as steps of verification. */
  readonly hasCommandCriteria: boolean;
  readonly missingTitle: string;
  /** The largest priority that is taken. */
  readonly priorityLimit: number;
}

/** One entry of a list of stories, read as leniently as its meaning allows. */
export interface ReadItem {
  readonly story: Story;
  readonly dependencies: readonly WrittenDependency[];
  /** The status that takes it out of the work; null for an item that is worked on or done. */
  readonly leftOutBy: string | null;
  /** Id of the item that it is a part of, in formats that say so. */
  readonly parent: string | undefined;
  /** True where the item itself says priority 0: its list counts from 0. */
  readonly isFromZero: boolean;
  /** True where the item says its priority. */
  readonly hasPriority: boolean;
  /** ralphy's `parallel_group`; 0 where there is none. */
  readonly group: number;
  /** Parts of the item that are not done, by their own flag, though the item is. */
  readonly openParts: number;
  readonly problems: readonly ItemRemark[];
  readonly remarks: readonly ItemRemark[];
}

/** Reads one entry; never throws. `index` is its position, which names an item without an id. */
export function readItem(item: unknown, index: number, rules: ItemRules): ReadItem {
  const fields = isFields(item) ? item : {};
  const progress = progressOf(fields);
  const title = titleOf(item, rules);
  const id = idOf(fields, index);
  const rank = rankOf(fields, rules);
  const criteria = criteriaOf(fields, rules.extraCriteria);
  const verification = verificationOf(fields);
  const acceptanceCriteria = [...criteria.texts, ...verification.criteria];
  const commands = rules.hasCommandCriteria
    ? commandSteps(criteria.texts.filter(isGoal(fields)))
    : [];
  const group = fieldOf(fields, ['parallelgroup'])?.value;
  return {
    story: storyOf({
      id: id.value,
      title: title.value,
      description: descriptionOf(fields, { title: title.key, rest: title.rest, rules }),
      acceptanceCriteria,
      passes: progress.isDone,
      priority: rank.value,
      complexity: complexityOf(fields),
      verificationSteps: [...verification.steps, ...commands, ...criteria.steps],
    }),
    dependencies: writtenDependencies(fields),
    leftOutBy: progress.leftOutBy,
    parent: parentOf(fields),
    isFromZero: rank.isZero,
    hasPriority: rank.isGiven,
    group: typeof group === 'number' ? group : 0,
    openParts: progress.isDone ? openParts(fields) : 0,
    problems: [
      ...title.problems,
      ...id.problems,
      ...progress.faults.map(({ field, message }) => ({ path: [field], message })),
      ...rank.problems,
      ...verification.problems,
    ],
    remarks: progress.remarks.map(({ field, text }) => ({ path: [field], message: text })),
  };
}

interface ReadField<T> {
  readonly value: T;
  readonly problems: readonly ItemRemark[];
}

type ReadTitle = ReadField<string> & {
  readonly key: string;
  /** The whole text of a title that is longer than one line takes. */
  readonly rest: string;
};

function titleOf(item: unknown, rules: ItemRules): ReadTitle {
  const refuse = (message: string): ReadTitle => ({
    value: '?',
    key: '',
    rest: '',
    problems: [{ path: ['title'], message }],
  });
  if (!isFields(item))
    return {
      value: '?',
      key: '',
      rest: '',
      problems: [{ path: [], message: 'must be an object with a title' }],
    };
  const { title } = item;
  if (title !== undefined && title !== null && typeof title !== 'string')
    return refuse('must be a string');
  for (const name of [...TITLE_KEYS, ...DESCRIPTION_KEYS]) {
    const field = fieldOf(item, [name]);
    const { title: line, rest } = titled(typeof field?.value === 'string' ? field.value : '');
    if (field !== undefined && line !== '')
      return { value: line, key: field.key, rest, problems: [] };
  }
  return refuse(title === undefined || title === null ? rules.missingTitle : 'must not be empty');
}

/** The id of an entry of a list as its document gives it, or by its position. */
export function itemId(item: unknown, position: number): string {
  const id = isFields(item) ? fieldOf(item, ITEM_ID_KEYS)?.value : undefined;
  if (typeof id === 'number') return String(id);
  return typeof id === 'string' && id.trim() !== '' ? id.trim() : positionId(position);
}

function idOf(fields: Fields, index: number): ReadField<string> {
  const field = fieldOf(fields, ITEM_ID_KEYS);
  const value = itemId(fields, index);
  if (field === undefined) return { value, problems: [] };
  if (typeof field.value !== 'string' && typeof field.value !== 'number')
    return { value, problems: [{ path: [field.key], message: 'must be a string or a number' }] };
  const checked = storyId.safeParse(value);
  const problems = checked.error?.issues ?? [];
  return { value, problems: problems.map(({ message }) => ({ path: [field.key], message })) };
}

function rankOf(
  fields: Fields,
  rules: ItemRules,
): ReadField<number> & { readonly isZero: boolean; readonly isGiven: boolean } {
  const field = fieldOf(fields, ['priority']);
  const fallback = { value: rules.defaultPriority, isZero: false, isGiven: false, problems: [] };
  if (field === undefined || field.value === '') return fallback;
  const rank = priorityOf(field.value);
  const refuse = (message: string): ReturnType<typeof rankOf> => ({
    ...fallback,
    problems: [{ path: [field.key], message }],
  });
  if (rank === undefined) return refuse(PRIORITY_PROBLEM);
  if (rank > rules.priorityLimit) return refuse(`must be at most ${rules.priorityLimit}`);
  const isZero = /^\s*p?0\s*$/i.test(String(field.value));
  return {
    value: rank,
    isZero,
    isGiven: typeof field.value === 'number' || /\d/.test(String(field.value)),
    problems: [],
  };
}

const SIZES = new Map([
  ...['trivial', 'xs', 'tiny'].map((word) => [word, 1] as const),
  ...['simple', 'small', 's', 'low', 'easy'].map((word) => [word, 2] as const),
  ...['complex', 'large', 'l', 'high', 'hard'].map((word) => [word, 4] as const),
  ...['xl', 'xxl', 'huge', 'very complex'].map((word) => [word, 5] as const),
]);

/** 1 to 5; numbers beyond (story points) count as the nearest, words by their meaning, anything else as 3. */
function complexityOf(fields: Fields): number {
  const value = fieldOf(fields, ['complexity'])?.value;
  const number = typeof value === 'number' ? value : Number.NaN;
  if (Number.isFinite(number)) return Math.min(5, Math.max(1, Math.round(number)));
  return typeof value === 'string' ? (SIZES.get(value.trim().toLowerCase()) ?? 3) : 3;
}

/** Description and every other field that says something about the work, each under its name. */
function descriptionOf(
  fields: Fields,
  read: { readonly title: string; readonly rest: string; readonly rules: ItemRules },
): string {
  const known = new Set([
    ...CRITERIA_KEYS,
    ...read.rules.extraCriteria,
    ...DEPENDENCY_KEYS,
    ...ITEM_ID_KEYS,
  ]);
  const own = DESCRIPTION_KEYS.flatMap((name) =>
    textsOf(fieldOf(fields, [name])?.value).join('\n'),
  );
  const others = Object.entries(fields)
    .filter(([key, value]) => {
      const name = plainKey(key);
      const isRead = key === read.title || known.has(name) || DESCRIPTION_KEYS.includes(name);
      return (
        !isRead && !BOOKKEEPING.has(name) && typeof value !== 'boolean' && typeof value !== 'number'
      );
    })
    .map(([key, value]) => labelled(key, value).slice(0, FIELD_LIMIT));
  const isTold = own.some((text) => text.trim() === read.rest);
  return paragraphs([isTold ? '' : read.rest, ...own, ...others]);
}

/** An unquoted command among the steps of a feature is something to do, not something that must hold. */
function isGoal(fields: Fields): (text: string) => boolean {
  const steps = new Set(textsOf(fieldOf(fields, ['steps'])?.value));
  return (text) => !steps.has(text) || text.includes('`');
}

/** Entries of lists inside an item that say themselves that they are not done. */
function openParts(fields: Fields): number {
  return Object.values(fields)
    .filter((value): value is unknown[] => Array.isArray(value))
    .flatMap((list) => list.filter(isFields))
    .filter((part) => saysOpen(part)).length;
}

function saysOpen(part: Fields): boolean {
  const { isDone, leftOutBy } = progressOf(part);
  const says = fieldOf(part, ['passes', 'completed', 'done', 'status']) !== undefined;
  return says && !isDone && leftOutBy === null;
}
