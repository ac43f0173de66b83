import {
  findMarkdownStory,
  findStoryMarks,
  findTaskLineMark,
  InvalidInputError,
  isTaskFile,
  taskFileStatus,
  withoutDoneMark,
  withTick,
  type MarkdownStory,
} from '../../domain/index.js';
import { frontMatterOf, type FrontMatter } from './front-matter.js';
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
  const marked = withMark(text, marking);
  // a field that stands twice, a box behind a fence: what was written may not be what is read
  if (marked !== text && withMark(marked, marking) !== marked) throw unmarkable(marking);
  return marked;
}

function withMark(text: string, marking: StoryMarking): string {
  const { file, storyId, passes } = marking;
  switch (prdNotation(text, file)) {
    case 'json-lines':
      return markTaskLine(text, marking);
    case 'markdown':
      return markMarkdown(text, marking);
    case 'yaml': {
      const marks = findStoryMarks(parseYamlDocument(text, file).value, { id: storyId, passes });
      if (marks === undefined) throw storyMissing(marking);
      return marks.reduce(
        (marked, { path, value }) => setYamlField(marked, path, { value, file }),
        text,
      );
    }
    case 'json': {
      const marks = findStoryMarks(parseJsonDocument(text, file).value, { id: storyId, passes });
      if (marks === undefined) throw storyMissing(marking);
      return marks.reduce((marked, { path, value }) => setJsonField(marked, path, value), text);
    }
  }
}

function markTaskLine(text: string, marking: StoryMarking): string {
  const found = findTaskLineMark(text, { id: marking.storyId, passes: marking.passes });
  if (found === undefined) throw storyMissing(marking);
  if (found.edits.length === 0) return text;
  return withLine(text, found.line, (line) => {
    const edited = found.edits.reduce(
      (so, { field, value }) => setJsonField(so, [field], value),
      line,
    );
    // a field that had to be added is laid out over lines, and a task has one
    return edited.replace(/\r?\n\s*/g, '');
  });
}

function markMarkdown(text: string, marking: StoryMarking): string {
  const front = frontMatterOf(text);
  const found = findMarkdownStory(text, marking.storyId, front?.value);
  if (found === undefined) throw storyMissing(marking);
  if (found.story.passes === marking.passes) return text;
  const reopened =
    found.isHeadingMarked && !marking.passes ? withLine(text, found.line, withoutDoneMark) : text;
  const boxed = markBoxes(reopened, found, marking);
  const said = found.status === undefined ? boxed : markStatus(boxed, found.status, marking);
  return front === undefined || !found.isWholeFile ? said : markFrontMatter(said, front, marking);
}

/** `Status: Draft` becomes `Status: Done`. */
function markStatus(
  text: string,
  status: NonNullable<MarkdownStory['status']>,
  marking: StoryMarking,
): string {
  return withLine(text, status.line, (line) => {
    const at = line.lastIndexOf(status.word);
    const word = marking.passes ? 'Done' : 'To do';
    // the end of a sentence that was too long for a status
    const rest = line
      .slice(at + status.word.length)
      .replace(/^ ?[\p{L}\p{N}][\p{L}\p{N} _'-]*/u, '');
    return at < 0 ? line : `${line.slice(0, at)}${word}${rest}`;
  });
}

/** The status of a file that is one task stands in its front matter. */
function markFrontMatter(text: string, front: FrontMatter, marking: StoryMarking): string {
  const status = isTaskFile(front.value) ? taskFileStatus(front.value, marking.passes) : undefined;
  if (status === undefined) return text;
  const edited = setYamlField(front.text, [status.field], {
    value: status.value,
    file: marking.file,
  });
  return `${text.slice(0, front.start)}${edited}${text.slice(front.start + front.text.length)}`;
}

function markBoxes(text: string, found: MarkdownStory, marking: StoryMarking): string {
  const lines = text.split('\n');
  if (found.boxes.length > 0) {
    for (const number of found.boxes)
      lines[number - 1] = withTick(lines[number - 1] ?? '', marking.passes);
    return lines.join('\n');
  }
  if (found.status !== undefined || found.isWholeFile || !marking.passes) return text;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const isLast = found.spareLine >= lines.length;
  const before = lines.slice(0, found.spareLine).join('\n');
  return isLast
    ? `${before}${eol}${eol}- [x] Done`
    : `${before}\n${needsGap(lines[found.spareLine - 1] ?? '') ? eol : ''}- [x] Done${eol}${lines.slice(found.spareLine).join('\n')}`;
}

/** Below a line of a list the box goes on with the list; below anything else it begins one. */
function needsGap(line: string): boolean {
  return !/^\s*[-*+]\s/.test(line);
}

/** The text with one line (1-based, without its line end) replaced. */
function withLine(text: string, number: number, edit: (line: string) => string): string {
  const lines = text.split('\n');
  const line = lines[number - 1] ?? '';
  const ending = line.endsWith('\r') ? '\r' : '';
  lines[number - 1] = `${edit(ending === '' ? line : line.slice(0, -1))}${ending}`;
  return lines.join('\n');
}

function unmarkable({ storyId, file }: StoryMarking): InvalidInputError {
  return new InvalidInputError('ERR_STORY_UNMARKABLE', {
    message: `story ${storyId} cannot be marked in the file: what was written there would not be read`,
    where: { file, story: storyId },
    hint: 'mark it by hand; look for a field that stands twice, or code that is never closed',
  });
}

function storyMissing({ storyId, file }: StoryMarking): InvalidInputError {
  return new InvalidInputError('ERR_STORY_MISSING', {
    message: `story ${storyId} is no longer in the file`,
    where: { file, story: storyId },
    hint: 'put the story back, or go on without it',
  });
}
