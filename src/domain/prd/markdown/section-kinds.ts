import { headingOn, type MarkdownLine } from './markdown-lines.js';

/** What the boxes below a heading are: work, what must hold for all of it, or nothing that a run does. */
export type SectionKind = 'work' | 'rules' | 'no-work';

const RULES =
  /^(?:global )?(?:definition of (?:done|ready)|dod|acceptance criteria|success criteria|exit criteria|completion criteria|done when|quality (?:gates|checks)|(?:[\w-]+ ){0,3}checklist|validation|review (?:notes|gates)|constraints|ground rules)\b/i;
const NO_WORK =
  /^(?:out of scope|non-?goals|not (?:in|part of) (?:scope|this)|future(?: work| ideas| scope)?|later|icebox|parking lot|nice to have|won'?t (?:do|have)|dev agent record|file list|change ?log|revision history|deferred|rejected|cancelled|open questions|legend|references|example)\b/i;

/** The kind of a section by its heading; numbers and marks in front do not count. */
export function sectionKind(heading: string): SectionKind {
  const name = heading.replace(/^[^\p{L}]+/u, '').replaceAll('*', '');
  if (NO_WORK.test(name)) return 'no-work';
  return RULES.test(name) ? 'rules' : 'work';
}

/** The section that each line stands in, by position; a heading decides for the deeper ones below it. */
export function sectionKinds(
  lines: readonly MarkdownLine[],
): { readonly kind: SectionKind; readonly heading: string }[] {
  const open: { level: number; kind: SectionKind; heading: string }[] = [];
  return lines.map((line) => {
    const heading = headingOn(line);
    if (heading !== undefined) {
      while ((open.at(-1)?.level ?? 0) >= heading.level) open.pop();
      const inherited = open.at(-1)?.kind ?? 'work';
      const kind = inherited === 'work' ? sectionKind(heading.text) : inherited;
      open.push({ level: heading.level, kind, heading: heading.text });
    }
    const top = open.at(-1);
    return { kind: top?.kind ?? 'work', heading: top?.heading ?? '' };
  });
}
