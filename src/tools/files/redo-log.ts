import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { formatStepKey, InvariantError, seenFileSchema } from '../../domain/index.js';
import {
  crashPoint,
  isNotFound,
  pathExists,
  resolveInside,
  sha256,
  stepPath,
  syncDirectory,
  withWorkspaceLock,
  giveLikeFolder,
  noteEngineWrite,
  writeDurableFile,
} from '../../platform/index.js';
import { toolError, type ToolContext, type ToolOutput } from '../tool.js';

/** What a file must hold before a change, where it must not exist. */
export const ABSENT = 'absent';

/** One file that a call replaces. */
export interface FileChange {
  /** Workspace-relative path. */
  readonly path: string;
  /** SHA-256 of the bytes the change was computed from, or {@link ABSENT}. */
  readonly before: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

/** What a file tool wants done: changes with the result to report, or just a result when nothing is to change. */
export interface FilePlan {
  readonly changes: readonly FileChange[];
  readonly output: ToolOutput;
}

const intentSchema = z.object({
  version: z.literal(1),
  key: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      before: z.string(),
      after: z.string(),
      content: z.base64(),
      mode: z.int(),
    }),
  ),
  output: z.object({
    text: z.string(),
    isError: z.boolean(),
    seen: z.array(seenFileSchema).default([]),
    progress: z.array(z.string()).default([]),
  }),
});

type Intent = z.infer<typeof intentSchema>;

/**
 * Applies a plan exactly once under the call's step key, whatever is killed in between: the plan is computed once,
 * written down with its bytes, then carried out; a retry rolls the written plan forward and never computes another.
 * A file that holds neither the old nor the new bytes ends it as a conflict for the model; no other file is touched.
 */
export function applyOnce(
  context: ToolContext,
  plan: () => Promise<FilePlan>,
): Promise<ToolOutput> {
  return withWorkspaceLock(context.workspace.state, async () => {
    const base = join(context.workspace.state, 'redo', stepPath(context.step));
    const intent =
      (await readIntent(base, context)) ?? (await writeIntent(base, context, await plan()));
    if (!('files' in intent)) return intent;
    if (!(await pathExists(`${base}.done`))) {
      for (const file of intent.files) {
        const conflict = await rollForward(context, file);
        if (conflict !== undefined) return conflict;
      }
      // No fsync: a lost mark only means that the hashes are compared once more.
      await writeFile(`${base}.done`, '');
      crashPoint('redo.after-done');
    }
    return intent.output;
  });
}

async function readIntent(base: string, context: ToolContext): Promise<Intent | undefined> {
  let text: string;
  try {
    text = await readFile(`${base}.json`, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  const parsed = intentSchema.safeParse(JSON.parse(text));
  if (parsed.success && parsed.data.key === formatStepKey(context.step)) return parsed.data;
  throw new InvariantError('ERR_REDO_LOG_INVALID', {
    message: `the redo log entry of step ${formatStepKey(context.step)} is not readable`,
    where: { file: `${base}.json` },
    hint: 'this is a defect: keep the file and report it; the run can be cancelled and started again',
  });
}

/** A plan without changes needs no log: computing it again gives an equally true answer. */
async function writeIntent(
  base: string,
  context: ToolContext,
  plan: FilePlan,
): Promise<Intent | ToolOutput> {
  if (plan.changes.length === 0) return plan.output;
  const intent: Intent = {
    version: 1,
    key: formatStepKey(context.step),
    files: plan.changes.map((change) => ({
      path: change.path,
      before: change.before,
      after: sha256(change.content),
      content: Buffer.from(change.content).toString('base64'),
      mode: change.mode,
    })),
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

async function rollForward(
  context: ToolContext,
  file: Intent['files'][number],
): Promise<ToolOutput | undefined> {
  const { root, state } = context.workspace;
  // Resolved again: since the plan was made a folder may have become a link.
  const answer = await resolveInside({ root, workdir: '.' }, file.path, 'write');
  if (!answer.isInside) return toolError(`${answer.reason}; nothing was written.`);
  const target = answer.path.absolute;
  const current = await digestOf(target);
  if (current === file.after) return undefined;
  if (current !== file.before) {
    return toolError(
      `${file.path} was changed by something else in the meantime; read it again, then repeat the change.`,
    );
  }
  if ((await mkdir(dirname(target), { recursive: true })) !== undefined) noteEngineWrite(target);
  const temporary = join(state, 'redo', `temporary-${file.after.slice(0, 16)}`);
  await writeTemporary(temporary, Buffer.from(file.content, 'base64'), file.mode);
  giveLikeFolder(temporary, dirname(target));
  crashPoint('redo.after-temporary');
  await rename(temporary, target);
  await syncDirectory(dirname(target));
  crashPoint('redo.after-rename');
  return undefined;
}

/** In the state folder, so that no stray file can ever show in the workspace; a left-over of a killed try is replaced. */
async function writeTemporary(path: string, content: Uint8Array, mode: number): Promise<void> {
  await rm(path, { force: true });
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function digestOf(path: string): Promise<string> {
  try {
    const handle = await open(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      return (await handle.stat()).isFile() ? sha256(await handle.readFile()) : 'not-a-file';
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isNotFound(error)) return ABSENT;
    throw error;
  }
}
