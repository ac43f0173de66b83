import { statusMeaning } from '../done-word.js';
import { commandSteps, priorityOf, storyId, storyOf, titled } from '../fields.js';
import { itemId } from '../json/item.js';
import { writtenDependencies } from '../json/dependencies.js';
import { fieldOf, isFields, type Fields } from '../json/keys.js';
import type { PrdNote, Prd } from '../prd.js';
import { frontMatterLength, withoutEmphasis, type MarkdownLine } from './markdown-lines.js';
import type { MarkdownStory } from './markdown-story.js';
import { readStorySection, type StorySection } from './story-section.js';

const MEDIUM = 3;

/** True for the front matter of a file that is one task, as Backlog.md writes them: it has an id and a title. */
export function isTaskFile(frontMatter: unknown): frontMatter is Fields {
  if (!isFields(frontMatter)) return false;
  const { id, title } = frontMatter;
  return (
    (typeof id === 'string' || typeof id === 'number') &&
    typeof title === 'string' &&
    title.trim() !== ''
  );
}

/** The status field of a task file's front matter, and what it would say for `passes`; undefined when it says so already. */
export function taskFileStatus(
  frontMatter: Fields,
  passes: boolean,
): { readonly field: string; readonly value: string } | undefined {
  const status = fieldOf(frontMatter, ['status']);
  const word = typeof status?.value === 'string' ? status.value : '';
  if ((statusMeaning(word) === 'done') === passes) return undefined;
  return { field: status?.key ?? 'status', value: passes ? 'Done' : 'To Do' };
}

/** The one story of a task file. Criteria and definition of done are its criteria; other sections are its text. */
export function taskFileStory(frontMatter: Fields, lines: readonly MarkdownLine[]): MarkdownStory {
  const section = readStorySection(withoutFrontMatter(lines), 1);
  const standing = standingOf(frontMatter, section);
  const id = itemId(frontMatter, 0);
  const problems = storyId.safeParse(id).error?.issues ?? [];
  return {
    story: storyOf({
      id,
      title: titled(withoutEmphasis(String(frontMatter['title']))).title,
      description: section.description,
      acceptanceCriteria: section.criteria.map(withoutEmphasis),
      passes: standing.passes,
      priority: priorityOf(fieldOf(frontMatter, ['priority'])?.value) ?? MEDIUM,
      verificationSteps: commandSteps(section.criteria),
    }),
    line: 1,
    dependencyLine: 1,
    boxes: section.boxes.map(({ line }) => line),
    status: undefined,
    isHeadingMarked: false,
    spareLine: section.spareLine,
    leftOutBy: standing.leftOutBy,
    problems: problems.map(({ message }) => ({ message, where: { field: 'id', line: 1 } })),
    notes: standing.notes,
  };
}

/** The status of the front matter counts; without one, the boxes. */
function standingOf(
  frontMatter: Fields,
  section: StorySection,
): Pick<MarkdownStory, 'leftOutBy' | 'notes'> & { readonly passes: boolean } {
  const status = fieldOf(frontMatter, ['status'])?.value;
  const open = section.boxes.filter((box) => !box.isTicked).length;
  if (typeof status !== 'string')
    return { passes: section.boxes.length > 0 && open === 0, leftOutBy: null, notes: [] };
  const meaning = statusMeaning(status);
  const message = `called done, and ${open} of its boxes are open`;
  return {
    passes: meaning === 'done',
    leftOutBy: meaning === 'left-out' ? status : null,
    notes: meaning === 'done' && open > 0 ? [{ line: 1, message, items: 0 }] : [],
  };
}

function withoutFrontMatter(lines: readonly MarkdownLine[]): MarkdownLine[] {
  const length = frontMatterLength(lines.map(({ text }) => text));
  return lines.filter(({ number }) => number > length);
}

/** Tasks that this one waits for; they are other files, so that a person has to see to them. */
export function taskFileNotes(frontMatter: Fields, file: string): PrdNote[] {
  const ids = [...new Set(writtenDependencies(frontMatter).map(({ id }) => id))].filter(
    (id) => id !== '',
  );
  return ids.length === 0
    ? []
    : [
        {
          message: `waits for ${ids.join(', ')}, which this file does not hold: see to it that they are done`,
          where: { file, line: 1 },
          items: 0,
        },
      ];
}

/** What a task file says besides its story. */
export function taskFileFrame(story: MarkdownStory): Omit<Prd, 'stories' | 'notes'> {
  return {
    format: 'backlog-md',
    project: '',
    feature: story.story.title,
    branchName: '',
    technicalRequirements: [],
    qualityChecks: [],
  };
}
