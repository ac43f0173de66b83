import { branchSlug } from '../branch-name.js';
import { isToolLine } from '../command-criterion.js';
import { orderChecks } from '../fields.js';
import { headingOn, withoutEmphasis, type MarkdownLine } from './markdown-lines.js';
import { isStoryHeading } from './story-heading.js';
import type { Prd } from '../prd.js';

/** What a Markdown PRD says besides its stories. */
export type MarkdownFrame = Pick<Prd, 'project' | 'feature' | 'branchName' | 'qualityChecks'> & {
  /** Line of the branch; undefined when none is named. */
  readonly branchLine: number | undefined;
};

/**
 * Title (first heading of level 1, without "PRD:"), quoted `> Branch:`, and the commands of a section "Quality Gates" or
 * "Quality Checks". `fallback` names a document without a title.
 */
export function markdownFrame(lines: readonly MarkdownLine[], fallback: string): MarkdownFrame {
  const title =
    lines.map(headingOn).find((heading) => heading?.level === 1 && !isStoryHeading(heading))
      ?.text ?? fallback;
  const name = withoutEmphasis(title.replace(/^PRD:\s*/i, '')) || fallback;
  const branch = lines
    .filter((line) => !line.isVerbatim)
    .map((line) => ({
      line: line.number,
      name: /^>\s*(?:\*\*)?Branch:?(?:\*\*)?:?\s*`?([^`\s]+)`?\s*$/i.exec(line.text)?.[1],
    }))
    .find((candidate) => candidate.name !== undefined);
  return {
    project: name,
    feature: name,
    branchName: branch?.name ?? '',
    branchLine: branch?.line,
    qualityChecks: orderChecks(qualityGates(lines)),
  };
}

/** Bullets that begin with a quoted command, below a heading "Quality Gates" or "Quality Checks". */
function qualityGates(lines: readonly MarkdownLine[]): Record<string, string> {
  const checks: Record<string, string> = {};
  for (const line of linesBelow(lines, /^quality (?:gates|checks)\b/i)) {
    const match = QUOTED_BULLET.exec(line.text);
    const command = match?.[1]?.trim() ?? '';
    if (!isToolLine(command)) continue;
    const name = checkName(command, match?.[2] ?? '');
    checks[name in checks ? branchSlug(command) : name] = command;
  }
  return checks;
}

const QUOTED_BULLET = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?`([^`]+)`(.*)$/;

/** The lines of every section whose heading matches. */
function linesBelow(lines: readonly MarkdownLine[], heading: RegExp): MarkdownLine[] {
  let level = 0;
  return lines.filter((line) => {
    const here = headingOn(line);
    if (here === undefined) return level > 0 && !line.isVerbatim;
    if (heading.test(here.text)) level = here.level;
    else if (here.level <= level) level = 0;
    return false;
  });
}

function checkName(command: string, remark: string): string {
  for (const words of [command, remark]) {
    if (/type-?\s?check|\btsc\b|\bmypy\b/i.test(words)) return 'typecheck';
    if (/\blint|clippy|ruff|eslint/i.test(words)) return 'lint';
    if (/test|\bspec\b/i.test(words)) return 'test';
    if (/\bbuild\b/i.test(words)) return 'build';
  }
  return branchSlug(command);
}
