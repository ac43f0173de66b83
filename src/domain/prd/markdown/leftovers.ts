import { firstLine } from '../fields.js';
import {
  checkBoxOn,
  headingOn,
  withoutEmphasis,
  type CheckBox,
  type MarkdownLine,
  type MarkdownText,
} from './markdown-lines.js';
import type { LineNote, MarkdownStory } from './markdown-story.js';
import { sectionKinds } from './section-kinds.js';

/** What a text holds besides its stories, so that nothing of it is lost without a word. */
export interface Leftovers {
  /** What must hold for all of the work, one text a section. */
  readonly rules: readonly string[];
  readonly notes: readonly LineNote[];
}

const TEXT_LIMIT = 80;
/** Lines that look like a box and are none that we read. */
const LIKE_A_BOX =
  /^(?:[>|]\s*)?(?:(?:[-*+•]|\d{1,9}[.)])\s*)?\[(?:x|[^\p{L}\p{N}[\]()])?\](?![([:])/iu;

/** Finds boxes that belong to no story, what looks like one, and what stands behind a fence that is never closed. */
export function findLeftovers(
  text: MarkdownText,
  stories: readonly MarkdownStory[],
  inside: ReadonlySet<number>,
): Leftovers {
  const { lines } = text;
  const taken = new Set([...inside, ...stories.flatMap(({ line, boxes }) => [line, ...boxes])]);
  const kinds = sectionKinds(lines);
  const rules = new Map<string, { heading: string; line: number; boxes: CheckBox[] }>();
  const notes: LineNote[] = [];
  for (const [index, line] of lines.entries()) {
    const box = checkBoxOn(line);
    if (taken.has(line.number)) continue;
    if (box === undefined) {
      if (isLikeABox(line))
        notes.push(note(line.number, line.text, 'is not a box that can be read: not worked on'));
      continue;
    }
    const { kind, heading } = kinds[index] ?? { kind: 'work', heading: '' };
    if (kind === 'rules') {
      const rule = rules.get(heading) ?? { heading, line: line.number, boxes: [] };
      rule.boxes.push(box);
      rules.set(heading, rule);
    } else if (!box.isTicked) {
      const where = kind === 'no-work' ? `stands under "${heading}"` : 'belongs to no story';
      notes.push(note(line.number, box.text, `${where}: not worked on`));
    }
  }
  return {
    rules: [...rules.values()].map(
      (rule) =>
        `${rule.heading}:\n${rule.boxes.map((box) => `- ${withoutEmphasis(box.text)}`).join('\n')}`,
    ),
    notes: [...[...rules.values()].map(ruleNote), ...notes, ...unclosed(text)],
  };
}

function isLikeABox(line: MarkdownLine): boolean {
  return (
    !line.isVerbatim &&
    headingOn(line) === undefined &&
    LIKE_A_BOX.test(line.text.slice(0, 200).trimStart())
  );
}

function note(line: number, text: string, remark: string): LineNote {
  return { line, message: `"${firstLine(text, TEXT_LIMIT)}" ${remark}`, items: 1 };
}

function ruleNote(rule: {
  readonly heading: string;
  readonly line: number;
  readonly boxes: readonly CheckBox[];
}): LineNote {
  const open = rule.boxes.filter((box) => !box.isTicked).length;
  return {
    line: rule.line,
    message: `"${firstLine(rule.heading, TEXT_LIMIT)}" holds for every story: its ${rule.boxes.length} boxes are no stories`,
    items: open,
  };
}

function unclosed({ lines, unclosedLine }: MarkdownText): LineNote[] {
  if (unclosedLine === undefined) return [];
  const behind = lines.filter(({ number }) => number > unclosedLine);
  const open = behind
    .map((line) => checkBoxOn({ ...line, isVerbatim: false }))
    .filter((box) => box !== undefined && !box.isTicked).length;
  return [
    {
      line: unclosedLine,
      message: `what is opened here (code or a comment) is never closed: ${open} open boxes behind it are not read`,
      items: open,
    },
  ];
}
