import { setImmediate as nextTurn } from 'node:timers/promises';
import { explainMissing } from '../files/edit-failure.js';
import type { WorkingFile, WorkingFiles } from '../files/working-files.js';
import { addFile, openText, openVacant, placeText, type PatchedFile } from './patch-files.js';
import { applyHunks, expectedLines } from './unified-apply.js';
import { chunkOf, type UnifiedFile, type UnifiedHunk } from './unified-parse.js';
import { chunkText, isAppliedAlready, type ChunkedText } from './v4a-plan.js';

/** Carries out what a unified diff says of one file, in memory. */
export async function planUnified(files: WorkingFiles, patch: UnifiedFile): Promise<PatchedFile> {
  await nextTurn();
  const { from, to } = patch;
  const name = from ?? to ?? '?';
  if (patch.isBinary)
    return { kind: 'refused', reason: `${name}: a binary change; only text can be patched.` };
  if (from === undefined) return addUnified(files, patch, name);
  const opened = await openText(files, from);
  if (opened.kind === 'refused') return opened;
  const applied = hunkText({ path: from, text: opened.text }, patch.hunks);
  if (applied.kind === 'refused') return applied;
  if (to === undefined) {
    if (applied.text !== '')
      return {
        kind: 'refused',
        reason: `${from}: the patch removes the file, but lines of it would be left. Read it again.`,
      };
    opened.working.text = undefined;
    return { kind: 'patched', line: `D ${from}` };
  }
  let target: WorkingFile | undefined;
  if (to !== from) {
    const vacant = await openVacant(files, to);
    if (vacant.kind === 'refused') return vacant;
    target = vacant.working;
  }
  const { mode, isCopy } = patch;
  placeText(opened.working, target, { text: applied.text, mode, isCopy });
  return { kind: 'patched', line: `${titleOf(patch)}${applied.remark}` };
}

function titleOf({ from, to, isCopy }: UnifiedFile): string {
  if (from === to) return `M ${to ?? '?'}`;
  return `${isCopy ? 'C' : 'R'} ${from ?? '?'} -> ${to ?? '?'}`;
}

async function addUnified(
  files: WorkingFiles,
  { hunks, mode }: UnifiedFile,
  path: string,
): Promise<PatchedFile> {
  const added = hunkText({ path, text: '' }, hunks);
  if (added.kind === 'refused')
    return { kind: 'refused', reason: `${path}: a new file can only have added lines.` };
  return addFile(files, path, { content: added.text, mode });
}

/** A file without hunks (moved, or with another mode) keeps its text. */
function hunkText(
  file: { readonly path: string; readonly text: string },
  hunks: readonly UnifiedHunk[],
): ChunkedText {
  const { path, text } = file;
  if (hunks.some(({ isUnnumbered }) => isUnnumbered)) return chunkText(file, hunks.map(chunkOf));
  const applied = applyHunks(text, hunks);
  switch (applied.kind) {
    case 'applied': {
      const { difference } = applied;
      const remark = difference === '' ? '' : ` (not an exact match: ${difference})`;
      return { kind: 'applied', text: applied.text, remark };
    }
    case 'too-long': {
      const reason = `${path}: looking for the lines of ${hunks.length === 1 ? 'the hunk' : `${hunks.length} hunks`} takes too long in a file of so many lines. Send less at a time, or use edit or bash.`;
      return { kind: 'refused', reason };
    }
    case 'failed': {
      if (isAppliedAlready(text, hunks.map(chunkOf)))
        return { kind: 'applied', text, remark: ': already applied; left as it is' };
      return { kind: 'refused', reason: explainHunk(file, applied, hunks.length) };
    }
  }
}

function explainHunk(
  { path, text }: { readonly path: string; readonly text: string },
  { hunk, place }: { readonly hunk: UnifiedHunk; readonly place: number },
  count: number,
): string {
  const which = `hunk ${place + 1} of ${count} (line ${hunk.line} of the patch, ${hunk.header})`;
  const before = place === 0 ? '' : ` ${place === 1 ? 'Hunk 1 fits' : `Hunks 1-${place} fit`}.`;
  const wanted = `${which}: its kept and removed lines are`;
  const missing = { path, text, oldText: expectedLines(hunk) };
  return explainMissing(missing, { wanted, work: 'patch' }) + before;
}
