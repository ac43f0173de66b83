import type { OpenedFile, WorkingFile, WorkingFiles } from '../files/working-files.js';

/** What became of one file of a patch in memory: a line for the result, or a sentence about why not. */
export type PatchedFile =
  | { readonly kind: 'patched'; readonly line: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** An existing file with its text. */
export type OpenedText =
  | { readonly kind: 'text'; readonly working: WorkingFile; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** A file that must be there. */
export async function openText(files: WorkingFiles, path: string): Promise<OpenedText> {
  const opened = await files.open(path);
  if (opened.kind === 'refused') return opened;
  const { working } = opened;
  return working.text === undefined
    ? { kind: 'refused', reason: working.missing }
    : { kind: 'text', working, text: working.text };
}

/** Creates a file where none is; one that holds exactly that already is left as it is. */
export async function addFile(
  files: WorkingFiles,
  path: string,
  added: { readonly content: string; readonly mode?: number | undefined },
): Promise<PatchedFile> {
  const opened = await files.open(path);
  if (opened.kind === 'refused') return opened;
  const { working } = opened;
  if (working.text !== undefined) {
    return working.text === added.content
      ? { kind: 'patched', line: `${path}: already holds exactly that` }
      : {
          kind: 'refused',
          reason: `${path}: exists already; update it instead, or delete it first.`,
        };
  }
  working.text = added.content;
  working.mode = added.mode ?? working.mode;
  return { kind: 'patched', line: `A ${path}` };
}

/** Removes a file. */
export async function deleteFile(files: WorkingFiles, path: string): Promise<PatchedFile> {
  const opened = await openText(files, path);
  if (opened.kind === 'refused') return opened;
  opened.working.text = undefined;
  return { kind: 'patched', line: `D ${path}` };
}

/** A place where a file is to lie that was somewhere else before. */
export async function openVacant(files: WorkingFiles, path: string): Promise<OpenedFile> {
  const opened = await files.open(path);
  if (opened.kind === 'refused' || opened.working.text === undefined) return opened;
  return { kind: 'refused', reason: `${path}: exists already; nothing is moved over it.` };
}

/** Gives a file its new text, at another path when `target` is one; the other goes unless it is kept. */
export function placeText(
  source: WorkingFile,
  target: WorkingFile | undefined,
  change: { readonly text: string; readonly mode?: number | undefined; readonly isCopy?: boolean },
): void {
  const place = target ?? source;
  if (target !== undefined) {
    target.origin = source.origin ?? source.file;
    target.mode = source.mode;
    if (change.isCopy !== true) source.text = undefined;
  }
  place.text = change.text;
  place.mode = change.mode ?? place.mode;
}
