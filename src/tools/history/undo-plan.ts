import {
  objectSizes,
  readObjects,
  resolveInside,
  sha256,
  workspaceGit,
  type Git,
} from '../../platform/index.js';
import { ABSENT } from '../files/redo-intent.js';
import type { FileChange } from '../file-plan.js';
import { readRegular, type FileContent } from '../files/redo-log.js';
import type { ToolWorkspace } from '../tool.js';
import { isObject } from './kept-objects.js';
import type { ChangedStep, PathState } from './step-history.js';

const MAX_FILES = 2000;
const MAX_BYTES = 64 * 1024 * 1024;
const EXECUTABLE = 0o111;

/** A file that goes back to what it was before the steps. */
export interface UndoneFile {
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  readonly change: FileChange;
}

/** What undoing would do, or a sentence for the model about why nothing of it can be done. */
export type UndoPlan =
  | {
      readonly kind: 'plan';
      readonly files: readonly UndoneFile[];
      /** Paths that stay as they are, with the reason. */
      readonly left: readonly string[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

interface WantedFile {
  readonly path: string;
  /** As the newest of the steps left it. */
  readonly now: PathState;
  /** As it was before the oldest of them. */
  readonly earlier: PathState;
  /** Between two of the steps. */
  readonly seams: readonly Seam[];
}

/** What a step left at a path, and what the next step of the same agent found there. */
interface Seam {
  readonly left: PathState;
  readonly found: PathState;
}

/** Brings the files of `steps` (the newest first) back to before the oldest of them, where nothing else has changed them since. */
export async function planUndo(
  workspace: ToolWorkspace,
  steps: readonly ChangedStep[],
): Promise<UndoPlan> {
  const git = workspaceGit(workspace);
  const wanted = foldSteps(steps);
  const left = wanted
    .filter(isUnusual)
    .map(({ path }) => `${path}: a symbolic link or a repository`);
  const usual = wanted.filter((file) => !isUnusual(file));
  const reason = await refuseSize(git, usual);
  if (reason !== undefined) return { kind: 'refused', reason };
  const objects = await readObjects(git, objectsOf(usual));
  const files: UndoneFile[] = [];
  const conflicts: string[] = [];
  const room = { bytes: MAX_BYTES };
  for (const file of usual) {
    const undone = await planFile({ workspace, objects, room }, file);
    if (undone === 'too-large')
      return {
        kind: 'refused',
        reason: `The files hold more than ${MAX_BYTES} bytes now. Undo fewer steps, or bring them back with bash. Nothing was undone.`,
      };
    if (typeof undone === 'string') conflicts.push(undone);
    else if (undone !== undefined) files.push(undone);
  }
  if (conflicts.length === 0) return { kind: 'plan', files, left };
  return { kind: 'refused', reason: `${conflicts.slice(0, 20).join('\n')}\nNothing was undone.` };
}

/** Each file once: its newest state and its oldest. */
function foldSteps(steps: readonly ChangedStep[]): WantedFile[] {
  const wanted = new Map<string, WantedFile>();
  for (const { path, before, after } of steps.flatMap(({ changes }) => changes)) {
    const newer = wanted.get(path);
    wanted.set(path, {
      path,
      now: newer?.now ?? after,
      earlier: before,
      seams: newer === undefined ? [] : [...newer.seams, { left: after, found: newer.earlier }],
    });
  }
  return [...wanted.values()];
}

function isUnusual({ now, earlier }: WantedFile): boolean {
  return [now, earlier].some(
    (state) => state.kind === 'object' && !state.entry.mode.startsWith('100'),
  );
}

function objectOf(state: PathState): string[] {
  return state.kind === 'object' ? [state.entry.object] : [];
}

/** Those that are brought back, and those whose bytes alone tell whether two steps met the same. */
function objectsOf(files: readonly WantedFile[]): string[] {
  const ids = files.flatMap(({ earlier, seams }) => [
    ...objectOf(earlier),
    ...seams
      .filter(({ left, found }) => left.kind !== found.kind)
      .flatMap(({ left, found }) => [...objectOf(left), ...objectOf(found)]),
  ]);
  return [...new Set(ids)];
}

/** True when nobody else wrote between the two steps. */
function isSeamless({ left, found }: Seam, objects: ReadonlyMap<string, Buffer>): boolean {
  if (left.kind === 'object' && found.kind === 'object')
    return left.entry.object === found.entry.object;
  return digestOf(left, objects) === digestOf(found, objects);
}

/** Undefined for an object that was not kept. */
function digestOf(state: PathState, objects: ReadonlyMap<string, Buffer>): string | undefined {
  if (state.kind === 'absent') return ABSENT;
  if (state.kind === 'bytes') return state.digest;
  const bytes = objects.get(state.entry.object);
  return bytes === undefined ? undefined : sha256(bytes);
}

async function refuseSize(git: Git, files: readonly WantedFile[]): Promise<string | undefined> {
  if (files.length > MAX_FILES)
    return `The steps changed ${files.length} files; at most ${MAX_FILES} can be undone. Undo fewer steps, or remove the files with bash.`;
  const sizes = await objectSizes(git, objectsOf(files));
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (bytes <= MAX_BYTES) return undefined;
  return `The files held ${bytes} bytes before; at most ${MAX_BYTES} can be brought back. Undo fewer steps.`;
}

interface Planning {
  readonly workspace: ToolWorkspace;
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Left for what lies there now; all of it is held at once. */
  readonly room: { bytes: number };
}

/** Undefined when the file is already as it was; a sentence when it cannot be brought back. */
async function planFile(
  { workspace: { root }, objects, room }: Planning,
  wanted: WantedFile,
): Promise<UndoneFile | string | undefined> {
  const { path, earlier } = wanted;
  const answer = await resolveInside({ root, workdir: '.' }, path, 'write');
  if (!answer.isInside) return `${answer.reason}.`;
  const found = await readRegular(answer.path.absolute, room.bytes);
  if (found === 'too-large') return found;
  if (found === 'not-a-file') return `${path}: no ordinary file any more.`;
  const current = found === ABSENT ? undefined : found;
  room.bytes -= current?.bytes.length ?? 0;
  const foreign = refuseForeign(current, wanted, objects);
  if (foreign !== undefined) return foreign;
  const bytes = bytesOf(earlier, objects);
  if (bytes === undefined && earlier.kind !== 'absent')
    return `${path}: what it held before was not kept.`;
  return undoneFile(path, current, { bytes, mode: modeOf(earlier, current?.mode ?? 0o644) });
}

/** What somebody else changed, since the steps or between them, is not undone with them. */
function refuseForeign(
  current: FileContent | undefined,
  { path, now, seams }: WantedFile,
  objects: ReadonlyMap<string, Buffer>,
): string | undefined {
  if (!isState(current, now)) return `${path}: changed by something else since.`;
  if (!seams.every((seam) => isSeamless(seam, objects)))
    return `${path}: changed by something else between these steps. Undo fewer.`;
  return undefined;
}

interface EarlierFile {
  readonly bytes: Buffer | undefined;
  readonly mode: number;
}

function undoneFile(
  path: string,
  current: FileContent | undefined,
  { bytes, mode }: EarlierFile,
): UndoneFile | undefined {
  const after = bytes === undefined ? ABSENT : sha256(bytes);
  const before = current === undefined ? ABSENT : sha256(current.bytes);
  if (after === before && (current?.mode ?? mode) === mode) return undefined;
  const change = { path, before, content: bytes ?? null, mode };
  return { path, before: current?.bytes, after: bytes, change };
}

function isState(current: FileContent | undefined, state: PathState): boolean {
  switch (state.kind) {
    case 'absent':
      return current === undefined;
    case 'bytes':
      return current !== undefined && sha256(current.bytes) === state.digest;
    case 'object':
      return current !== undefined && isObject(current.bytes, state.entry.object);
  }
}

function bytesOf(state: PathState, objects: ReadonlyMap<string, Buffer>): Buffer | undefined {
  switch (state.kind) {
    case 'absent':
      return undefined;
    case 'bytes':
      return state.bytes;
    case 'object':
      return objects.get(state.entry.object);
  }
}

/** Git knows only whether a file may be executed. */
function modeOf(state: PathState, current: number): number {
  if (state.kind === 'bytes') return state.mode;
  if (state.kind === 'absent') return current;
  return state.entry.mode.endsWith('755') ? current | EXECUTABLE : current & ~EXECUTABLE;
}
