import { TOOL_ROWS } from './tools/rows.js';
import type { CountRule } from './tools/tool-row.js';

/** A line longer than this is no summary. */
const LONGEST_LINE = 1000;
/** Every line that any rule looks for. */
const SUMMARY = /\d|no test|\(cached\)/i;
/** More digits are no number of tests. */
const MOST_DIGITS = 9;
/** Colours and character sets of terminals: `ESC [ 32 m`, `ESC ( B`. */
const ESCAPE = String.fromCharCode(27);
const COLOURS = new RegExp(`${ESCAPE}(?:\\[[0-9;?]{0,40}[A-Za-z]|\\([A-Z0-9])`, 'g');

/**
 * How many tests passed, as the output of a check says; undefined when no known runner printed a summary. Skipped, to-do and
 * expected failures are not counted. Runners of several packages are added up. Pure.
 */
export function passedTests(output: string): number | undefined {
  // what was left out of a long output may have held a summary
  if (/^… \d{1,15} bytes left out …$/m.test(output)) return undefined;
  const lines = output
    .split(/\r?\n/)
    .filter((line) => line.length <= LONGEST_LINE && SUMMARY.test(line))
    .map((line) => (line.includes(ESCAPE) ? line.replace(COLOURS, '') : line));
  // runners that print a summary of their own may print TAP above it
  const count = countByAll(lines) ?? countTap(lines);
  return count !== undefined && Number.isSafeInteger(count) ? count : undefined;
}

/** Each way of counting once: unittest and Django share their words. */
const RULES: readonly CountRule[] = [
  ...new Map(
    TOOL_ROWS.flatMap(({ count }) => (count === undefined || count === 'tap' ? [] : [count])).map(
      (rule) => [rule.summary.source, rule],
    ),
  ).values(),
];

function countByAll(lines: readonly string[]): number | undefined {
  const counted = RULES.flatMap((rule) => countBy(rule, lines) ?? []);
  return counted.length === 0 ? undefined : counted.reduce((sum, number) => sum + number, 0);
}

function countBy(rule: CountRule, lines: readonly string[]): number | undefined {
  const { minus, none } = rule;
  const summaries = lines.filter((line) => rule.summary.test(line));
  if (summaries.length === 0) {
    const isNone =
      none !== undefined &&
      lines.some((line) => none.line.test(line)) &&
      !lines.some((line) => none.unless.test(line));
    return isNone ? 0 : undefined;
  }
  const plus = sum(summaries, rule.passed);
  const less =
    minus === undefined
      ? 0
      : sum(
          lines.filter((line) => minus.line.test(line)),
          minus.number,
        );
  return Math.max(0, plus - less);
}

/** NaN when a number is none of tests. */
function sum(lines: readonly string[], pattern: RegExp): number {
  const every = new RegExp(
    pattern.source,
    pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`,
  );
  return lines
    .flatMap((line) => [...line.matchAll(every)])
    .reduce((total, [, digits]) => total + toNumber(digits), 0);
}

function toNumber(digits: string | undefined): number {
  if (digits === undefined) return 1;
  return digits.length > MOST_DIGITS ? Number.NaN : Number(digits);
}

const TAP_RESULT = /^( {0,60})(not )?ok \d/;
const TAP_PLAN = /^1\.\.\d/;

/** Passed results of Test Anything Protocol: of nested ones the innermost, because the outer ones are files and groups. */
function countTap(lines: readonly string[]): number | undefined {
  let isTap = false;
  let passed = 0;
  // how deep the results were that nothing has closed yet
  let open: number[] = [];
  for (const line of lines) {
    const [result, indent = '', not] = TAP_RESULT.exec(line) ?? [];
    isTap ||= result !== undefined || TAP_PLAN.test(line);
    if (result === undefined) continue;
    const isGroup = line.endsWith('{') || open.some((depth) => depth > indent.length);
    open = [...open.filter((depth) => depth < indent.length), indent.length];
    if (!isGroup && not === undefined && !/# (?:SKIP|TO[D]O)/i.test(line)) passed += 1;
  }
  return isTap ? passed : undefined;
}
