import type { ErrorLocation } from '../../error.js';
import { findConflicts, type PrdPlaces } from '../conflicts.js';
import { storyId } from '../fields.js';
import { markdownFrame } from './markdown-document.js';
import { markdownLines, type MarkdownLine } from './markdown-lines.js';
import { PrdInvalidError, unknownFormat, type Prd, type PrdProblem } from '../prd.js';
import type { MarkdownStory } from './markdown-story.js';
import { storySections } from './story-markdown.js';
import { taskBoxes } from './task-markdown.js';

/**
 * Reads a PRD in Markdown: ralph-tui's story headings, else ralphy's check boxes. Throws {@link PrdInvalidError} with
 * every problem at once, each with story and line.
 */
export function parseMarkdownPrd(text: string, file: string): Prd {
  const lines = markdownLines(text);
  const { format, stories } = findStories(lines);
  if (stories.length === 0) throw unknownFormat(file);
  const { branchLine, ...frame } = markdownFrame(
    lines,
    format === 'ralphy-markdown' ? 'tasks' : 'PRD',
  );
  const prd: Prd = {
    format,
    ...frame,
    stories: stories.map(({ story }) => story),
    technicalRequirements: [],
  };
  const problems = [
    ...stories.flatMap((entry) => ownProblems(entry, file)),
    ...findConflicts(prd, markdownPlaces({ stories, file, branchLine })),
  ];
  if (problems.length > 0) throw new PrdInvalidError(file, problems);
  return prd;
}

/**
 * Where the check boxes of a story are; undefined when the text has no such story. Works on a text with other mistakes
 * too.
 */
export function findMarkdownStory(text: string, id: string): MarkdownStory | undefined {
  return findStories(markdownLines(text)).stories.find(({ story }) => story.id === id);
}

function findStories(lines: readonly MarkdownLine[]): {
  readonly format: Prd['format'];
  readonly stories: readonly MarkdownStory[];
} {
  const sections = storySections(lines);
  return sections.length > 0
    ? { format: 'ralph-tui-markdown', stories: sections }
    : { format: 'ralphy-markdown', stories: taskBoxes(lines) };
}

function ownProblems(entry: MarkdownStory, file: string): PrdProblem[] {
  const { id } = entry.story;
  const checked = storyId.safeParse(id);
  const where = { file, line: entry.line, story: id };
  return [
    ...(checked.error?.issues ?? []).map(({ message }) => ({
      message,
      where: { ...where, field: 'id' },
    })),
    ...entry.problems.map((problem) => ({
      message: problem.message,
      where: { ...where, ...problem.where },
    })),
  ];
}

function markdownPlaces(document: {
  readonly stories: readonly MarkdownStory[];
  readonly file: string;
  readonly branchLine: number | undefined;
}): PrdPlaces {
  const { stories, file, branchLine } = document;
  const at = (index: number, line: number | undefined): ErrorLocation => ({
    file,
    line,
    story: stories[index]?.story.id,
  });
  const dependencies = (index: number): ErrorLocation => at(index, stories[index]?.dependencyLine);
  return {
    id: (index) => at(index, stories[index]?.line),
    nameOf: (index) => `line ${stories[index]?.line ?? 0}`,
    dependency: dependencies,
    dependencies,
    branch: () => ({ file, line: branchLine, field: 'Branch' }),
  };
}
