import { join, relative } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../../platform/index.js';
import { refusePlan, type FilePlan } from '../file-plan.js';
import { applyOnce } from '../files/redo-log.js';
import { seenHash } from '../files/text-file.js';
import { createWorkingFiles, type WorkingFile, type WorkingFiles } from '../files/working-files.js';
import { defineTool, type AnyTool, type ToolContext, type ToolOutput } from '../tool.js';
import { openTarget, type OpenTarget } from './lsp-tool.js';
import { uriOf, type OpenDocument } from './server/open-documents.js';
import { workspaceEditSchema } from './server/protocol-shapes.js';
import { readDocument } from './server/read-document.js';
import { ServerFault } from './server/server-fault.js';
import type { ServerSession } from './server/server-session.js';
import type { ServerPool } from './server/server-pool.js';
import { pathOf } from './show-results.js';
import { applyEdits, editsByFile, type FileEdits } from './text-edits.js';
import { placeIn } from './text-position.js';

const TIMEOUT_MS = 120_000;
const REQUEST_MS = 40_000;
const LOAD_MS = 20_000;
/** Files of one rename; each is opened in the server, so that what it changes is what it knows. */
const MAX_FILES = 150;
/** Rounds until the server knows every file that it changes from us. */
const MAX_ROUNDS = 4;
const MAX_SHOWN = 50;

const parameters = z.object({
  path: z.string().min(1),
  line: z.int().min(1),
  column: z.int().min(1).optional().describe('from 1; or give symbol'),
  symbol: z.string().max(300).optional().describe('the name in that line'),
  new_name: z.string().min(1).max(300),
});

type RenameInput = z.infer<typeof parameters>;

/** Renames a symbol wherever it is used: all files or none, once. */
export function createRenameTool(pool: ServerPool): AnyTool {
  return defineTool({
    name: 'lsp_rename',
    aliases: ['rename_symbol', 'rename'],
    description:
      'Rename a symbol in all files that use it, by the language server: all of them or none.',
    parameters,
    isDeferred: true,
    execution: 'activity',
    access: 'write',
    title: ({ path, symbol, new_name: name }) => `lsp_rename: ${symbol ?? path} to ${name}`,
    timeoutMs: () => TIMEOUT_MS,
    execute: (input, context): Promise<ToolOutput> =>
      applyOnce(context, () => planRename(pool, input, context)),
  });
}

async function planRename(
  pool: ServerPool,
  input: RenameInput,
  context: ToolContext,
): Promise<FilePlan> {
  const target = await openTarget(pool, input, { context, action: 'rename' });
  if (typeof target === 'string') return refusePlan(target);
  try {
    const edits = await askEdits(target, input, context);
    if (typeof edits === 'string') return refusePlan(`${edits} Nothing was changed.`);
    return await planEdits(edits, input, { context, target });
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ServerFault) return refusePlan(`${error.message} Nothing was changed.`);
    throw error;
  }
}

/** What the server wants changed, once it knows every file of it from us as it lies on the disk. */
async function askEdits(
  { session, path, text }: OpenTarget,
  input: RenameInput,
  { workspace: { root }, signal }: ToolContext,
): Promise<FileEdits[] | string> {
  const place = placeIn(input.path, text, input);
  if (typeof place === 'string') return place;
  await session.notes.settled(LOAD_MS, session.language.answersEarly === true);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const edit = await session.ask({
      method: 'textDocument/rename',
      params: { textDocument: { uri: uriOf(path) }, position: place, newName: input.new_name },
      result: workspaceEditSchema.nullable(),
      timeoutMs: REQUEST_MS,
      signal,
    });
    const files = edit === null ? [] : editsByFile(edit);
    if (files.length === 0) return `${session.title} found nothing to rename there.`;
    if (files.length > MAX_FILES)
      return `The name is used in ${files.length} files; at most ${MAX_FILES} can be renamed at once.`;
    const known = await tellAll(session, root, files);
    if (typeof known === 'string') return known;
    if (known) return files;
  }
  return 'The files change faster than they can be read.';
}

/** Tells the server all files of an edit as they lie there: true when it knew them all, a sentence for one that is none of ours. */
async function tellAll(
  session: ServerSession,
  root: string,
  files: readonly FileEdits[],
): Promise<boolean | string> {
  let isKnown = true;
  for (const { uri } of files) {
    const file = pathOf(uri);
    const now = file === undefined ? undefined : await readDocument(root, file);
    if (file === undefined || now === undefined)
      return `The name is also used in ${uri.slice(0, 300)}, which is no text file of the workspace.`;
    isKnown &&= session.documents.get(file)?.text === now;
    session.tell(file, now);
  }
  return isKnown;
}

interface Surroundings {
  readonly context: ToolContext;
  readonly target: OpenTarget;
}

async function planEdits(
  edits: readonly FileEdits[],
  input: RenameInput,
  { context, target }: Surroundings,
): Promise<FilePlan> {
  const files = createWorkingFiles(context);
  const lines: string[] = [];
  for (const file of edits) {
    const line = await editFile(files, file, { context, target });
    if (!line.isMade) return refusePlan(`${line.text} Nothing was changed.`);
    lines.push(line.text);
  }
  const finished = files.finish();
  if (finished.kind === 'refused') return refusePlan(`${finished.reason} Nothing was changed.`);
  const { changes, seen, progress } = finished;
  if (changes.length === 0) return refusePlan('It has that name already. Nothing was changed.');
  const count = changes.length === 1 ? '1 file' : `${changes.length} files`;
  const shown = lines.slice(0, MAX_SHOWN);
  const more = lines.length > MAX_SHOWN ? [`(${lines.length - MAX_SHOWN} more)`] : [];
  const head = `Renamed${input.symbol === undefined ? '' : ` ${input.symbol}`} to ${input.new_name} in ${count}:`;
  const text = [head, ...shown, ...more].join('\n');
  return { changes, output: { text, isError: false, seen, progress }, isExact: true };
}

async function editFile(
  files: WorkingFiles,
  { uri, version, edits }: FileEdits,
  { context, target: { session } }: Surroundings,
): Promise<{ readonly isMade: boolean; readonly text: string }> {
  const { root, workdir } = context.workspace;
  const absolute = pathOf(uri) ?? '';
  const path = relative(join(root, workdir), absolute);
  const opened = await files.open(path);
  if (opened.kind === 'refused') return { isMade: false, text: opened.reason };
  const { working } = opened;
  const known = { document: session.documents.get(absolute), version };
  const refusal = refuseFile(path, working, { context, ...known });
  if (refusal !== undefined) return { isMade: false, text: refusal };
  const text = applyEdits(working.text ?? '', edits);
  if (text === undefined)
    return { isMade: false, text: `${session.title} named places that ${path} does not have.` };
  working.text = text;
  const excess = files.excess();
  if (excess !== undefined) return { isMade: false, text: excess };
  return {
    isMade: true,
    text: `${path}: ${edits.length} ${edits.length === 1 ? 'place' : 'places'}`,
  };
}

interface KnownFile {
  readonly context: ToolContext;
  readonly document: OpenDocument | undefined;
  /** That the server's edits are about, as it says. */
  readonly version: number | undefined;
}

/** A file is changed only as the server knows it, and as the model has seen it where it has. */
function refuseFile(
  path: string,
  { path: inside, text, file, missing }: WorkingFile,
  { context, document, version }: KnownFile,
): string | undefined {
  if (text === undefined || file === undefined) return missing;
  const seen = context.seen.get(inside);
  if (seen !== undefined && seen !== seenHash(file.digest))
    return `${path} has changed since you read it. Read it again first.`;
  const isSame = document !== undefined && document.hash === sha256(text);
  if (isSame && (version === undefined || version === document.version)) return undefined;
  return `${path} changed while it was looked at. Call it again.`;
}
