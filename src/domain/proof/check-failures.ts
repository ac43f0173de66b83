import type { Baseline, Evidence } from './check.js';

/** Failure lines kept of one check; a story whose check fails with more cannot be compared. */
const LINE_LIMIT = 300;
const LINE_LENGTH = 160;
/** Stands in the place of the lines that were too many to keep: nothing is a subset of it. */
const TOO_MANY = '…';

/** Words of lines that name a failure; a check whose output has none is compared by all of its lines. */
const FAILURE_SIGNS =
  /fail|error|✗|✖|✕|×|\bnot ok\b|panic|assert|exception|traceback|\bwarning\b|\bproblems?\b|undefined|cannot|unexpected|expected/i;
/** Marks at the start of a line that names a failure. */
const FAILURE_MARK = /^\s*[Ee>]\s/;
/** A longer line is compared by its beginning. */
const READ_LENGTH = 4096;
/** Far beyond the output that is kept of a check. */
const OUTPUT_LENGTH = 1024 * 1024;

/** Keeps the place of a number while the others are taken out. */
const COUNT_MARK = '\uE000';

// eslint-style and test-runner summaries: the number is the failure, so it is kept
const COUNTED =
  /\b\d+(?= (?:tests? )?(?:failed|failing|failures?|errors?|problems?|warnings?)\b)/gi;

/**
 * The failures in a check's output (plain text, no colours) as comparable lines, sorted: without times, positions, addresses and folders
 * of the lane, so that the same failure reads the same in another run. Pure.
 */
export function failureLines(output: string, roots: readonly string[]): string[] {
  const lines = output
    .slice(0, OUTPUT_LENGTH)
    .split('\n')
    .map((line) => line.slice(0, READ_LENGTH).trimEnd())
    .filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => FAILURE_SIGNS.test(line) || FAILURE_MARK.test(line));
  const chosen = telling.length > 0 ? telling : lines;
  const normal = chosen
    .map((line) => normalizeLine(line, roots))
    .filter((line) => line !== '')
    .sort();
  return normal.length <= LINE_LIMIT ? normal : [...normal.slice(0, LINE_LIMIT), TOO_MANY];
}

/** Goes on with the name of a folder, so that it is one of its neighbours (`/lane-2`). */
const NAME_GOES_ON = /^\.?[\p{L}\p{N}_-]/u;
const REST_OF_PATH = /[^\s"'`:,;()<>|=]*/y;

/** The line with `.` for a folder, but not for its neighbours; the rest of a path may repeat its name. */
function withoutFolder(line: string, folder: string): string {
  let text = '';
  let done = 0;
  for (let at = line.indexOf(folder); at >= 0; at = line.indexOf(folder, done)) {
    const end = at + folder.length;
    if (NAME_GOES_ON.test(line.slice(end, end + 3))) {
      text += line.slice(done, end);
      done = end;
      continue;
    }
    REST_OF_PATH.lastIndex = end;
    const rest = REST_OF_PATH.exec(line)?.[0] ?? '';
    text += `${line.slice(done, at)}.${rest}`;
    done = end + rest.length;
  }
  return text + line.slice(done);
}

function normalizeLine(line: string, roots: readonly string[]): string {
  let text = line;
  for (const root of roots) if (root !== '') text = withoutFolder(text, root);
  const counts: string[] = [];
  text = text
    .replace(COUNTED, (count) => {
      counts.push(count);
      return COUNT_MARK;
    })
    .replace(/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:?\d{2})?/g, 'TIME')
    .replace(/\b\d{1,2}:\d{2}:\d{2}(\.\d+)?\b/g, 'TIME')
    .replace(/\b0x[0-9a-f]+\b/gi, 'ADDRESS')
    .replace(/\b\d+(\.\d+)?\s?(ms|µs|ns|s|sec|secs|seconds?|m|min|minutes?)\b/g, 'DURATION')
    // numbers that belong to a name (test_3, utf8, v2) stay
    .replace(/(?<![\p{L}\p{N}_-])\d+(?:\.\d+)*(?![\p{L}\p{N}_])/gu, '#')
    .replace(/\s+/g, ' ')
    .trim()
    .replaceAll(COUNT_MARK, () => counts.shift() ?? '');
  return text.slice(0, LINE_LENGTH);
}

/** True when every failure is one of `known`, as often at most, and summaries count no more than there. Pure. */
export function areKnownFailures(known: readonly string[], failures: readonly string[]): boolean {
  if (failures.length === 0 || failures.includes(TOO_MANY) || known.includes(TOO_MANY))
    return false;
  const left = new Map<string, number>();
  for (const line of known) left.set(line, (left.get(line) ?? 0) + 1);
  const rest = failures.filter((line) => {
    const count = left.get(line) ?? 0;
    if (count > 0) left.set(line, count - 1);
    return count === 0;
  });
  return rest.every((line) => known.some((other) => countsNoMore(other, line)));
}

/** A summary such as `2 failed, 8 passed` against one of the same words with at least these numbers. */
function countsNoMore(known: string, line: string): boolean {
  const counted = [...line.matchAll(COUNTED)].map((match) => Number(match[0]));
  const allowed = [...known.matchAll(COUNTED)].map((match) => Number(match[0]));
  if (counted.length === 0 || line.replace(COUNTED, '#') !== known.replace(COUNTED, '#'))
    return false;
  return counted.every((count, index) => count <= (allowed[index] ?? 0));
}

/** How a check ended, apart from the number of its exit code: a crash is no failed test. */
function endOf(evidence: Evidence): 'passed' | 'failed' | 'timed-out' | 'killed' {
  if (evidence.isTimedOut) return 'timed-out';
  if (evidence.exitCode === null || evidence.exitCode > 125) return 'killed';
  return evidence.exitCode === 0 ? 'passed' : 'failed';
}

/**
 * Failures of a check that the base does not have: empty = it fails only as the base did. Undefined when the check was not red
 * on the base, or ended in another way there (time limit, signal), so that it has to pass. Pure.
 */
export function newFailures(
  baseline: Baseline,
  evidence: Evidence,
  failures: readonly string[],
): string[] | undefined {
  const before = baseline.evidence.find(
    (item) => item.check === evidence.check && item.command === evidence.command,
  );
  const known = baseline.failures[evidence.check];
  if (before === undefined || known === undefined || endOf(before) === 'passed') return undefined;
  if (endOf(before) !== endOf(evidence)) return undefined;
  if (areKnownFailures(known, failures)) return [];
  const fresh = failures.filter((line) => !areKnownFailures(known, [line]));
  return fresh.length > 0 ? fresh : [...failures];
}
