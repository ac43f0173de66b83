import { statusMeaning } from '../done-word.js';
import { commandSteps, priorityOf, storyId, storyOf, titled } from '../fields.js';
import { itemId } from '../json/item.js';
import { DEPENDENCY_KEYS, writtenDependencies } from '../json/dependencies.js';
import { fieldOf, fieldsOf, isFields, type Fields } from '../json/keys.js';
import type { PrdNote, Prd } from '../prd.js';
import {
  frontMatterLength,
  headingOn,
  withoutEmphasis,
  type MarkdownLine,
} from './markdown-lines.js';
import type { MarkdownStory } from './markdown-story.js';
import { headingId } from './story-heading.js';
import { readStorySection, type StorySection } from './story-section.js';

const MEDIUM = 3;

/** Fields that only the front matter of a single task has, as plain keys. */
const TASK_KEYS = [...DEPENDENCY_KEYS, 'parallel', 'conflictswith'];
const TASK_TYPES = /^(?:task|bug|feature|story|chore|issue|ticket)$/i;

/**
 * True for the front matter of a file that is one task: an id and a title, as Backlog.md writes them, or a status and what a
 * task waits for, as ccpm and ticket files have it.
 */
export function isTaskFile(frontMatter: unknown): frontMatter is Fields {
  if (!isFields(frontMatter)) return false;
  const { id, title } = frontMatter;
  const hasId = typeof id === 'string' || typeof id === 'number';
  if (hasId && typeof title === 'string' && title.trim() !== '') return true;
  return typeof frontMatter['status'] === 'string' && isTask(frontMatter);
}

function isTask(frontMatter: Fields): boolean {
  const type = fieldOf(frontMatter, ['type'])?.value;
  if (typeof type === 'string') return TASK_TYPES.test(type.trim());
  return fieldsOf(frontMatter, TASK_KEYS).length > 0;
}

/** The status field of a task file's front matter, and what it would say for `passes`; undefined when it says so already. */
export function taskFileStatus(
  frontMatter: Fields,
  passes: boolean,
): { readonly field: string; readonly value: string } | undefined {
  const status = fieldOf(frontMatter, ['status']);
  const word = typeof status?.value === 'string' ? status.value : '';
  if ((statusMeaning(word) === 'done') === passes) return undefined;
  return { field: status?.key ?? 'status', value: statusFor(word, passes) };
}

/** The word of the tool that wrote the one before: most say open and closed in small letters, Backlog.md To Do and Done. */
function statusFor(word: string, passes: boolean): string {
  if (/^(?:open|in[-_]progress|closed)$/.test(word)) return passes ? 'closed' : 'open';
  return passes ? 'Done' : 'To Do';
}

/** Title by the front matter, else by the first heading; `# Task 008: Title` also gives an id. */
function headOf(
  frontMatter: Fields,
  lines: readonly MarkdownLine[],
): { title: string; id: string } {
  const heading = lines.map(headingOn).find((line) => line?.level === 1)?.text ?? '';
  const [, word = '', number = '', rest = heading] = HEAD.exec(withoutEmphasis(heading)) ?? [];
  const written = fieldOf(frontMatter, ['title', 'name'])?.value;
  const title = titled(withoutEmphasis(typeof written === 'string' ? written : rest)).title;
  const isNumbered = fieldOf(frontMatter, ['id']) === undefined && number !== '';
  return {
    title: title === '' ? 'Task' : title,
    id: isNumbered ? headingId(`${word} ${number}`) : itemId(frontMatter, 0),
  };
}

const HEAD =
  /^(Task|Story|Issue|Ticket|Feature)(?:\s+#?(\d{1,9}(?:\.\d{1,9})*))?\s*[:–—-]\s*(\S.*)$/i;

/** The one story of a task file. Criteria and definition of done are its criteria; other sections are its text. */
export function taskFileStory(frontMatter: Fields, lines: readonly MarkdownLine[]): MarkdownStory {
  const section = readStorySection(withoutFrontMatter(lines), 1);
  const standing = standingOf(frontMatter, section);
  const { title, id } = headOf(frontMatter, lines);
  const problems = storyId.safeParse(id).error?.issues ?? [];
  return {
    story: storyOf({
      id,
      title,
      description: section.description,
      acceptanceCriteria: section.criteria.map(withoutEmphasis),
      passes: standing.passes,
      priority: rankOf(frontMatter, section),
      verificationSteps: commandSteps(section.criteria),
    }),
    line: 1,
    dependencyLine: 1,
    boxes: section.boxes.map(({ line }) => line),
    status: undefined,
    isHeadingMarked: false,
    isWholeFile: true,
    spareLine: section.spareLine,
    leftOutBy: standing.leftOutBy,
    problems: problems.map(({ message }) => ({ message, where: { field: 'id', line: 1 } })),
    notes: standing.notes,
  };
}

function rankOf(frontMatter: Fields, section: StorySection): number {
  const label = /\w+/.exec(section.labels.get('priority')?.text ?? '')?.[0];
  return priorityOf(fieldOf(frontMatter, ['priority'])?.value) ?? priorityOf(label) ?? MEDIUM;
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
