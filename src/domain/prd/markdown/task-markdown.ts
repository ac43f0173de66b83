import { commandSteps, paragraphs, positionId, storyOf, titled } from '../fields.js';
import {
  bulletOn,
  checkBoxOn,
  headingOn,
  withoutEmphasis,
  type CheckBox,
  type MarkdownLine,
} from './markdown-lines.js';
import type { LineNote, MarkdownStory } from './markdown-story.js';
import { sectionKinds } from './section-kinds.js';

/** Columns that a box is further in than the task that it belongs to. */
const NESTED = 2;
const EXPLICIT_ID = /^(?:([A-Z][A-Z0-9]*-\d+(?:\.\d+)*):\s+|(T\d{3,4}[a-z]?)\s+)(\S.*)$/;

interface Task {
  readonly box: CheckBox;
  readonly lines: MarkdownLine[];
}

/**
 * The tasks of a list of check boxes, as ralphy, spec-kit, Kiro, OpenSpec and Conductor write them: every box that is not
 * inside another one. Boxes and bullets below it are its criteria. Ids are `ID: title` or `T001 title`, else by position over
 * all tasks, ticked or not, so that ticking moves none. Boxes of a definition of done and the like are no tasks, unless there
 * are no others.
 */
export function taskBoxes(lines: readonly MarkdownLine[]): MarkdownStory[] {
  const kinds = sectionKinds(lines);
  const work = lines.filter((_, index) => kinds[index]?.kind === 'work');
  const tasks = collectTasks(work);
  const chosen = tasks.length > 0 ? tasks : collectTasks(lines);
  const ids = new Set(chosen.map((task, index) => idOf(task, index)));
  return chosen.map((task, index) => toStory(task, { index, ids }));
}

function collectTasks(lines: readonly MarkdownLine[]): Task[] {
  const tasks: Task[] = [];
  let current: Task | undefined;
  for (const line of lines) {
    const box = checkBoxOn(line);
    if (box !== undefined && (current === undefined || box.indent < current.box.indent + NESTED)) {
      current = { box, lines: [] };
      tasks.push(current);
      continue;
    }
    if (current !== undefined && endsTask(line, current.box)) current = undefined;
    current?.lines.push(line);
  }
  return tasks;
}

/** What is not further in than the task's box ends it; an empty line alone does not. */
function endsTask(line: MarkdownLine, box: CheckBox): boolean {
  if (headingOn(line) !== undefined) return true;
  if (line.text.trim() === '') return false;
  const indent = /^\s*/.exec(line.text)?.[0].replaceAll('\t', '    ').length ?? 0;
  return indent <= box.indent;
}

function idOf({ box }: Task, index: number): string {
  const match = EXPLICIT_ID.exec(withoutEmphasis(box.text));
  return match?.[1] ?? match?.[2] ?? positionId(index);
}

function toStory(
  task: Task,
  place: { readonly index: number; readonly ids: ReadonlySet<string> },
): MarkdownStory {
  const { box } = task;
  const text = withoutEmphasis(box.isStruck ? box.text.slice(2, -2) : box.text);
  // spec-kit's mark of tasks that may run side by side
  const { title, rest } = titled((EXPLICIT_ID.exec(text)?.[3] ?? text).replace(/^\[P\]\s+/, ''));
  const nested = task.lines.map(checkBoxOn).filter((inner) => inner !== undefined);
  const criteria = task.lines.flatMap((line) => checkBoxOn(line)?.text ?? bulletOn(line) ?? []);
  const prose = task.lines
    .filter((line) => checkBoxOn(line) === undefined && bulletOn(line) === undefined)
    .map((line) => line.text.trim());
  const isLeftOut = box.isStruck && !box.isTicked;
  return {
    story: storyOf({
      id: idOf(task, place.index),
      title,
      description: paragraphs([rest, prose.join('\n')]),
      acceptanceCriteria: criteria.map(withoutEmphasis),
      passes: box.isTicked,
      dependsOn: namedDependencies(text, place.ids),
      verificationSteps: commandSteps(criteria),
    }),
    line: box.line,
    dependencyLine: box.line,
    boxes: [box.line, ...nested.map((inner) => inner.line)],
    status: undefined,
    isHeadingMarked: false,
    isWholeFile: false,
    spareLine: box.line,
    leftOutBy: isLeftOut ? 'struck through' : null,
    problems: [],
    notes: taskNotes(box, nested),
  };
}

/** `(depends on T001, T002)`; words that are no ids of this list are part of the sentence. */
function namedDependencies(text: string, ids: ReadonlySet<string>): string[] {
  const list = /\((?:depends on|after|needs|blocked by)[ :]([^()]{1,500})\)/i.exec(text)?.[1] ?? '';
  return [...new Set(list.split(/[,\s]+/).filter((word) => ids.has(word)))];
}

function taskNotes(box: CheckBox, nested: readonly CheckBox[]): LineNote[] {
  const notes: LineNote[] = [];
  if (box.mark === '-')
    notes.push({ line: box.line, message: '"[-]" is read as begun, so it is to do', items: 0 });
  const open = box.isTicked ? nested.filter((inner) => !inner.isTicked && !inner.isStruck) : [];
  for (const inner of open)
    notes.push({
      line: inner.line,
      message: `"${inner.text}" is open, but the task above it is ticked: not worked on`,
      items: 1,
    });
  return notes;
}
