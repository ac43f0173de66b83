import {
  bulletOn,
  checkBoxOn,
  headingOn,
  type CheckBox,
  type MarkdownLine,
} from './markdown-lines.js';
import { sectionKind } from './section-kinds.js';

const NAMES =
  'acceptance (?:criteria|tests?|scenarios?)|success criteria|done when|exit criteria|definition of done|criteria|ac';
const LABEL_LINE = new RegExp(
  `^\\s{0,3}(?:\\*\\*(?:${NAMES}):?\\*\\*:?|(?:${NAMES}):)[ \\t]*(.*)$`,
  'i',
);
const HEADING = new RegExp(`^(?:${NAMES})\\b[^\\p{L}]*$`, 'iu');
const LABEL = /^\s{0,3}(?:[-*+][ \t]+)?\*\*([A-Za-z][A-Za-z ]{0,30}):?\*\*:?(.*)$/;
const STATUS = /^\s{0,3}(?:[-*+][ \t]+)?Status:[ \t]*(\S.*)$/i;

/** A label such as `**Priority:** P1`. */
export interface Label {
  readonly line: number;
  readonly text: string;
}

/** What stands below the heading of a story. */
export interface StorySection {
  readonly criteria: readonly string[];
  /** The boxes that say whether the story has passed. */
  readonly boxes: readonly CheckBox[];
  /** Open boxes below headings of a tool's own notes, such as "QA Results". */
  readonly unread: readonly CheckBox[];
  /** Line behind which a further criterion would stand. */
  readonly spareLine: number;
  /** By lower-case name; the first of a name counts. */
  readonly labels: ReadonlyMap<string, Label>;
  readonly status: Label | undefined;
  /** Everything that is neither a criterion nor one of the labels read here. */
  readonly description: string;
}

const READ_LABELS = ['priority', 'depends on', 'dependencies', 'status'];

/** Reads the lines below a story's heading; `line` is the heading's. */
export function readStorySection(lines: readonly MarkdownLine[], line: number): StorySection {
  const blocks = criteriaLines(lines);
  const labels = labelsOf(lines);
  const status = labels.get('status') ?? statusOf(lines);
  const criteria = blocks.lines.length > 0 ? criteriaTexts(blocks.lines) : [];
  const own = boxesOf(blocks.lines);
  const boxes = own.length > 0 ? own : boxesOf(workLines(withoutBookkeeping(lines)));
  const texts = [...blocks.inline, ...criteria];
  const isBare = !blocks.isLabelled;
  const read = new Set([
    ...blocks.labels,
    ...blocks.lines.filter(isItemOrFollows(blocks.lines)).map(({ number }) => number),
    ...READ_LABELS.flatMap((name) => labels.get(name)?.line ?? []),
    ...(status === undefined ? [] : [status.line]),
    ...(isBare && !hasTextBetween(lines, boxes) ? boxes.map((box) => box.line) : []),
  ]);
  const last = (of: readonly MarkdownLine[]): number | undefined =>
    of.findLast(({ text }) => text.trim() !== '')?.number;
  return {
    criteria: isBare ? boxes.map(({ text }) => text) : texts,
    boxes,
    unread: unreadBoxes(lines, boxes),
    spareLine: last(blocks.lines) ?? blocks.labels[0] ?? last(lines) ?? line,
    labels,
    status,
    description: descriptionOf(lines, read),
  };
}

interface CriteriaLines {
  readonly lines: readonly MarkdownLine[];
  /** Lines of the labels or headings above them. */
  readonly labels: readonly number[];
  /** Criteria on the line of their label. */
  readonly inline: readonly string[];
  readonly isLabelled: boolean;
}

/** Every block of criteria: from its label or heading to the next heading, bold label or rule. */
function criteriaLines(lines: readonly MarkdownLine[]): CriteriaLines {
  const found: MarkdownLine[] = [];
  const labels: number[] = [];
  const inline: string[] = [];
  let isOpen = false;
  for (const line of lines) {
    const label = criteriaLabel(line);
    if (label !== undefined) {
      isOpen = true;
      labels.push(line.number);
      if (label !== '') inline.push(label);
      continue;
    }
    isOpen = isOpen && !endsCriteria(line);
    if (isOpen) found.push(line);
  }
  return { lines: found, labels, inline, isLabelled: labels.length > 0 };
}

/** What stands behind a label of criteria on its own line, empty for nothing; undefined where there is no label. */
function criteriaLabel(line: MarkdownLine): string | undefined {
  if (line.isVerbatim) return undefined;
  if (HEADING.test(headingOn(line)?.text ?? '')) return '';
  return LABEL_LINE.exec(line.text)?.[1]?.trim();
}

function endsCriteria(line: MarkdownLine): boolean {
  return headingOn(line) !== undefined || (!line.isVerbatim && /^(?:\*\*|---)/.test(line.text));
}

/** Boxes, bullets and numbered items; lines that are further in go on with the item above them. */
function criteriaTexts(lines: readonly MarkdownLine[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const item = checkBoxOn(line)?.text ?? bulletOn(line);
    const follows = item === undefined && texts.length > 0 && isContinuation(line);
    if (item !== undefined) texts.push(item.replace(/^#\d{1,9}\s+/, ''));
    else if (follows) texts.push(`${texts.pop() ?? ''} ${line.text.trim()}`);
  }
  return texts;
}

function isContinuation(line: MarkdownLine): boolean {
  return !line.isVerbatim && /^\s{2,}\S/.test(line.text);
}

function isItemOrFollows(lines: readonly MarkdownLine[]): (line: MarkdownLine) => boolean {
  const items = new Set<number>();
  let hasItem = false;
  for (const line of lines) {
    const isItem = checkBoxOn(line) !== undefined || bulletOn(line) !== undefined;
    hasItem = hasItem || isItem;
    if (isItem || (hasItem && isContinuation(line)) || line.isVerbatim) items.add(line.number);
  }
  return (line) =>
    items.has(line.number) && (!line.isVerbatim || line.text.trimStart().startsWith('<!--'));
}

function boxesOf(lines: readonly MarkdownLine[]): CheckBox[] {
  return lines.map(checkBoxOn).filter((box) => box !== undefined && !box.isStruck) as CheckBox[];
}

function unreadBoxes(lines: readonly MarkdownLine[], boxes: readonly CheckBox[]): CheckBox[] {
  const told = new Set([
    ...withoutBookkeeping(lines).map(({ number }) => number),
    ...boxes.map(({ line }) => line),
  ]);
  return boxesOf(lines).filter((box) => !box.isTicked && !told.has(box.line));
}

/** The lines that do not stand below a heading such as "Dev Agent Record". */
function workLines(lines: readonly MarkdownLine[]): MarkdownLine[] {
  return linesOutside(lines, (heading) => sectionKind(heading) === 'no-work');
}

/** What tools write about their own work is nothing that an agent needs. */
function withoutBookkeeping(lines: readonly MarkdownLine[]): MarkdownLine[] {
  return linesOutside(lines, (heading) =>
    /^(?:dev agent record|file list|change ?log|revision history|qa results)\b/i.test(heading),
  );
}

function linesOutside(
  lines: readonly MarkdownLine[],
  isExcluded: (heading: string) => boolean,
): MarkdownLine[] {
  let excluded = 0;
  return lines.filter((line) => {
    const heading = headingOn(line);
    if (heading !== undefined && (excluded === 0 || heading.level <= excluded))
      excluded = isExcluded(heading.text) ? heading.level : 0;
    return excluded === 0;
  });
}

/** True when prose or code stands between the boxes, so that they only make sense in their place. */
function hasTextBetween(lines: readonly MarkdownLine[], boxes: readonly CheckBox[]): boolean {
  const first = boxes[0]?.line ?? 0;
  const last = boxes.at(-1)?.line ?? 0;
  return lines.some(
    (line) =>
      line.number > first &&
      line.number < last &&
      line.text.trim() !== '' &&
      checkBoxOn(line) === undefined,
  );
}

function labelsOf(lines: readonly MarkdownLine[]): Map<string, Label> {
  const labels = new Map<string, Label>();
  for (const line of lines) {
    const match = line.isVerbatim ? null : LABEL.exec(line.text);
    const name = match?.[1]?.toLowerCase() ?? '';
    if (match !== null && !labels.has(name))
      labels.set(name, { line: line.number, text: (match[2] ?? '').trim() });
  }
  return labels;
}

/** `Status: Draft`, or the line below a heading "Status". */
function statusOf(lines: readonly MarkdownLine[]): Label | undefined {
  for (const [index, line] of lines.entries()) {
    const text = line.isVerbatim ? undefined : STATUS.exec(line.text)?.[1];
    if (text !== undefined) return { line: line.number, text: text.trim() };
    if (!/^status$/i.test(headingOn(line)?.text ?? '')) continue;
    const below = lines.slice(index + 1).find(({ text: next }) => next.trim() !== '');
    if (
      below !== undefined &&
      headingOn(below) === undefined &&
      /^[\p{L} _-]{2,40}$/u.test(below.text.trim())
    )
      return { line: below.number, text: below.text.trim() };
  }
  return undefined;
}

function descriptionOf(lines: readonly MarkdownLine[], read: ReadonlySet<number>): string {
  const kept = withoutBookkeeping(lines)
    .filter(({ number, text }) => !read.has(number) && !/^\s*(?:---|<!--.*-->)\s*$/.test(text))
    .map((line) => {
      const box = checkBoxOn(line);
      // without its tick, so that a story's text stays the same while it is ticked off
      const written = box === undefined ? line.text : `${' '.repeat(box.indent)}- ${box.text}`;
      const text = line.isVerbatim ? line.text : written.replaceAll('**', '');
      const heading = headingOn(line)?.text;
      if (heading !== undefined) return /^(?:description|story)$/i.test(heading) ? '' : heading;
      return text.replace(/^\s*Description:[ \t]*/i, '');
    });
  // headings and gaps that lost what stood below them
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
