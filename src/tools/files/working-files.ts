import { sha256 } from '../../platform/index.js';
import type { ToolContext, ToolOutput } from '../tool.js';
import { ABSENT } from './redo-intent.js';
import type { FileChange } from '../file-plan.js';
import {
  encodeText,
  readTextFile,
  seenHash,
  type TextFile,
  type TextFileAnswer,
} from './text-file.js';

const BYTE_ORDER_MARK = '\uFEFF';
/** Of all files that one call opens; it holds them at once. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 500;

/** A file as a call changes it, in memory. */
export interface WorkingFile {
  /** Workspace-relative. */
  readonly path: string;
  /** As it lies there; undefined when nothing does. */
  readonly file: TextFile | undefined;
  /** The model knows the version that lies there. */
  readonly isCurrent: boolean;
  /** Why there is no file, for a call that needs one. */
  readonly missing: string;
  /** Without the byte order mark, which stays where it is: models never write it. Undefined = no file. */
  text: string | undefined;
  mode: number;
  /** The file that it was moved or copied from, whose encoding and byte order mark it has. */
  origin?: TextFile | undefined;
}

/** A file that may be changed, or a sentence for the model about why not. */
export type OpenedFile =
  | { readonly kind: 'opened'; readonly working: WorkingFile }
  | { readonly kind: 'refused'; readonly reason: string };

/** What is to be written, or the path of a file whose encoding has no place for a character of its new text. */
export type FinishedFiles =
  | {
      readonly kind: 'changes';
      readonly changes: readonly FileChange[];
      readonly seen: Seen;
      readonly progress: readonly string[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

type Seen = NonNullable<ToolOutput['seen']>;

/** The files of one call, which change in memory only until all of it has succeeded. */
export interface WorkingFiles {
  /** The file, also one that is not there (`text` is undefined then); the same one for every spelling of its path. */
  open(path: string): Promise<OpenedFile>;
  /** Those that were opened, in that order. */
  all(): readonly WorkingFile[];
  /** Why the files are too large together to go on with them; undefined when they are not. Asked after each change. */
  excess(): string | undefined;
  /** All differences from what lies there. */
  finish(): FinishedFiles;
}

/** No files yet; they are opened one by one. */
export function createWorkingFiles(context: ToolContext): WorkingFiles {
  const files = new Map<string, WorkingFile>();
  let bytes = 0;
  return {
    async open(path) {
      const answer = await readTextFile(context, path, 'write');
      if (answer.kind === 'refused') return answer;
      const { relative } = answer.kind === 'file' ? answer.file.path : answer.path;
      const known = files.get(relative);
      if (known !== undefined) return { kind: 'opened', working: known };
      if (relative === '.') return { kind: 'refused', reason: `${path}: a folder, not a file.` };
      const working = workingFile(relative, answer, context);
      bytes += working.file?.bytes ?? 0;
      if (bytes > MAX_BYTES || files.size >= MAX_FILES) {
        const reason = `One call may change at most ${MAX_FILES} files of ${MAX_BYTES / 1024 / 1024} MiB together. Do it in several calls.`;
        return { kind: 'refused', reason };
      }
      files.set(relative, working);
      return { kind: 'opened', working };
    },
    all: () => [...files.values()],
    excess: () => refuseCharacters([...files.values()]),
    finish: () => finish([...files.values()]),
  };
}

function workingFile(
  path: string,
  answer: Exclude<TextFileAnswer, { kind: 'refused' }>,
  context: ToolContext,
): WorkingFile {
  const file = answer.kind === 'file' ? answer.file : undefined;
  return {
    path,
    file,
    missing:
      answer.kind === 'missing' ? answer.reason : `${path}: removed before, in the same call.`,
    isCurrent: file !== undefined && context.seen.get(path) === seenHash(file.digest),
    text: file === undefined ? undefined : withoutMark(file.text),
    mode: file?.mode ?? 0o644,
  };
}

const TOO_LARGE = `The changed files would hold more than ${MAX_BYTES / 1024 / 1024} MiB together. Do it in several calls, or with bash.`;

/** A character takes a byte at least. */
function refuseCharacters(files: readonly WorkingFile[]): string | undefined {
  const characters = files.reduce(
    (sum, working) => sum + (isChanged(working) ? (working.text?.length ?? 0) : 0),
    0,
  );
  return characters > MAX_BYTES ? TOO_LARGE : undefined;
}

/** Before a buffer is made: each holds a whole file. */
function refuseBytes(files: readonly WorkingFile[]): string | undefined {
  const bytes = files.filter(isChanged).reduce((sum, { file, origin = file, text = '' }) => {
    return sum + (origin?.encoding === 'latin1' ? text.length : Buffer.byteLength(text));
  }, 0);
  return bytes > MAX_BYTES ? TOO_LARGE : undefined;
}

function isChanged({ file, text }: WorkingFile): boolean {
  return text !== (file === undefined ? undefined : withoutMark(file.text));
}

function finish(files: readonly WorkingFile[]): FinishedFiles {
  const tooLarge = refuseCharacters(files) ?? refuseBytes(files);
  if (tooLarge !== undefined) return { kind: 'refused', reason: tooLarge };
  const changes: FileChange[] = [];
  const seen: Seen[number][] = [];
  const progress: string[] = [];
  for (const working of files) {
    const made = changeTo(working);
    if (typeof made === 'string') return { kind: 'refused', reason: made };
    if (made === undefined) continue;
    const { path, file, isCurrent, text } = working;
    const hash = seenHash(made.after);
    changes.push(made.change);
    progress.push(`file:${path}:${hash}`);
    // Whoever did not know the file before does not know it now: an overwrite still asks for a read.
    if (text !== undefined && (isCurrent || file === undefined)) seen.push({ path, hash });
  }
  const clash = folderAndFile(changes);
  if (clash === undefined) return { kind: 'changes', changes, seen, progress };
  return { kind: 'refused', reason: `${clash}: it would be a file and a folder at once.` };
}

/** Undefined for a file that stays as it is; a sentence for one whose encoding cannot hold its new text. */
function changeTo({
  path,
  file,
  text,
  mode,
  origin = file,
}: WorkingFile): { readonly change: FileChange; readonly after: string } | string | undefined {
  const before = file?.digest ?? ABSENT;
  const content = text === undefined ? null : encode(origin, text);
  if (content === undefined)
    return `${path}: the file is Latin-1 text and cannot hold a character of the new text.`;
  const after = content === null ? ABSENT : sha256(content);
  if (after === before && mode === (file?.mode ?? mode)) return undefined;
  return { change: { path, before, content, mode }, after };
}

/** Undefined when the file's encoding has no place for a character. */
function encode(file: TextFile | undefined, text: string): Buffer | undefined {
  const mark = file?.text.startsWith(BYTE_ORDER_MARK) === true ? BYTE_ORDER_MARK : '';
  return encodeText(mark + text, file?.encoding ?? 'utf8');
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}

/** A file below another one of the same call: found before anything is written. */
function folderAndFile(changes: readonly FileChange[]): string | undefined {
  const kept = new Set(changes.filter(({ content }) => content !== null).map(({ path }) => path));
  return [...kept].find((path) => {
    const parts = path.split('/');
    return parts.some((_, at) => at > 0 && kept.has(parts.slice(0, at).join('/')));
  });
}
