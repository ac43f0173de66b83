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

/** A diff as `git diff` prints it, file by file in the order of `files`, made visible and cut where it is long. Pure. */
export function diffPage(text: string, files: readonly FileCount[]): DiffFilePage[] {
  const sections = text === '' ? [] : text.split(/^diff --git .*$/m).slice(1);
  let left = MOST.inAll;
  return files.map(({ path, addedLines, removedLines }, index) => {
    const most = Math.min(left, MOST.ofFile);
    const { hunks, shown, isCut } = hunksOf(sections[index] ?? '', most);
    left -= shown;
    return {
      path: visible(path),
      added: addedLines,
      removed: removedLines,
      hunks,
      is_cut: isCut,
    };
  });
}

interface Hunk {
  readonly header: string;
  readonly lines: DiffLine[];
}

function hunksOf(
  section: string,
  most: number,
): { readonly hunks: Hunk[]; readonly shown: number; readonly isCut: boolean } {
  const hunks: Hunk[] = [];
  const at = { old: 0, new: 0 };
  let shown = 0;
  for (const line of section.split('\n')) {
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
