import type { Story } from '../../story.js';
import { commandSteps, PRIORITY_PROBLEM, priorityOf, storyOf } from '../fields.js';
import type { MarkdownStory } from './markdown-story.js';
import {
  bulletOn,
  checkBoxOn,
  headingOn,
  withoutEmphasis,
  type CheckBox,
  type Heading,
  type MarkdownLine,
} from './markdown-lines.js';
import type { PrdProblem } from '../prd.js';

const STORY_ID = String.raw`[A-Z][A-Z0-9]*-\d+(?:\.\d+)*|Feature\s+\d+(?:\.\d+)+`;
const STORY_HEADING = new RegExp(`^(${STORY_ID}):\\s*(\\S.*)$`);
const LEADING_ID = new RegExp(`^(${STORY_ID})\\b`);
const LABEL = /^\s*(?:[-*+]\s+)?\*\*([A-Za-z ]+?):?\*\*:?\s*(.*)$/;
const CRITERIA = /^\s*(?:\*\*Acceptance Criteria:?\*\*:?|Acceptance Criteria:)\s*$/i;

interface Section {
  readonly id: string;
  readonly title: string;
  readonly line: number;
  readonly lines: readonly MarkdownLine[];
}

/**
 * The stories of a ralph-tui PRD in Markdown (facts: peers.md section 3): headings of level 2 to 4 such as
 * `### US-001: Title`, else any heading with a colon below "User Stories". Empty when there is none.
 */
export function storySections(lines: readonly MarkdownLine[]): MarkdownStory[] {
  const headings = lines.map(headingOn).filter((heading) => heading !== undefined);
  const named = headings.filter(
    ({ level, text }) => isStoryLevel(level) && STORY_HEADING.test(text),
  );
  const chosen = new Set(named.length > 0 ? named : headingsWithColon(headings));
  const positions = new Map(headings.map((heading, position) => [heading, position]));
  return [...chosen].map((heading, index) => {
    const match = STORY_HEADING.exec(heading.text);
    const title = match?.[2] ?? heading.text.slice(heading.text.indexOf(':') + 1);
    let next = (positions.get(heading) ?? 0) + 1;
    while (isInside(headings[next], heading, chosen)) next += 1;
    const end = headings[next];
    return readSection(
      {
        id:
          match === null ? `STORY-${String(index + 1).padStart(3, '0')}` : storyId(match[1] ?? ''),
        title: withoutEmphasis(title),
        line: heading.line,
        lines: lines.slice(heading.line, end === undefined ? undefined : end.line - 1),
      },
      index,
    );
  });
}

/** True for a heading below a story's own that is no story itself. */
function isInside(
  other: Heading | undefined,
  story: Heading,
  stories: ReadonlySet<Heading>,
): boolean {
  return other !== undefined && other.level > story.level && !stories.has(other);
}

function isStoryLevel(level: number): boolean {
  return level >= 2 && level <= 4;
}

function headingsWithColon(headings: readonly Heading[]): Heading[] {
  const start = headings.find(
    ({ level, text }) => level <= 2 && /user\s*stor(?:y|ies)/i.test(text),
  );
  if (start === undefined) return [];
  const end = headings.find(
    ({ level, line, text }) => line > start.line && level <= start.level && !/:\s*\S/.test(text),
  );
  return headings.filter(
    ({ level, line, text }) =>
      line > start.line &&
      line < (end?.line ?? Number.POSITIVE_INFINITY) &&
      isStoryLevel(level) &&
      /^[^:]+:\s*\S/.test(text),
  );
}

/** `Feature 1.2` is FEAT-1-2, as ralph-tui writes it. */
function storyId(raw: string): string {
  const feature = /^Feature\s+(.+)$/.exec(raw)?.[1];
  return feature === undefined ? raw : `FEAT-${feature.replaceAll('.', '-')}`;
}

function readSection(section: Section, index: number): MarkdownStory {
  const labels = labelsOf(section);
  const priority = labels.get('priority');
  const rank = priority === undefined ? undefined : priorityOf(firstWord(priority.text));
  const dependencies = labels.get('depends on') ?? labels.get('dependencies');
  const { texts, boxes, spareLine } = criteriaOf(section);
  const story: Story = storyOf({
    id: section.id,
    title: section.title,
    description: description(section),
    acceptanceCriteria: texts.map(withoutEmphasis),
    passes: boxes.length > 0 && boxes.every((box) => box.isTicked),
    // ralph-tui ranks stories without a priority by their place
    priority: rank ?? Math.min(index + 1, 4),
    dependsOn: dependencyIds(dependencies?.text ?? ''),
    verificationSteps: commandSteps(texts),
  });
  const problems: PrdProblem[] =
    priority !== undefined && rank === undefined
      ? [{ message: PRIORITY_PROBLEM, where: { line: priority.line, field: 'Priority' } }]
      : [];
  return {
    story,
    line: section.line,
    dependencyLine: dependencies?.line ?? section.line,
    boxes: boxes.map((box) => box.line),
    spareLine,
    problems,
  };
}

interface Criteria {
  readonly texts: readonly string[];
  readonly boxes: readonly CheckBox[];
  /** Line behind which a further criterion would stand. */
  readonly spareLine: number;
}

/** The criteria below their label or heading; without one, the check boxes of the whole section. */
function criteriaOf(section: Section): Criteria {
  const start = section.lines.findIndex(
    (line) =>
      !line.isVerbatim &&
      (CRITERIA.test(line.text) || /^acceptance criteria:?$/i.test(headingOn(line)?.text ?? '')),
  );
  if (start < 0) {
    const boxes = boxesOf(section.lines);
    const spareLine = lastWritten(section.lines) ?? section.line;
    return { texts: boxes.map((box) => box.text), boxes, spareLine };
  }
  const rest = section.lines.slice(start + 1);
  const end = rest.findIndex(
    (line) =>
      !line.isVerbatim && (/^(?:\*\*|---)/.test(line.text) || headingOn(line) !== undefined),
  );
  const lines = rest.slice(0, end < 0 ? undefined : end);
  return {
    texts: lines.flatMap((line) => checkBoxOn(line)?.text ?? bulletOn(line) ?? []),
    boxes: boxesOf(lines),
    spareLine: lastWritten(lines) ?? section.lines[start]?.number ?? section.line,
  };
}

function lastWritten(lines: readonly MarkdownLine[]): number | undefined {
  return lines.findLast((line) => line.text.trim() !== '')?.number;
}

function boxesOf(lines: readonly MarkdownLine[]): CheckBox[] {
  return lines.map(checkBoxOn).filter((box) => box !== undefined);
}

interface Label {
  readonly line: number;
  readonly text: string;
}

/** `**Priority:** P1` and its like, by lower-case name; the first of a name counts. */
function labelsOf(section: Section): Map<string, Label> {
  const labels = new Map<string, Label>();
  for (const line of section.lines) {
    const match = line.isVerbatim ? null : LABEL.exec(line.text);
    const name = match?.[1]?.toLowerCase() ?? '';
    if (match !== null && !labels.has(name))
      labels.set(name, { line: line.number, text: (match[2] ?? '').trim() });
  }
  return labels;
}

const METADATA = /^(?:acceptance criteria|priority|depends on|dependencies|labels|notes)$/i;

/** The text between the heading and the first labelled line or list of criteria. */
function description(section: Section): string {
  const end = section.lines.findIndex(
    (line) =>
      CRITERIA.test(line.text) ||
      METADATA.test(LABEL.exec(line.text)?.[1] ?? '') ||
      checkBoxOn(line) !== undefined ||
      headingOn(line) !== undefined ||
      line.text.startsWith('---'),
  );
  return section.lines
    .slice(0, end < 0 ? undefined : end)
    .map((line) => withoutEmphasis(line.text.replace(/^\s*\*\*Description:?\*\*:?\s*/i, '')))
    .join('\n')
    .trim();
}

function dependencyIds(text: string): string[] {
  if (/^(?:none|n\/a|nothing|[-–—])?\.?$/i.test(text.trim())) return [];
  const ids = text
    .split(/[,;]|\band\b/)
    .map((part) => part.replace(/[`*[\]]/g, '').trim())
    .filter((part) => part !== '')
    .map((part) => storyId(LEADING_ID.exec(part)?.[1] ?? part));
  return [...new Set(ids)];
}

function firstWord(text: string): string {
  return /^[\w]+/.exec(text.replace(/^[^\w]+/, ''))?.[0] ?? text;
}
