import { statusWord } from './done-word.js';
import { positionId } from './fields.js';
import type { FieldPath } from './prd.js';

/** Which form of document it is, and where its stories stand. */
export interface StoryListLayout {
  readonly kind: 'user_stories' | 'userStories' | 'features' | 'feature-array' | 'tasks';
  /** From the document to the list; empty when the document is the list. */
  readonly path: FieldPath;
}

/** The field of one story that says whether it has passed, and the value that says so now. */
export interface StoryMark {
  readonly path: FieldPath;
  readonly value: boolean | string;
  /** True when the document says so already. */
  readonly isSet: boolean;
}

/** Fields that only codetether's PRDs have; one of them tells a PRD that lost its list from some other document. */
const CODETETHER_FIELDS = ['feature', 'branch_name', 'quality_checks', 'technical_requirements'];

/** The form of a decoded document, told by the list it holds; undefined when it is no PRD at all. */
export function findStoryList(value: unknown): StoryListLayout | undefined {
  if (Array.isArray(value)) {
    const isFeatures = value.every((item) => typeof item === 'object' && item !== null);
    return isFeatures && value.length > 0 ? { kind: 'feature-array', path: [] } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const kind of ['user_stories', 'userStories', 'features'] as const) {
    if (kind in value) return { kind, path: [kind] };
  }
  const tasks = valueAt(value, ['tasks']);
  // a task suite of another tool has prompts and no titles
  if (Array.isArray(tasks) && tasks.some((task) => valueAt(task, ['title']) !== undefined))
    return { kind: 'tasks', path: ['tasks'] };
  return CODETETHER_FIELDS.some((field) => field in value)
    ? { kind: 'user_stories', path: ['user_stories'] }
    : undefined;
}

/**
 * Where to write that a story has passed (or not); undefined when the document has no such story. Needs no valid PRD: a
 * mistake that a person made elsewhere in the file must not lose the result of this story.
 */
export function findStoryMark(
  value: unknown,
  story: { readonly id: string; readonly passes: boolean },
): StoryMark | undefined {
  const layout = findStoryList(value);
  const list = layout === undefined ? undefined : valueAt(value, layout.path);
  if (layout === undefined || !Array.isArray(list)) return undefined;
  const ids = list.map(storyIdAt);
  const exact = ids.indexOf(story.id);
  const index = exact >= 0 ? exact : ids.findIndex((id) => id.trim() === story.id);
  if (index < 0) return undefined;
  const at = [...layout.path, index];
  const mark = markOf(layout.kind, { list, index, passes: story.passes });
  const now = valueAt(value, [...at, mark.field]);
  const isAbsent = now === undefined || now === null;
  return {
    path: [...at, mark.field],
    value: mark.value,
    isSet: now === mark.value || (isAbsent && mark.value === false),
  };
}

function markOf(
  kind: StoryListLayout['kind'],
  story: { readonly list: readonly unknown[]; readonly index: number; readonly passes: boolean },
): { readonly field: string; readonly value: boolean | string } {
  if (kind === 'tasks') return { field: 'completed', value: story.passes };
  const item = story.list[story.index];
  const passes = valueAt(item, ['passes']);
  const hasOnlyStatus =
    (passes === undefined || passes === null) && typeof valueAt(item, ['status']) === 'string';
  if (hasOnlyStatus && (kind === 'features' || kind === 'feature-array')) {
    const statuses = story.list.map((other) => valueAt(other, ['status']));
    const own = statuses[story.index];
    // what the file says already is kept: `accepted` stays `accepted`
    return { field: 'status', value: statusWord([own, ...statuses], story.passes) };
  }
  return { field: 'passes', value: story.passes };
}

/** The id of one entry of a list of stories as its file gives it, or by its position. */
export function storyIdAt(item: unknown, position: number): string {
  const id = valueAt(item, ['id']);
  if (typeof id === 'number') return String(id);
  return typeof id === 'string' && id !== '' ? id : positionId(position);
}

/** The value behind a path; undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let current: unknown = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, part);
  }
  return current;
}
