import { parsePatch, type StructuredPatch } from 'diff';
import { quoted, type Chunk, type ChunkLine } from './patch-operation.js';

type Hunk = StructuredPatch['hunks'][number];

/** A hunk of a unified diff. */
export interface UnifiedHunk {
  /** Number of its header's line in the patch, from 1. */
  readonly line: number;
  readonly header: string;
  readonly hunk: Hunk;
  /** Its header has no numbers: only its lines say where it stands. */
  readonly isUnnumbered: boolean;
}

/** What a unified diff does to one file. */
export interface UnifiedFile {
  /** Undefined for a file that is new. */
  readonly from: string | undefined;
  /** Undefined for a file that is removed. */
  readonly to: string | undefined;
  readonly hunks: readonly UnifiedHunk[];
  /** Permission bits that it asks for. */
  readonly mode?: number;
  readonly isCopy: boolean;
  readonly isBinary: boolean;
}

/** A unified diff, or a sentence for the model about what is wrong with it. */
export type ParsedUnified =
  | { readonly kind: 'parsed'; readonly files: readonly UnifiedFile[] }
  | { readonly kind: 'malformed'; readonly reason: string };

const NUMBERED = /^@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@/;
const NAMES =
  'Two lines "--- a/PATH" and "+++ b/PATH" (or /dev/null) go before the first "@@" of each file';

/** Of an ordinary file; others are links (120000) and repositories (160000). */
const FILE_MODE = /^100[0-7]{3}$/;

/** True for a text that looks like one. */
export function isUnified(text: string): boolean {
  return /^(?:@@|diff --git |--- |Index: )/m.test(text);
}

/**
 * Reads a unified diff, also one whose headers count lines wrongly or not at all, as models write them. Pure; linear but for what the
 * parser of npm `diff` does with names.
 */
export function parseUnified(text: string): ParsedUnified {
  const plain = withoutWrapping(text);
  const strict = readStrictly(plain);
  const counted = strict ?? countHunks(plain);
  if (counted.kind === 'malformed') return counted;
  const patches = strict?.patches ?? tryParse(counted.text);
  if (typeof patches === 'string')
    return { kind: 'malformed', reason: `The patch cannot be read: ${patches}. ${NAMES}.` };
  const headers = [...counted.headers];
  const files: UnifiedFile[] = [];
  for (const patch of patches) {
    const hunks = patch.hunks.flatMap((hunk) => {
      const header = headers.shift();
      return header === undefined ? [] : [{ ...header, hunk }];
    });
    const file = unifiedFile(patch, hunks);
    if (typeof file === 'string') return { kind: 'malformed', reason: file };
    if (file !== undefined) files.push(file);
  }
  if (files.length > 0) return { kind: 'parsed', files };
  return { kind: 'malformed', reason: `The patch changes nothing. ${NAMES}.` };
}

function tryParse(text: string): StructuredPatch[] | string {
  try {
    return parsePatch(text);
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, 300);
  }
}

/** A patch whose headers all count rightly: what its lines look like decides nothing then. */
function readStrictly(text: string): (CountedHunks & { patches: StructuredPatch[] }) | undefined {
  const headers = text
    .split('\n')
    .flatMap((line, at) => (line.startsWith('@@') ? [{ line, at }] : []));
  if (!headers.every(({ line }) => NUMBERED.test(line))) return undefined;
  const patches = tryParse(text);
  if (typeof patches === 'string') return undefined;
  if (patches.reduce((sum, { hunks }) => sum + hunks.length, 0) !== headers.length)
    return undefined;
  return {
    kind: 'counted',
    text,
    patches,
    headers: headers.map(({ line, at }) => ({
      line: at + 1,
      header: shownHeader(line),
      isUnnumbered: false,
    })),
  };
}

/** Without a fence round the whole, and without the signature at the end of a patch that was mailed. */
function withoutWrapping(text: string): string {
  const lines = withoutFence(text).split('\n');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  const isSigned = /^-- ?\r?$/.test(lines[last - 1] ?? '') && /^\d/.test(lines[last] ?? '');
  return (isSigned ? lines.slice(0, last - 1) : lines).join('\n');
}

function withoutFence(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  if (lines[first]?.startsWith('```') !== true) return text;
  const last = lines.findLastIndex((line) => line.trim() === '```');
  return lines.slice(first + 1, last > first ? last : undefined).join('\n');
}

interface HunkHeader {
  readonly line: number;
  readonly header: string;
  readonly isUnnumbered: boolean;
}

interface CountedHunks {
  readonly kind: 'counted';
  readonly text: string;
  readonly headers: readonly HunkHeader[];
}

type Counted = CountedHunks | { readonly kind: 'malformed'; readonly reason: string };

/** The patch with headers that count what follows them, whatever they said. */
function countHunks(text: string): Counted {
  const lines = text.split('\n');
  const headers: HunkHeader[] = [];
  const output: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (!line.startsWith('@@')) {
      output.push(line);
      continue;
    }
    const end = endOfHunk(lines, at + 1);
    const body = bodyOf(lines.slice(at + 1, end));
    const wrong = body.findIndex((each) => !/^[ +\\-]/.test(each));
    if (wrong >= 0) {
      const shown = quoted(body[wrong] ?? '');
      const reason = `Line ${at + wrong + 2} of the patch: ${shown} begins with neither ' ' (kept), '-' (removed) nor '+' (added), as every line behind "@@" does.`;
      return { kind: 'malformed', reason };
    }
    const numbers = NUMBERED.exec(line);
    headers.push({ line: at + 1, header: shownHeader(line), isUnnumbered: numbers === null });
    output.push(headerOf(body, numbers), ...body);
    at = end - 1;
  }
  return { kind: 'counted', text: output.join('\n'), headers };
}

function shownHeader(line: string): string {
  return line.trimEnd().slice(0, 120);
}

/** Index of the first line behind a hunk: another hunk's header, or what begins another file. */
function endOfHunk(lines: readonly string[], from: number): number {
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('@@') || /^(?:diff --git |Index: )/.test(line)) return at;
    // A removed line may begin with "-- ": names stand in pairs, with a hunk behind them.
    const isNames = line.startsWith('--- ') && lines[at + 1]?.startsWith('+++ ') === true;
    if (isNames && (lines[at + 2] ?? '@@').startsWith('@@')) return at;
  }
  return lines.length;
}

/** Lines of a hunk; blank ones at its end belong to the text around it. */
function bodyOf(lines: readonly string[]): string[] {
  const end = lines.findLastIndex((line) => line.trimEnd() !== '' || line.startsWith(' '));
  return lines.slice(0, end + 1).map((line) => (line === '' || line === '\r' ? ` ${line}` : line));
}

function headerOf(body: readonly string[], numbers: RegExpExecArray | null): string {
  const count = (kinds: string): number =>
    body.filter((line) => kinds.includes(line.charAt(0))).length;
  const [before, after] = [count(' -'), count(' +')];
  const [, oldStart = '1', newStart = '1'] = numbers ?? [];
  return `@@ -${oldStart},${before} +${newStart},${after} @@`;
}

/** Undefined for text between files; a sentence when its names are missing. */
function unifiedFile(
  patch: StructuredPatch,
  hunks: readonly UnifiedHunk[],
): UnifiedFile | string | undefined {
  const { oldFileName, newFileName, newMode } = patch;
  const mode = permissionsIn(newMode);
  const isBinary = patch.isBinary === true;
  const isNamed = oldFileName !== undefined && newFileName !== undefined;
  const first = hunks[0];
  if (!isNamed)
    return first === undefined
      ? undefined
      : `Line ${first.line} of the patch: "@@" without names of files. ${NAMES}.`;
  const { from, to } = withoutPrefixes(oldFileName, newFileName);
  const special = refuseMode(patch, [to, from]);
  if (special !== undefined) return special;
  const isChange = hunks.length > 0 || from !== to || mode !== undefined || isBinary;
  if (!isChange) return undefined;
  return {
    from: patch.isCreate === true ? undefined : from,
    to: patch.isDelete === true ? undefined : to,
    hunks,
    isCopy: patch.isCopy === true,
    isBinary,
    ...(mode === undefined ? {} : { mode }),
  };
}

function permissionsIn(mode: string | undefined): number | undefined {
  return mode === undefined ? undefined : Number.parseInt(mode, 8) & 0o777;
}

/** A sentence about a mode that is none of a file. */
function refuseMode(
  { oldMode, newMode }: StructuredPatch,
  names: readonly (string | undefined)[],
): string | undefined {
  const special = [oldMode, newMode].find((mode = '100644') => !FILE_MODE.test(mode));
  if (special === undefined) return undefined;
  const name = names.find((each) => each !== undefined) ?? '?';
  return `${name}: mode ${special.slice(0, 20)} is none of an ordinary file (those are 100644 and 100755), but of a symbolic link or a repository. Use bash for it.`;
}

/** Names without `a/` and `b/`, where both have theirs. */
function withoutPrefixes(
  oldName: string,
  newName: string,
): { from: string | undefined; to: string | undefined } {
  const from = oldName === '/dev/null' ? undefined : oldName;
  const to = newName === '/dev/null' ? undefined : newName;
  const isPrefixed =
    (from === undefined || /^[abciow]\//.test(from)) &&
    (to === undefined || /^[abciow]\//.test(to)) &&
    (from === undefined || to === undefined || from.charAt(0) !== to.charAt(0));
  const bare = (name: string | undefined): string | undefined =>
    isPrefixed && name !== undefined ? name.slice(2) : name;
  return { from: bare(from), to: bare(to) };
}

/** A hunk as a chunk that is found by its lines alone. */
export function chunkOf({ line, hunk }: UnifiedHunk): Chunk {
  const lines = hunk.lines.flatMap((each): ChunkLine[] => {
    const kind = each.charAt(0);
    const text = each.slice(1).replace(/\r$/, '');
    return kind === ' ' || kind === '-' || kind === '+' ? [{ kind, text }] : [];
  });
  return { line, contexts: [], lines, isAtEnd: false };
}
