import type { TextEdit, WorkspaceEdit } from './server/protocol-shapes.js';
import { lineStarts, offsetsOf } from './text-position.js';

/** Edits in one file. */
export interface FileEdits {
  readonly uri: string;
  /** The version that they are about; undefined = the server does not say. */
  readonly version: number | undefined;
  readonly edits: readonly TextEdit[];
}

/** What a server wants changed, file by file, each file once. Pure. */
export function editsByFile({ changes = {}, documentChanges }: WorkspaceEdit): FileEdits[] {
  const all: FileEdits[] =
    documentChanges === undefined
      ? Object.entries(changes).map(([uri, edits]) => ({ uri, version: undefined, edits }))
      : documentChanges.map(({ textDocument: { uri, version }, edits }) => ({
          uri,
          version: version ?? undefined,
          edits,
        }));
  const byUri = new Map<string, FileEdits>();
  for (const file of all) {
    const known = byUri.get(file.uri);
    byUri.set(
      file.uri,
      known === undefined ? file : { ...known, edits: [...known.edits, ...file.edits] },
    );
  }
  return [...byUri.values()].filter(({ edits }) => edits.length > 0);
}

/** The text with all edits made; undefined when one lies outside of it or two overlap. Pure, and linear but for sorting. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string | undefined {
  const starts = lineStarts(text);
  const places: { readonly from: number; readonly to: number; readonly newText: string }[] = [];
  for (const { range, newText } of edits) {
    const offsets = offsetsOf(starts, text, range);
    if (offsets === undefined) return undefined;
    places.push({ from: offsets[0], to: offsets[1], newText });
  }
  // Stable: of two insertions at one place the first of the list comes first.
  places.sort((left, right) => left.from - right.from || left.to - right.to);
  const parts: string[] = [];
  let done = 0;
  for (const { from, to, newText } of places) {
    if (from < done) return undefined;
    parts.push(text.slice(done, from), newText);
    done = to;
  }
  parts.push(text.slice(done));
  return parts.join('');
}
