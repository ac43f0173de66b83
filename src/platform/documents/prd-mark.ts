import {
  CLOSED_STATUS,
  findMarkdownStory,
  findStoryMark,
  findTaskLine,
  InvalidInputError,
} from '../../domain/index.js';
import { parseJsonDocument, setJsonField } from './json-document.js';
import { prdNotation } from './prd-document.js';
import { parseYamlDocument, setYamlField } from './yaml-document.js';

/** Which story to mark, and how. */
export interface StoryMarking {
  readonly storyId: string;
  readonly passes: boolean;
  /** For messages, and for the notation where the text alone does not tell it. */
  readonly file: string;
}

/**
 * The PRD's text with one story marked as passed or as open again, in the file's own format: `passes` or `status` in JSON,
 * `completed` in YAML, the check boxes of that story in Markdown, the status of that line in JSON lines. Everything else
 * stays byte for byte; the same text comes back when it says so already. Throws `ERR_STORY_MISSING`, or what is wrong
 * with the text.
 */
export function markStory(text: string, marking: StoryMarking): string {
  switch (prdNotation(text, marking.file)) {
    case 'json-lines':
      return markTaskLine(text, marking);
    case 'markdown':
      return markBoxes(text, marking);
    case 'yaml': {
      const { value } = parseYamlDocument(text, marking.file);
      const mark = findStoryMark(value, { id: marking.storyId, passes: marking.passes });
      if (mark === undefined) throw storyMissing(marking);
      return mark.isSet
        ? text
        : setYamlField(text, mark.path, { value: mark.value, file: marking.file });
    }
    case 'json': {
      const { value } = parseJsonDocument(text, marking.file);
      const mark = findStoryMark(value, { id: marking.storyId, passes: marking.passes });
      if (mark === undefined) throw storyMissing(marking);
      return mark.isSet ? text : setJsonField(text, mark.path, mark.value);
    }
  }
}

function markTaskLine(text: string, marking: StoryMarking): string {
  const found = findTaskLine(text, marking.storyId);
  if (found === undefined) throw storyMissing(marking);
  const { value } = found;
  const now = typeof value === 'object' && value !== null && 'status' in value ? value.status : '';
  if ((now === CLOSED_STATUS) === marking.passes) return text;
  return withLine(text, found.line, (line) => {
    const edited = setJsonField(line, ['status'], marking.passes ? CLOSED_STATUS : 'open');
    // a field that had to be added is laid out over lines, and a task has one
    return edited.replace(/\r?\n\s*/g, '');
  });
}

function markBoxes(text: string, marking: StoryMarking): string {
  const found = findMarkdownStory(text, marking.storyId);
  if (found === undefined) throw storyMissing(marking);
  if (found.story.passes === marking.passes) return text;
  if (found.boxes.length === 0) {
    const eol = text.includes('\r\n') ? '\r\n' : '\n';
    const lines = text.split('\n');
    const isLast = found.spareLine >= lines.length;
    const before = lines.slice(0, found.spareLine).join('\n');
    return isLast
      ? `${before}${eol}${eol}- [x] Done`
      : `${before}\n${needsGap(lines[found.spareLine - 1] ?? '') ? eol : ''}- [x] Done${eol}${lines.slice(found.spareLine).join('\n')}`;
  }
  const mark = marking.passes ? '[x]' : '[ ]';
  const lines = text.split('\n');
  for (const number of found.boxes) {
    lines[number - 1] = (lines[number - 1] ?? '').replace(/\[[ xX]\]/, (box) =>
      isSame(box, mark) ? box : mark,
    );
  }
  return lines.join('\n');
}

/** Below a line of a list the box goes on with the list; below anything else it begins one. */
function needsGap(line: string): boolean {
  return !/^\s*[-*+]\s/.test(line);
}

/** A box that is ticked with a capital letter stays as it is. */
function isSame(box: string, mark: string): boolean {
  return (box === '[ ]') === (mark === '[ ]');
}

/** The text with one line (1-based, without its line end) replaced. */
function withLine(text: string, number: number, edit: (line: string) => string): string {
  const lines = text.split('\n');
  const line = lines[number - 1] ?? '';
  const ending = line.endsWith('\r') ? '\r' : '';
  lines[number - 1] = `${edit(ending === '' ? line : line.slice(0, -1))}${ending}`;
  return lines.join('\n');
}

function storyMissing({ storyId, file }: StoryMarking): InvalidInputError {
  return new InvalidInputError('ERR_STORY_MISSING', {
    message: `story ${storyId} is no longer in the file`,
    where: { file, story: storyId },
    hint: 'put the story back, or go on without it',
  });
}
