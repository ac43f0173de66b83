import { constants } from 'node:fs';
import { chmod, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { formatStepKey } from '../../domain/index.js';
import {
  crashPoint,
  isNotFound,
  pathExists,
  resolveInside,
  sha256,
  syncDirectory,
  withWorkspaceLock,
  giveLikeFolder,
  noteEngineWrite,
  writeDurableFile,
} from '../../platform/index.js';
import { isUnusablePath } from '../mistake.js';
import {
  toolError,
  type ToolContext,
  type ToolOutput,
  type ToolWorkspace,
  type WrittenFile,
} from '../tool.js';
import type { FileChange, FilePlan } from '../file-plan.js';
import { formatPlan } from '../format/format-plan.js';
import {
  ABSENT,
  intentBase,
  keepOriginal,
  originalBytes,
  readIntent,
  type Intent,
  type IntentFile,
} from './redo-intent.js';

/**
 * Applies a plan exactly once under the call's step key, whatever is killed in between: the plan is computed once,
 * written down with its bytes, then carried out; a retry rolls the written plan forward and never computes another.
 * All files or none: where one holds neither the old nor the new bytes, or cannot be written, the others are as before.
 */
export async function applyOnce(
  context: ToolContext,
  plan: () => Promise<FilePlan>,
): Promise<ToolOutput> {
  const { state } = context.workspace;
  const applied = await withWorkspaceLock(state, async () => {
    const base = intentBase(state, context.step);
    const intent =
      (await readIntent(state, context.step)) ??
      (await writeIntent(base, context, await formatPlan(context, await plan())));
    if (!('files' in intent)) return { output: intent, files: [] };
    if (!(await pathExists(`${base}.done`))) {
      const refusal = await rollForward(context.workspace, intent.files);
      if (refusal !== undefined) return { output: toolError(refusal), files: [] };
      // No fsync: a lost mark only means that the hashes are compared once more.
      await writeFile(`${base}.done`, '');
      crashPoint('redo.after-done');
    }
    return intent;
  });
  return reviewed(context, applied);
}

/** The result with what is to be said about the files; what they held before is in the entry, so that a retry can say it as well. */
async function reviewed(
  context: ToolContext,
  { output, files }: Pick<Intent, 'files'> & { readonly output: ToolOutput },
): Promise<ToolOutput> {
  const review = context.followUps?.review;
  if (review === undefined || files.length === 0) return output;
  const lines = await review(context, files.map(writtenFile));
  return lines.length === 0 ? output : { ...output, text: [output.text, ...lines].join('\n') };
}

function writtenFile(file: IntentFile): WrittenFile {
  return {
    path: file.path,
    before: originalBytes(file),
    after: file.after === ABSENT ? undefined : Buffer.from(file.content, 'base64'),
  };
}

/** A plan without changes needs no log: computing it again gives an equally true answer. */
async function writeIntent(
  base: string,
  context: ToolContext,
  plan: FilePlan,
): Promise<Intent | ToolOutput> {
  if (plan.changes.length === 0) return plan.output;
  const files: IntentFile[] = [];
  for (const change of plan.changes) files.push(await intentFile(context.workspace, change));
  const intent: Intent = {
    version: 1,
    key: formatStepKey(context.step),
    files,
    output: {
      text: plan.output.text,
      isError: plan.output.isError,
      seen: [...(plan.output.seen ?? [])],
      progress: [...(plan.output.progress ?? [])],
    },
  };
  crashPoint('redo.before-intent');
  await writeDurableFile(`${base}.json`, JSON.stringify(intent));
  crashPoint('redo.after-intent');
  return intent;
}

async function intentFile({ root }: ToolWorkspace, change: FileChange): Promise<IntentFile> {
  const { path, before, mode } = change;
  const content = change.content ?? new Uint8Array();
  const present = before === ABSENT ? undefined : await readRegular(join(root, path));
  return {
    path,
    before,
    after: change.content === null ? ABSENT : sha256(content),
    content: Buffer.from(content).toString('base64'),
    mode,
    // Of a file that changed in this moment nothing is kept: the step ends as a conflict.
    ...(typeof present !== 'object' || sha256(present.bytes) !== before
      ? {}
      : { original: keepOriginal(present.bytes, content, present.mode) }),
  };
}

/** A file of an entry, where it lies, and whether it is as before the step or as after it. */
interface Place {
  readonly file: IntentFile;
  readonly target: string;
  readonly state: 'before' | 'after';
}

/** Carries an entry out; a sentence for the model when a file is in the way, and then nothing of it stays. */
async function rollForward(
  workspace: ToolWorkspace,
  files: readonly IntentFile[],
): Promise<string | undefined> {
  const places: Place[] = [];
  let refusal: string | undefined;
  for (const file of files) {
    const place = await locate(workspace, file);
    if (typeof place === 'string') refusal ??= place;
    else places.push(place);
  }
  // Those of an earlier try that was killed.
  const written = places.filter(({ state }) => state === 'after');
  if (refusal === undefined) return putAll(workspace, places, written);
  await takeBack(workspace, written);
  return refusal;
}

async function putAll(
  workspace: ToolWorkspace,
  places: readonly Place[],
  written: Place[],
): Promise<undefined> {
  try {
    for (const place of places.filter(({ state }) => state === 'before')) {
      await put(workspace, place);
      written.push(place);
    }
  } catch (error) {
    // What a path causes is the model's to hear; everything else is tried again.
    if (isUnusablePath(error)) await takeBack(workspace, written);
    throw error;
  }
}

async function locate({ root }: ToolWorkspace, file: IntentFile): Promise<Place | string> {
  // Resolved again: since the plan was made a folder may have become a link.
  const answer = await resolveInside({ root, workdir: '.' }, file.path, 'write');
  if (!answer.isInside) return `${answer.reason}; nothing was written.`;
  const target = answer.path.absolute;
  const present = await readRegular(target);
  const current = typeof present === 'object' ? sha256(present.bytes) : present;
  const isMoved = typeof present === 'object' && present.mode !== file.mode;
  if (current === file.after && !(isMoved && file.after === file.before))
    return { file, target, state: 'after' };
  if (current === file.before) return { file, target, state: 'before' };
  return `${file.path} was changed by something else in the meantime; read it again, then repeat the change.`;
}

async function put(workspace: ToolWorkspace, { file, target }: Place): Promise<void> {
  if (file.after === ABSENT) return removeDurably(target);
  if (file.after === file.before) return chmod(target, file.mode);
  if ((await mkdir(dirname(target), { recursive: true })) !== undefined) noteEngineWrite(target);
  await replace(workspace, target, { bytes: Buffer.from(file.content, 'base64'), mode: file.mode });
}

/** Puts back what stood there before, of files that hold what this step wrote. */
async function takeBack(workspace: ToolWorkspace, places: readonly Place[]): Promise<void> {
  for (const { file, target } of places) {
    const bytes = originalBytes(file);
    if (file.before === file.after) continue;
    if (file.before === ABSENT) await removeDurably(target);
    else if (bytes !== undefined && file.original !== undefined)
      await replace(workspace, target, { bytes, mode: file.original.mode });
  }
}

async function removeDurably(target: string): Promise<void> {
  await rm(target, { force: true });
  await syncDirectory(dirname(target));
  crashPoint('redo.after-rename');
}

/** A file as it lies there, or is to lie there. */
export interface FileContent {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

async function replace(
  { state }: ToolWorkspace,
  target: string,
  content: FileContent,
): Promise<void> {
  const temporary = join(state, 'redo', `temporary-${sha256(content.bytes).slice(0, 16)}`);
  await writeTemporary(temporary, content);
  giveLikeFolder(temporary, dirname(target));
  crashPoint('redo.after-temporary');
  await rename(temporary, target);
  await syncDirectory(dirname(target));
  crashPoint('redo.after-rename');
}

/** In the state folder, so that no stray file can ever show in the workspace; a left-over of a killed try is replaced. */
async function writeTemporary(path: string, { bytes, mode }: FileContent): Promise<void> {
  await rm(path, { force: true });
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(bytes);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The bytes and mode of a regular file of at most `maxBytes`; `ABSENT` when nothing is there. */
export async function readRegular(
  path: string,
  maxBytes = Infinity,
): Promise<FileContent | typeof ABSENT | 'not-a-file' | 'too-large'> {
  try {
    const handle = await open(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return 'not-a-file';
      if (stat.size > maxBytes) return 'too-large';
      return { bytes: await handle.readFile(), mode: stat.mode & 0o777 };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isNotFound(error)) return ABSENT;
    throw error;
  }
}
