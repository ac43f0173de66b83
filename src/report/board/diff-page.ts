import { visible } from '../../domain/index.js';

/** One line of a diff; a number is null on the side that has no such line. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly old: number | null;
  readonly new: number | null;
  readonly text: string;
}

/** One file of a diff. */
export interface DiffFilePage {
  readonly path: string;
  readonly added: number | null;
  readonly removed: number | null;
  readonly hunks: readonly { readonly header: string; readonly lines: readonly DiffLine[] }[];
  /** True when there are more lines than are shown. */
  readonly is_cut: boolean;
}

/** Lines that are shown of one file, and of all files together; characters of one line. */
const MOST = { ofFile: 2000, inAll: 10_000, line: 2000 };

interface FileCount {
  readonly path: string;
  readonly addedLines: number | null;
  readonly removedLines: number | null;
}

/**
 * A diff as `git diff --no-renames --src-prefix=a/ --dst-prefix=b/` prints it, file by file in the order of `files`, made visible and cut where it
 * is long. A file whose lines are not as many as were counted says that it is cut. Pure.
 */
export function diffPage(text: string, files: readonly FileCount[]): DiffFilePage[] {
  const sections = sectionsOf(text);
  let left = MOST.inAll;
  return files.map(({ path, addedLines, removedLines }) => {
    const most = Math.min(left, MOST.ofFile);
    const { hunks, shown, isCut } = hunksOf(sections.get(path) ?? [], most);
    left -= shown;
    const has = (kind: DiffLine['kind'], lines: number | null): boolean =>
      lines === null || lines === countOf(hunks, kind);
    return {
      path: visible(path),
      added: addedLines,
      removed: removedLines,
      hunks,
      is_cut: isCut || !has('added', addedLines) || !has('removed', removedLines),
    };
  });
}

const SECTION = 'diff --git ';

/**
 * What is said of each file, by its path: a file that becomes a link has two sections. Only a line feed ends a line of a diff; whatever else looks
 * like an end of a line stands within a line of somebody's file.
 */
function sectionsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const part of `\n${text}`.split(`\n${SECTION}`).slice(1)) {
    const end = part.indexOf('\n');
    const path = pathOf(end === -1 ? part : part.slice(0, end));
    if (path === undefined) continue;
    const sections = found.get(path) ?? [];
    sections.push(end === -1 ? '' : part.slice(end + 1));
    found.set(path, sections);
  }
  return found;
}

/** The path of `a/PATH b/PATH`: both halves are the same, so that blanks in it mislead nobody. */
function pathOf(header: string): string | undefined {
  const path = unquoted(header.slice((header.length + 1) / 2));
  return path?.startsWith('b/') === true ? path.slice(2) : undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '%07',
  b: '%08',
  t: '%09',
  n: '%0A',
  v: '%0B',
  f: '%0C',
  r: '%0D',
  '"': '%22',
  '\\': '%5C',
};

/** A name as git quotes one with bytes that are no plain text; undefined where it is no name. */
function unquoted(name: string): string | undefined {
  if (!name.startsWith('"')) return name;
  const bytes = name
    .slice(1, -1)
    .replaceAll('%', '%25')
    .replaceAll(/\\([0-3][0-7]{2}|.)/g, (_whole, code: string) =>
      code.length === 3
        ? `%${Number.parseInt(code, 8).toString(16).padStart(2, '0')}`
        : (ESCAPES[code] ?? code),
    );
  try {
    return decodeURIComponent(bytes);
  } catch {
    return undefined;
  }
}

function countOf(hunks: readonly Hunk[], kind: DiffLine['kind']): number {
  return hunks.reduce(
    (sum, { lines }) => sum + lines.filter((line) => line.kind === kind).length,
    0,
  );
}

interface Hunk {
  readonly header: string;
  readonly lines: DiffLine[];
}

function hunksOf(
  sections: readonly string[],
  most: number,
): { readonly hunks: Hunk[]; readonly shown: number; readonly isCut: boolean } {
  const hunks: Hunk[] = [];
  const at = { old: 0, new: 0 };
  let shown = 0;
  for (const line of sections.flatMap(linesOf)) {
    const start = /^@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@/.exec(line);
    if (start !== null) {
      at.old = Number(start[1]);
      at.new = Number(start[2]);
      hunks.push({ header: shownText(line), lines: [] });
      continue;
    }
    const hunk = hunks.at(-1);
    const read = hunk === undefined ? undefined : lineOf(line, at);
    if (hunk === undefined || read === undefined) continue;
    if (shown >= most) return { hunks, shown, isCut: true };
    hunk.lines.push(read);
    shown += 1;
  }
  return { hunks, shown, isCut: false };
}

/** Lines of a section from its first hunk on. */
function linesOf(section: string): string[] {
  const lines = section.split('\n');
  const first = lines.findIndex((line) => line.startsWith('@@ '));
  return first === -1 ? [] : lines.slice(first);
}

/** The next line of a hunk; undefined for the note about a missing last line feed. */
function lineOf(line: string, at: { old: number; new: number }): DiffLine | undefined {
  const text = shownText(line.slice(1));
  switch (line[0]) {
    case '+':
      return { kind: 'added', old: null, new: at.new++, text };
    case '-':
      return { kind: 'removed', old: at.old++, new: null, text };
    case ' ':
      return { kind: 'same', old: at.old++, new: at.new++, text };
    default:
      return undefined;
  }
}

function shownText(text: string): string {
  return visible(text.length > MOST.line ? `${text.slice(0, MOST.line)}…` : text);
}
