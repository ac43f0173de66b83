import type { ErrorLocation } from '../../light/error.js';
import { findConflicts, type PrdPlaces } from '../conflicts.js';
import { paragraphs } from '../fields.js';
import { PrdInvalidError, unknownFormat, type Prd, type PrdNote, type PrdProblem } from '../prd.js';
import { resolveDependency } from './dependencies.js';
import { ITEM_ID_KEYS, readItem, type ItemRules, type ReadItem } from './item.js';
import { fieldOf, isFields, type Fields } from './keys.js';
import { knownItems } from './known-items.js';
import { progressEdits, type ProgressEdit } from './progress.js';
import { textsOf } from './texts.js';

/** ralph-orchestrator and beads both rank from 1 or 0 to 5, and take the middle where nothing is said. */
const RULES: ItemRules = {
  defaultPriority: 3,
  extraCriteria: [],
  hasCommandCriteria: true,
  missingTitle: 'is missing',
  priorityLimit: Number.MAX_SAFE_INTEGER,
};

interface DecodedLine {
  readonly line: number;
  readonly value: unknown;
  /** What `JSON.parse` had against the line. */
  readonly isBroken: boolean;
}

interface TaskLine {
  readonly line: number;
  readonly fields: Fields;
  readonly read: ReadItem;
}

/**
 * Reads a task a line: ralph-orchestrator's `tasks.jsonl` (`id`, `title`, `status`, `priority`, `blocked_by`) and the issues
 * of beads (dependencies as objects, epics with children). Throws {@link PrdInvalidError} with every problem of every line.
 */
export function parseTaskLines(text: string, file: string): Prd {
  const decoded = decodeLines(text);
  if (decoded.length === 0) throw unknownFormat(file);
  const tasks: TaskLine[] = [];
  const problems: PrdProblem[] = [];
  for (const { line, value, isBroken } of decoded) {
    if (isBroken) problems.push({ message: 'is not valid JSON', where: { file, line } });
    else if (!isFields(value))
      problems.push({ message: 'must be a JSON object', where: { file, line } });
    else tasks.push({ line, fields: value, read: readItem(value, tasks.length, RULES) });
  }
  for (const { line, read } of tasks)
    for (const { path, message } of read.problems)
      problems.push({
        message,
        where: { file, line, story: read.story.id, field: String(path[0]) },
      });
  const { stories, worked, notes } = workedTasks(tasks, file);
  const prd: Prd = {
    format: decoded.some(({ value }) => isBead(value)) ? 'beads' : 'ralph-orchestrator',
    project: 'tasks',
    feature: 'tasks',
    branchName: '',
    stories,
    technicalRequirements: [],
    qualityChecks: [],
    notes,
  };
  // a broken line may hold the very task that another one waits for
  problems.sort((left, right) => (left.where.line ?? 0) - (right.where.line ?? 0));
  const all = problems.length > 0 ? problems : findConflicts(prd, linePlaces(worked, file));
  if (all.length > 0) throw new PrdInvalidError(file, all);
  return prd;
}

function isBead(value: unknown): boolean {
  return isFields(value) && fieldOf(value, ['issuetype']) !== undefined;
}

function workedTasks(
  tasks: readonly TaskLine[],
  file: string,
): {
  readonly stories: Prd['stories'];
  readonly worked: readonly TaskLine[];
  readonly notes: PrdNote[];
} {
  const notes: PrdNote[] = [];
  const note = ({ line, read }: TaskLine, message: string, items: number): void => {
    notes.push({ message, where: { file, line, story: read.story.id }, items });
  };
  const children = childrenByEpic(tasks);
  const worked = tasks.filter((task) => {
    const { story, leftOutBy } = task.read;
    if (leftOutBy !== null) note(task, `"${story.title}" is ${leftOutBy} and not worked on`, 1);
    else if (children.has(story.id) && !story.passes)
      note(task, `the epic "${story.title}" is worked on by its parts`, 1);
    return leftOutBy === null && !children.has(story.id);
  });
  const known = knownItems(tasks.map(({ read }) => read));
  const isFromZero = tasks.some(({ read }) => read.isFromZero);
  const byId = new Map(tasks.map((task) => [task.read.story.id, task]));
  const stories = worked.map((task) => {
    const { story, dependencies, isFromZero: isZero, hasPriority, parent } = task.read;
    const ids = dependencies.flatMap((written) => {
      const { ids: meant, remark } = resolveDependency(written.id, story.id, known);
      if (remark !== null) note(task, remark, 0);
      return meant.flatMap((id) => children.get(id) ?? [id]);
    });
    const epic = parent === undefined ? undefined : byId.get(parent);
    return {
      ...story,
      description: paragraphs([story.description, epic === undefined ? '' : partOf(epic)]),
      priority: story.priority + (isFromZero && hasPriority && !isZero ? 1 : 0),
      dependsOn: [...new Set(ids)],
    };
  });
  return { stories, worked, notes };
}

/** The parts of each epic that has some. */
function childrenByEpic(tasks: readonly TaskLine[]): Map<string, string[]> {
  const epics = new Set(
    tasks
      .filter(({ fields }) => fieldOf(fields, ['issuetype'])?.value === 'epic')
      .map(({ read }) => read.story.id),
  );
  const children = new Map<string, string[]>();
  for (const { read } of tasks)
    if (read.parent !== undefined && epics.has(read.parent)) {
      const parts = children.get(read.parent) ?? [];
      parts.push(read.story.id);
      children.set(read.parent, parts);
    }
  return children;
}

function partOf({ fields, read }: TaskLine): string {
  const about = textsOf(fieldOf(fields, ['description'])?.value).join('\n');
  return `Part of: ${read.story.title}${about === '' ? '' : `\n${about}`}`;
}

/** What to write into which line (1-based) so that a task says that it has passed or not. */
export interface TaskLineMark {
  readonly line: number;
  readonly edits: readonly ProgressEdit[];
}

/** See {@link TaskLineMark}; undefined when the text has no such task, no edits when it says so already. */
export function findTaskLineMark(
  text: string,
  story: { readonly id: string; readonly passes: boolean },
): TaskLineMark | undefined {
  const lines = decodeLines(text);
  const found = lines.find(({ value }) => idOf(value) === story.id);
  if (found === undefined || !isFields(found.value)) return undefined;
  const own = lines.map(({ value }) => value).filter(isFields);
  // both tools say closed and open
  const list = [...own, { status: 'closed' }, { status: 'open' }];
  return {
    line: found.line,
    edits: progressEdits(found.value, { passes: story.passes, fallback: 'status', list }),
  };
}

function idOf(value: unknown): string | undefined {
  const id = isFields(value) ? fieldOf(value, ITEM_ID_KEYS)?.value : undefined;
  return typeof id === 'string' || typeof id === 'number' ? String(id).trim() : undefined;
}

function decodeLines(text: string): DecodedLine[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .filter(({ content }) => content !== '')
    .map(({ content, line }) => {
      try {
        return { line, value: JSON.parse(content) as unknown, isBroken: false };
      } catch {
        return { line, value: undefined, isBroken: true };
      }
    });
}

function linePlaces(tasks: readonly TaskLine[], file: string): PrdPlaces {
  const at = (index: number, field: string): ErrorLocation => ({
    file,
    line: tasks[index]?.line,
    story: tasks[index]?.read.story.id,
    field,
  });
  const dependency = (index: number): ErrorLocation =>
    at(index, tasks[index]?.read.dependencies[0]?.field ?? 'blocked_by');
  return {
    id: (index) => at(index, 'id'),
    nameOf: (index) => `line ${tasks[index]?.line ?? 0}`,
    dependency,
    dependencies: dependency,
    branch: () => ({ file }),
  };
}
