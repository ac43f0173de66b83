import { setImmediate as nextTurn } from 'node:timers/promises';
import { explainMissing } from '../files/edit-failure.js';
import type { WorkingFile, WorkingFiles } from '../files/working-files.js';
import { applyChunks, type AppliedChunks } from './apply-chunks.js';
import {
  addFile,
  deleteFile,
  openText,
  openVacant,
  placeText,
  type PatchedFile,
} from './patch-files.js';
import type { Chunk, ChunkLine, PatchOperation } from './patch-operation.js';

/** A shorter text stands in most files by chance, so its presence proves nothing. */
const MIN_APPLIED_LENGTH = 12;

/** Carries out one operation in memory. */
export async function planOperation(
  files: WorkingFiles,
  operation: PatchOperation,
): Promise<PatchedFile> {
  await nextTurn();
  if (operation.kind === 'add')
    return addFile(files, operation.path, { content: operation.content });
  if (operation.kind === 'delete') return deleteFile(files, operation.path);
  const { path, to, chunks } = operation;
  const opened = await openText(files, path);
  if (opened.kind === 'refused') return opened;
  let target: WorkingFile | undefined;
  if (to !== undefined) {
    const vacant = await openVacant(files, to);
    if (vacant.kind === 'refused') return vacant;
    target = vacant.working;
  }
  const applied = chunkText({ path, text: opened.text }, chunks);
  if (applied.kind === 'refused') return applied;
  placeText(opened.working, target, { text: applied.text });
  const name = to === undefined ? `M ${path}` : `R ${path} -> ${to}`;
  return { kind: 'patched', line: `${name}${applied.remark}` };
}

/** A text with chunks applied and a remark about how, or why not. */
export type ChunkedText =
  | { readonly kind: 'applied'; readonly text: string; readonly remark: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Applies chunks to a file's text, in the words of the patch tool. Pure. */
export function chunkText(
  file: { readonly path: string; readonly text: string },
  chunks: readonly Chunk[],
): ChunkedText {
  const applied = applyChunks(file.text, chunks);
  if (applied.kind === 'applied') {
    const { differences, text } = applied;
    const remark =
      differences.length === 0 ? '' : ` (not an exact match: ${differences.join(', ')})`;
    return { kind: 'applied', text, remark };
  }
  if (isAppliedAlready(file.text, chunks))
    return { kind: 'applied', text: file.text, remark: ': already applied; left as it is' };
  return { kind: 'refused', reason: explainFailure(file, applied, chunks.length) };
}

function explainFailure(
  { path, text }: { readonly path: string; readonly text: string },
  { chunk, place, missing, isTooLong }: Extract<AppliedChunks, { kind: 'failed' }>,
  count: number,
): string {
  const which = `chunk ${place + 1} of ${count} (line ${chunk.line} of the patch)`;
  if (isTooLong)
    return `${path}: ${which}: looking for its lines takes too long in a file of so many lines. Use edit, or bash.`;
  const isContext = chunk.contexts.includes(missing);
  const wanted = isContext
    ? `${which}: the line behind "@@" is`
    : `${which}: its kept and removed lines are`;
  const order =
    place === 0
      ? ''
      : ` Chunks follow the order of the file: it is looked for behind chunk ${place}.`;
  return explainMissing({ path, text, oldText: missing }, { wanted, work: 'patch' }) + order;
}

/** True when what chunks would add stands there, and taking it back would fit: the patch was applied before. */
export function isAppliedAlready(text: string, chunks: readonly Chunk[]): boolean {
  const back = chunks.map((chunk) => ({
    ...chunk,
    contexts: [],
    lines: chunk.lines.map(({ kind, text: line }): ChunkLine => ({
      kind: opposite(kind),
      text: line,
    })),
  }));
  const isTelling = back.every((chunk) => lengthOf(chunk) >= MIN_APPLIED_LENGTH);
  if (!isTelling) return false;
  const applied = applyChunks(text, back);
  return applied.kind === 'applied' && applied.differences.length === 0;
}

function lengthOf({ lines }: Chunk): number {
  return lines.reduce((sum, { kind, text }) => sum + (kind === '+' ? 0 : text.trim().length), 0);
}

function opposite(kind: ChunkLine['kind']): ChunkLine['kind'] {
  if (kind === ' ') return ' ';
  return kind === '-' ? '+' : '-';
}
