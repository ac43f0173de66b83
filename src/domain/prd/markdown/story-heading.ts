import { isDoneWord } from '../done-word.js';
import { matched, type Groups } from '../matched.js';
import { headingOn, withoutEmphasis, type Heading, type MarkdownLine } from './markdown-lines.js';

/** What a heading says about a story: `### US-001 - Title (P1) ✅`. */
export interface StoryHeading extends Heading {
  readonly id: string;
  readonly title: string;
  /** As written, for example `P1`; empty where the heading names none. */
  readonly priority: string;
  readonly isMarkedDone: boolean;
  readonly isStruck: boolean;
}

/**
 * The forms of ids in headings, the one that decides first: where stories have ids of their own, a `Task 1` below is a part of
 * one. A form with a separator needs it, so that "HTTP-404 pages" is no story.
 */
const FORMS: readonly RegExp[] = [
  /^\[?([A-Z][A-Z0-9]{0,19}-\d{1,9}(?:\.\d{1,9})*|Feature\s+\d{1,9}(?:\.\d{1,9})+)\]?\s*(?:\(([^()]{1,40})\)\s*)?[:.)–—-](.*)$/s,
  /^\[?((?:US|STORY|TASK|FEAT|FR|REQ|TICKET|ISSUE|BUG|TSK)-\d{1,9}(?:\.\d{1,9})*)\]?(?:\s*\(([^()]{1,40})\))?(.*)$/s,
  /^(?:User\s+)?(Story\s+#?\d{1,9}(?:\.\d{1,9})*[a-z]?)\s*(?:\(([^()]{1,40})\)\s*)?[:.)–—-](.*)$/is,
  /^((?:Task|Feature|Issue|Ticket)\s+#?\d{1,9}(?:\.\d{1,9})*[a-z]?)\s*(?:\(([^()]{1,40})\)\s*)?[:.)–—-](.*)$/is,
  /^((?:Step|Phase|Milestone|T)\s{0,5}#?\d{1,9}(?:\.\d{1,9})*[a-z]?)\s*(?:\(([^()]{1,40})\)\s*)?[:.)–—-](.*)$/s,
];
/** Forms that count as one: an id with and without a separator. */
const FORM_GROUPS = [[0, 1], [2], [3]];
/** Forms of parts of a plan, which are the work only where nothing else is. */
const PART_GROUPS = [[4]];

const DONE_SIGN = /[✅✔☑✓]\uFE0F?/gu;
const OPEN_SIGN = /[🚧⏳⬜☐📝🔲🔴🟡🟢⚪]\uFE0F?/gu;
const CLOSING_MARK = /[([]([\p{L} ]{2,20})[)\]]$/u;
const PRIORITY_MARK =
  /\((?:priority:?\s*)?(p[0-9]|critical|highest|high|medium|low)\)(?:\s*🎯.{0,20})?$/iu;

/** The form that needs no separator, and so no title either. */
const BARE_FORM = 1;

function matchForm(form: number, text: string): Groups | undefined {
  const part = matched(FORMS[form] ?? /$^/, text);
  return part !== undefined && (form === BARE_FORM || part(3).trim() !== '') ? part : undefined;
}

function readHeading(heading: Heading, forms: readonly number[]): StoryHeading | undefined {
  const marks = headingMarks(heading.text);
  const part = forms
    .map((form) => matchForm(form, marks.text))
    .find((found) => found !== undefined);
  if (part === undefined) return undefined;
  const rest = part(3).trim();
  const rank = PRIORITY_MARK.exec(rest);
  const title = rank === null ? rest : rest.slice(0, rank.index).trim();
  return {
    ...heading,
    id: headingId(part(1)),
    title: withoutEmphasis(title === '' ? part(1) : title),
    priority: rank?.[1] ?? part(2),
    isMarkedDone: marks.isDone,
    isStruck: marks.isStruck,
  };
}

/** True for a heading that names one story, in whichever form. */
export function isStoryHeading(heading: Heading): boolean {
  return readHeading(heading, [0, 1, 2, 3]) !== undefined;
}

/** The line of a heading without what says that its story is done: `✅`, `[x]`, `(done)`. */
export function withoutDoneMark(line: string): string {
  const plain = line.replaceAll(DONE_SIGN, '');
  const open = plain
    .replace(/^(#{1,6}[ \t]+)\[[xX]\]/, '$1[ ]')
    .replace(/^(#{1,6}[ \t])[ \t]+/, '$1');
  const end = open.trimEnd();
  const closing = CLOSING_MARK.exec(end);
  return closing !== null && isDoneWord(closing[1] ?? '')
    ? `${end.slice(0, closing.index).trimEnd()}${open.endsWith('\r') ? '\r' : ''}`
    : open;
}

/** The text of a heading without what says how it stands: boxes, signs, `(done)`, a line through it. */
function headingMarks(written: string): {
  readonly text: string;
  readonly isDone: boolean;
  readonly isStruck: boolean;
} {
  let text = withoutEmphasis(written);
  const isStruck = text.startsWith('~~') && text.endsWith('~~') && text.length > 4;
  if (isStruck) text = text.slice(2, -2).trim();
  let isDone = false;
  const box = /^\[([ xX])\]\s+/.exec(text);
  if (box !== null) {
    isDone = box[1] !== ' ';
    text = text.slice(box[0].length);
  }
  const hasSign = text.search(DONE_SIGN) >= 0;
  text = text.replaceAll(DONE_SIGN, '').replaceAll(OPEN_SIGN, '').trim();
  const closing = CLOSING_MARK.exec(text);
  const isWord = closing !== null && isDoneWord(closing[1] ?? '');
  if (isWord) text = text.slice(0, closing.index).trim();
  return { text, isDone: isDone || hasSign || isWord, isStruck };
}

/** `Feature 1.2` is FEAT-1-2, as ralph-tui writes it; `Story 1.2` is STORY-1-2 and `Task 3` TASK-3. */
export function headingId(raw: string): string {
  const match = /^(Feature|Story|Task|Issue|Ticket|Step|Phase|Milestone)\s+#?(\S.*)$/i.exec(raw);
  if (match === null) return raw;
  const word = (match[1] ?? '').toUpperCase();
  return `${word === 'FEATURE' ? 'FEAT' : word}-${(match[2] ?? '').replaceAll('.', '-')}`;
}

/** What counts as the heading of a story: stories and tasks, or the steps and phases of a plan that has neither. */
export type HeadingKind = 'stories' | 'parts';

/** The headings of a text that are stories, and what they hold. */
export interface StoryHeadings {
  readonly stories: readonly PlacedHeading[];
  /** Headings in the form of a story that only hold others, such as `## EPIC-1: Shop` above `### US-001: Cart`. */
  readonly frames: readonly StoryHeading[];
}

/** A story's heading and the line of the heading that ends it; infinite at the end of the text. */
export type PlacedHeading = StoryHeading & { readonly end: number };

/** Finds the stories of a text by its headings; see {@link FORMS}. Bold lines with an id count as the deepest headings. */
export function storyHeadings(lines: readonly MarkdownLine[], kind: HeadingKind): StoryHeadings {
  const all = lines
    .map((line) => headingOn(line) ?? boldHeading(line))
    .filter((heading) => heading !== undefined);
  const ends = closingLines(all);
  for (const forms of kind === 'parts' ? PART_GROUPS : FORM_GROUPS) {
    const read = all
      .map((heading) => readHeading(heading, forms))
      .filter((heading) => heading !== undefined);
    if (read.length === 0) continue;
    const frames = new Set(
      read.filter((heading, index) => isFrame(heading, { next: read[index + 1], ends, lines })),
    );
    const own = read.filter((heading) => !frames.has(heading));
    const stories = kind === 'parts' ? withOwnIds(own) : own;
    return { stories: placed(stories, ends), frames: [...frames] };
  }
  const others = kind === 'parts' ? [] : numbered(headingsWithColon(all));
  return { stories: placed(others, ends), frames: [] };
}

/** Parts are counted from 1 under each heading of a plan: the second `Step 1` is STEP-1-2. */
function withOwnIds(headings: readonly StoryHeading[]): StoryHeading[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const count = (seen.get(heading.id) ?? 0) + 1;
    seen.set(heading.id, count);
    return count === 1 ? heading : { ...heading, id: `${heading.id}-${count}` };
  });
}

/** For the line of each heading, the line of the next one that is not deeper. */
function closingLines(headings: readonly Heading[]): Map<number, number> {
  const ends = new Map<number, number>();
  const open: Heading[] = [];
  for (const heading of headings) {
    while ((open.at(-1)?.level ?? 0) >= heading.level)
      ends.set(open.pop()?.line ?? 0, heading.line);
    open.push(heading);
  }
  return ends;
}

function placed(
  stories: readonly StoryHeading[],
  ends: ReadonlyMap<number, number>,
): PlacedHeading[] {
  return stories.map((story, index) => ({
    ...story,
    end: Math.min(
      ends.get(story.line) ?? Number.POSITIVE_INFINITY,
      stories[index + 1]?.line ?? Number.POSITIVE_INFINITY,
    ),
  }));
}

function boldHeading(line: MarkdownLine): Heading | undefined {
  if (line.isVerbatim) return undefined;
  const text = /^\*\*([^*]{3,300}?):?\*\*:?$/.exec(line.text.trimEnd())?.[1];
  const isStory = text !== undefined && FORMS[0]?.test(text) === true;
  return isStory ? { line: line.number, level: 7, text } : undefined;
}

/** True when deeper stories follow and nothing that has to hold stands before the first of them. */
function isFrame(
  heading: StoryHeading,
  place: {
    /** The next heading in the form of a story. */
    readonly next: StoryHeading | undefined;
    readonly ends: ReadonlyMap<number, number>;
    readonly lines: readonly MarkdownLine[];
  },
): boolean {
  const { next } = place;
  const end = place.ends.get(heading.line) ?? Number.POSITIVE_INFINITY;
  if (next === undefined || next.line >= end) return false;
  return !place.lines
    .slice(heading.line, next.line - 1)
    .some(
      (line) =>
        !line.isVerbatim && /^\s*(?:[-*+]\s|\d+[.)]\s)|acceptance criteria/i.test(line.text),
    );
}

/** Any heading with a colon below "User Stories". */
function headingsWithColon(headings: readonly Heading[]): Heading[] {
  // "Phase 3: User Story 1" is a part of a list of tasks, not the section that holds the stories
  const start = headings.find(
    ({ level, text }) =>
      level <= 2 &&
      /user\s{0,5}stor(?:y|ies)(?!\s{0,5}#?\d)/i.test(text) &&
      !/^phase\b/i.test(text),
  );
  if (start === undefined) return [];
  const end = headings.find(
    ({ level, line, text }) => line > start.line && level <= start.level && !hasColon(text),
  );
  return headings.filter(
    ({ level, line, text }) =>
      line > start.line &&
      line < (end?.line ?? Number.POSITIVE_INFINITY) &&
      level >= 2 &&
      level <= 4 &&
      hasColon(text),
  );
}

function hasColon(text: string): boolean {
  const at = text.indexOf(':');
  return at > 0 && text.slice(at + 1).trim() !== '';
}

function numbered(headings: readonly Heading[]): StoryHeading[] {
  return headings.map((heading, index) => {
    const marks = headingMarks(heading.text);
    return {
      ...heading,
      id: `STORY-${String(index + 1).padStart(3, '0')}`,
      title: withoutEmphasis(marks.text.slice(marks.text.indexOf(':') + 1)),
      priority: '',
      isMarkedDone: marks.isDone,
      isStruck: marks.isStruck,
    };
  });
}
