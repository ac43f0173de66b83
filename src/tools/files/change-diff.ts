import { structuredPatch } from 'diff';
import type { WorkingFile } from './working-files.js';

/** Of all files together. */
const MAX_CHARACTERS = 40 * 1024;
const MAX_LINE_CHARACTERS = 500;
/** Two texts that differ in more are another text: only how much is said. */
const MAX_EDITS = 1000;
const MAX_DIFF_CHARACTERS = 4 * 1024 * 1024;

/** What a file was and what it becomes; undefined = there is none. */
export interface TextChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The change that a call makes to a file in memory; undefined for one that it leaves as it is. */
export function changeOf({ path, file, text }: WorkingFile): TextChange | undefined {
  const before = file?.text.replace(/^\uFEFF/, '');
  return before === text ? undefined : { path, before, after: text };
}

/** The changes as a unified diff that a model can read: cut in long lines and after 40 KiB, line ends as `\n`. */
export function showChanges(changes: readonly TextChange[]): string {
  const shown: string[] = [];
  let characters = 0;
  for (const [at, change] of changes.entries()) {
    const text = showChange(change);
    characters += text.length + 1;
    if (characters > MAX_CHARACTERS && shown.length > 0) {
      shown.push(`(and ${changes.length - at} more of ${changes.length} files, not shown)`);
      break;
    }
    shown.push(text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}\n(cut)` : text);
  }
  return shown.join('\n');
}

function showChange({ path, before, after }: TextChange): string {
  const head = `--- ${nameOf(path, before)}\n+++ ${nameOf(path, after)}`;
  return `${head}\n${showHunks(path, before ?? '', after ?? '')}`.trimEnd();
}

function nameOf(path: string, text: string | undefined): string {
  return text === undefined ? '/dev/null' : path;
}

function showHunks(path: string, before: string, after: string): string {
  const size = before.length + after.length;
  const options = { context: 3, maxEditLength: size > MAX_DIFF_CHARACTERS ? 0 : MAX_EDITS };
  const patch = structuredPatch(path, path, before, after, undefined, undefined, options);
  if (patch === undefined)
    return `(too different to show: ${before.length} characters become ${after.length})`;
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: body }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...body.map((line) => line.replace(/\r$/, '').slice(0, MAX_LINE_CHARACTERS)),
  ]);
  return lines.join('\n');
}
