import type { Story } from '../../run/story.js';
import { statusMeaning } from '../done-word.js';
import {
  commandSteps,
  firstLine,
  paragraphs,
  PRIORITY_PROBLEM,
  priorityOf,
  storyOf,
  titled,
} from '../fields.js';
import type { PrdProblem } from '../prd.js';
import { withoutEmphasis, type MarkdownLine } from './markdown-lines.js';
import type { LineNote, MarkdownStory } from './markdown-story.js';
import { headingId, storyHeadings, type HeadingKind, type StoryHeading } from './story-heading.js';
import { readStorySection, type StorySection } from './story-section.js';

const LEADING_ID =
  /^([A-Z][A-Z0-9]*-\d+(?:\.\d+)*|(?:Feature|Story|Task|Issue|Ticket)\s+#?\d+(?:\.\d+)*[a-z]?)\b/i;
/** Characters of an epic's text that its stories are told. */
const FRAME_LIMIT = 2000;
/** Characters of a box in a note. */
const NOTE_LIMIT = 80;

/** The stories of a text and the lines that belong to them. */
export interface StorySections {
  readonly stories: readonly MarkdownStory[];
  /** Numbers of all lines inside a story. */
  readonly lines: ReadonlySet<number>;
}

/**
 * The stories that a text has by its headings (facts: peers.md section 3): `### US-001: Title` and its like, `# Story 1.2`,
 * `### Task 3`, else any heading with a colon below "User Stories"; of the kind `parts`, `### Step 1`. No stories when there is none.
 */
export function storySections(
  lines: readonly MarkdownLine[],
  kind: HeadingKind = 'stories',
): StorySections {
  const { stories, frames } = storyHeadings(lines, kind);
  const inside = new Set<number>();
  const frameOf = framesOf(frames, lines);
  const read = stories.map((heading, index) => {
    const end = Number.isFinite(heading.end) ? heading.end - 1 : undefined;
    const own = lines.slice(heading.line, end);
    for (const { number } of own) inside.add(number);
    return toStory(heading, { index, lines: own, frame: frameOf(heading) });
  });
  return { stories: read, lines: inside };
}

/** Gives title and text of the epic that a story stands in; to be asked in the order of the text. */
function framesOf(
  frames: readonly StoryHeading[],
  lines: readonly MarkdownLine[],
): (story: StoryHeading) => string {
  const open: { readonly level: number; readonly text: string }[] = [];
  let next = 0;
  return (story) => {
    for (
      let frame = frames[next];
      frame !== undefined && frame.line < story.line;
      frame = frames[next]
    ) {
      while ((open.at(-1)?.level ?? 0) >= frame.level) open.pop();
      open.push({ level: frame.level, text: frameText(frame, lines) });
      next += 1;
    }
    return open.findLast(({ level }) => level < story.level)?.text ?? '';
  };
}

function frameText(frame: StoryHeading, lines: readonly MarkdownLine[]): string {
  const texts: string[] = [];
  for (let index = frame.line; index < lines.length; index += 1) {
    const line = lines[index];
    if (line === undefined || (!line.isVerbatim && /^(?:#|\*\*[A-Z])/.test(line.text))) break;
    texts.push(line.text);
  }
  const text = texts.join('\n').trim();
  return `Part of: ${frame.title}${text === '' ? '' : `\n${text.slice(0, FRAME_LIMIT)}`}`;
}

function toStory(
  heading: StoryHeading,
  place: {
    readonly index: number;
    readonly lines: readonly MarkdownLine[];
    readonly frame: string;
  },
): MarkdownStory {
  const section = readStorySection(place.lines, heading.line);
  const written = section.labels.get('priority');
  const rank = priorityOf(firstWord(written?.text ?? heading.priority));
  const dependencies = section.labels.get('depends on') ?? section.labels.get('dependencies');
  const standing = standingOf(heading, section);
  const { title, rest } = titled(heading.title);
  const story: Story = storyOf({
    id: heading.id,
    title,
    description: paragraphs([rest, section.description, place.frame]),
    acceptanceCriteria: section.criteria.map(withoutEmphasis),
    passes: standing.passes,
    // ralph-tui ranks stories without a priority by their place
    priority: rank ?? Math.min(place.index + 1, 4),
    dependsOn: dependencyIds(dependencies?.text ?? ''),
    verificationSteps: commandSteps(section.criteria),
  });
  const problems: PrdProblem[] =
    written !== undefined && rank === undefined
      ? [{ message: PRIORITY_PROBLEM, where: { line: written.line, field: 'Priority' } }]
      : [];
  return {
    story,
    line: heading.line,
    dependencyLine: dependencies?.line ?? heading.line,
    boxes: section.boxes.map((box) => box.line),
    status: statusPlace(section),
    isHeadingMarked: heading.isMarkedDone,
    isWholeFile: false,
    spareLine: section.spareLine,
    leftOutBy: standing.leftOutBy,
    problems,
    notes: [...standing.notes, ...bookkeepingNotes(section)],
  };
}

function statusPlace({ status }: StorySection): MarkdownStory['status'] {
  const word = status === undefined ? undefined : statusText(status.text);
  return status === undefined || word === undefined || word === ''
    ? undefined
    : { line: status.line, word };
}

/** The word behind signs and emphasis: `✅ **Done**` says Done. */
function statusText(text: string): string {
  return /\p{L}[\p{L} _'-]{0,40}/u.exec(text.replaceAll('*', ''))?.[0].trim() ?? '';
}

interface Standing {
  readonly passes: boolean;
  readonly leftOutBy: string | null;
  readonly notes: readonly LineNote[];
}

/** Whether a story is done: its status, a mark in its heading, or all its boxes; what contradicts is told. */
function standingOf(heading: StoryHeading, section: StorySection): Standing {
  const open = section.boxes.filter((box) => !box.isTicked).length;
  const word = statusText(section.status?.text ?? '');
  const meaning = statusMeaning(word);
  const isSaid = meaning === 'done' || heading.isMarkedDone;
  const passes = isSaid || (section.boxes.length > 0 && open === 0);
  const dropped = meaning === 'left-out' ? word : null;
  return {
    passes,
    leftOutBy: passes ? null : heading.isStruck ? 'struck through' : dropped,
    notes: isSaid
      ? openBoxesNotes(heading, open)
      : statusNotes(section, passes && meaning === 'open'),
  };
}

/** Open boxes below "QA Results" and the like are no part of the story; they are named. */
function bookkeepingNotes({ unread }: StorySection): LineNote[] {
  const [first] = unread;
  if (first === undefined) return [];
  const more = unread.length === 1 ? 'stands' : `and ${unread.length - 1} more open boxes stand`;
  const message = `"${firstLine(first.text, NOTE_LIMIT)}" ${more} in what a tool wrote about its own work: not worked on`;
  return [note(first.line, message)];
}

function openBoxesNotes({ line }: StoryHeading, open: number): LineNote[] {
  return open === 0 ? [] : [note(line, `called done, and ${open} of its boxes are open`)];
}

function statusNotes({ status }: StorySection, isContrary: boolean): LineNote[] {
  return isContrary && status !== undefined
    ? [note(status.line, `"${status.text}", but all its boxes are ticked: passed`)]
    : [];
}

function note(line: number, message: string): LineNote {
  return { line, message, items: 0 };
}

/** Ids and sentences behind "Depends on"; remarks in brackets say nothing about the order. */
function dependencyIds(text: string): string[] {
  if (isNothing(text)) return [];
  let word = '';
  const ids = text
    .replace(/\([^()]{0,500}\)/g, '')
    .split(/[,;]|\band\b/)
    .map((part) => part.replace(/[`*[\]]/g, '').trim())
    .filter((part) => part !== '' && !/^(?:none|n\/a|nothing)\b/i.test(part))
    .map((part) => {
      // "Stories 1.1, 1.2" names two of them
      const several = PLURAL.exec(part);
      if (several !== null) word = (several[1] ?? '').replace(/ies$/i, 'y').replace(/s$/i, '');
      const bare = several?.[2] ?? part;
      const full = word !== '' && /^#?\d+(?:\.\d+)*[a-z]?$/i.test(bare) ? `${word} ${bare}` : part;
      return headingId(LEADING_ID.exec(full)?.[1] ?? full);
    });
  return [...new Set(ids)];
}

const PLURAL = /^(stories|tasks|features|issues|tickets)\s+(#?\d\S*)$/i;

function isNothing(text: string): boolean {
  return /^(?:none|n\/a|nothing|[-–—])?\.?$/i.test(text.trim());
}

function firstWord(text: string): string {
  return /\w+/.exec(text)?.[0] ?? text;
}
