import type { ErrorLocation } from '../../light/error.js';
import { findConflicts, type PrdPlaces } from '../conflicts.js';
import { storyId } from '../fields.js';
import { PrdInvalidError, unknownFormat, type Prd, type PrdNote, type PrdProblem } from '../prd.js';
import type { Fields } from '../json/keys.js';
import { findLeftovers } from './leftovers.js';
import { markdownFrame } from './markdown-document.js';
import { dependencyContext, withKnownDependencies } from './markdown-dependencies.js';
import { readMarkdown, type MarkdownLine, type MarkdownText } from './markdown-lines.js';
import type { LineNote, MarkdownStory } from './markdown-story.js';
import { storySections } from './story-markdown.js';
import { isTaskFile, taskFileFrame, taskFileNotes, taskFileStory } from './task-file.js';
import { taskBoxes } from './task-markdown.js';

/**
 * Reads a PRD in Markdown: a file that is one task by its front matter (decoded, undefined where there is none), stories by
 * their headings, else check boxes. What no story stands for is in `notes`. Throws {@link PrdInvalidError} with every problem
 * at once, each with story and line.
 */
export function parseMarkdownPrd(text: string, file: string, frontMatter?: unknown): Prd {
  const document = readMarkdown(text);
  const found = connected(findStories(document.lines, frontMatter), document.lines);
  if (found.stories.length === 0) throw unknownFormat(file);
  const worked = found.stories.filter(({ leftOutBy }) => leftOutBy === null);
  const { frame, notes, branchLine } = frameOf(document, { found, file, frontMatter });
  const prd: Prd = { ...frame, stories: worked.map(({ story }) => story), notes };
  const problems = [
    ...found.stories.flatMap((entry) => ownProblems(entry, file)),
    ...findConflicts(prd, markdownPlaces({ stories: worked, file, branchLine })),
  ];
  if (problems.length > 0) throw new PrdInvalidError(file, problems);
  return prd;
}

/**
 * Where the check boxes of a story are; undefined when the text has no such story. Works on a text with other mistakes
 * too.
 */
export function findMarkdownStory(
  text: string,
  id: string,
  frontMatter?: unknown,
): MarkdownStory | undefined {
  const { stories } = findStories(readMarkdown(text).lines, frontMatter);
  return stories.find(({ story }) => story.id === id);
}

interface FoundStories {
  readonly format: Prd['format'];
  readonly stories: readonly MarkdownStory[];
  /** Lines that belong to a story. */
  readonly inside: ReadonlySet<number>;
}

function findStories(lines: readonly MarkdownLine[], frontMatter: unknown): FoundStories {
  if (isTaskFile(frontMatter) && !hasOwnStories(frontMatter, lines)) {
    const inside = new Set(lines.map(({ number }) => number));
    return { format: 'backlog-md', stories: [taskFileStory(frontMatter, lines)], inside };
  }
  const numbered = numberedTasks(lines);
  if (numbered !== undefined)
    return { format: 'ralphy-markdown', stories: numbered, inside: new Set() };
  const sections = storySections(lines);
  if (sections.stories.length > 0)
    return { format: 'ralph-tui-markdown', stories: sections.stories, inside: sections.lines };
  const boxes = taskBoxes(lines);
  // the box that marks a step as passed is no task
  const parts = boxes.every(({ story }) => story.title === 'Done')
    ? storySections(lines, 'parts')
    : undefined;
  if (parts !== undefined && parts.stories.length > 0)
    return { format: 'ralph-tui-markdown', stories: parts.stories, inside: parts.lines };
  return { format: 'ralphy-markdown', stories: boxes, inside: new Set() };
}

/** One story comes first whatever its priority says. */
function withoutRank(entry: MarkdownStory): MarkdownStory {
  const notes = entry.problems.map(({ message, where }): LineNote => ({
    line: where.line ?? entry.line,
    message: `${where.field ?? 'field'} ${message}: read as none`,
    items: 0,
  }));
  return { ...entry, problems: [], notes: [...entry.notes, ...notes] };
}

/** Front matter with a status, but without an id, may also stand above several stories. */
function hasOwnStories(frontMatter: Fields, lines: readonly MarkdownLine[]): boolean {
  return frontMatter['id'] === undefined && storySections(lines).stories.length > 1;
}

/** The stories with their dependencies resolved; see {@link withKnownDependencies}. */
function connected(found: FoundStories, lines: readonly MarkdownLine[]): FoundStories {
  const { stories } = found;
  const [first] = stories;
  const isTitle = /^#[ \t]/.test(lines[(first?.line ?? 0) - 1]?.text ?? '');
  const isOneStory = stories.length === 1 && isTitle;
  const context = dependencyContext(stories, isOneStory);
  return {
    ...found,
    stories: stories
      .map((entry) => withKnownDependencies(entry, context))
      .map((entry) => (isOneStory ? withoutRank(entry) : entry)),
  };
}

/** spec-kit numbers its boxes: then they are the tasks, also below headings of user stories. */
function numberedTasks(lines: readonly MarkdownLine[]): readonly MarkdownStory[] | undefined {
  const tasks = taskBoxes(lines);
  const own = tasks.filter(({ story }) => /^T\d{3,4}[a-z]?$/.test(story.id));
  return own.length > 1 && own.length * 2 > tasks.length ? tasks : undefined;
}

function frameOf(
  document: MarkdownText,
  read: { readonly found: FoundStories; readonly file: string; readonly frontMatter: unknown },
): {
  readonly frame: Omit<Prd, 'stories' | 'notes'>;
  readonly notes: PrdNote[];
  readonly branchLine: number | undefined;
} {
  const { found, file, frontMatter } = read;
  const [first] = found.stories;
  const own = found.stories.flatMap((entry) => storyNotes(entry, file));
  if (found.format === 'backlog-md' && isTaskFile(frontMatter) && first !== undefined)
    return {
      frame: taskFileFrame(first),
      notes: [...own, ...taskFileNotes(frontMatter, file)],
      branchLine: undefined,
    };
  const fallback = found.format === 'ralphy-markdown' ? 'tasks' : 'PRD';
  const { branchLine, ...frame } = markdownFrame(document.lines, fallback);
  const leftovers = findLeftovers(document, found.stories, found.inside);
  return {
    frame: { format: found.format, ...frame, technicalRequirements: [...leftovers.rules] },
    notes: [...own, ...leftovers.notes.map((note) => placed(note, { file }))].sort(
      (left, right) => (left.where.line ?? 0) - (right.where.line ?? 0),
    ),
    branchLine,
  };
}

function storyNotes(entry: MarkdownStory, file: string): PrdNote[] {
  const { story, leftOutBy, line } = entry;
  const where = { file, story: story.id };
  const own = entry.notes.map((note) => placed(note, where));
  return leftOutBy === null
    ? own
    : [
        ...own,
        placed(
          { line, message: `"${story.title}" is ${leftOutBy} and not worked on`, items: 1 },
          where,
        ),
      ];
}

function placed({ line, message, items }: LineNote, where: ErrorLocation): PrdNote {
  return { message, where: { ...where, line }, items };
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
