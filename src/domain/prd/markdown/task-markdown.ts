import { commandSteps, paragraphs, positionId, storyOf } from '../fields.js';
import {
  bulletOn,
  checkBoxOn,
  headingOn,
  withoutEmphasis,
  type CheckBox,
  type MarkdownLine,
} from './markdown-lines.js';
import type { MarkdownStory } from './markdown-story.js';

/** Columns from which on a box belongs to the task above it. */
const NESTED = 2;
const EXPLICIT_ID = /^([A-Z][A-Z0-9]*-\d+(?:\.\d+)*):\s+(\S.*)$/;

/**
 * The tasks of a ralphy PRD in Markdown: every check box that is not indented. Indented boxes and bullets below it are
 * its criteria. Ids are `ID: title`, else by position over all tasks, ticked or not, so that ticking moves none.
 */
export function taskBoxes(lines: readonly MarkdownLine[]): MarkdownStory[] {
  const tasks: { box: CheckBox; lines: MarkdownLine[] }[] = [];
  let isOpen = false;
  for (const line of lines) {
    const box = checkBoxOn(line);
    if (box !== undefined && box.indent < NESTED) {
      tasks.push({ box, lines: [] });
      isOpen = true;
      continue;
    }
    // what is not indented ends the task; an empty line alone does not
    if (headingOn(line) !== undefined || (line.text !== '' && !/^\s/.test(line.text)))
      isOpen = false;
    if (isOpen) tasks.at(-1)?.lines.push(line);
  }
  return tasks.map((task, index) => toStory(task, index));
}

function toStory(
  task: { readonly box: CheckBox; readonly lines: readonly MarkdownLine[] },
  index: number,
): MarkdownStory {
  const text = withoutEmphasis(task.box.text);
  const explicit = EXPLICIT_ID.exec(text);
  const nested = task.lines.map(checkBoxOn).filter((box) => box !== undefined);
  const criteria = task.lines.flatMap((line) => checkBoxOn(line)?.text ?? bulletOn(line) ?? []);
  const prose = task.lines
    .filter((line) => checkBoxOn(line) === undefined && bulletOn(line) === undefined)
    .map((line) => line.text.trim());
  return {
    story: storyOf({
      id: explicit?.[1] ?? positionId(index),
      title: explicit?.[2] ?? text,
      description: paragraphs([prose.join('\n')]),
      acceptanceCriteria: criteria.map(withoutEmphasis),
      passes: task.box.isTicked,
      verificationSteps: commandSteps(criteria),
    }),
    line: task.box.line,
    dependencyLine: task.box.line,
    boxes: [task.box.line, ...nested.map((box) => box.line)],
    spareLine: task.box.line,
    problems: [],
  };
}
