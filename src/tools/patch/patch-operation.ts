/** One line of a chunk: kept as it is, removed or added. */
export interface ChunkLine {
  readonly kind: ' ' | '-' | '+';
  /** Without the line break. */
  readonly text: string;
}

/** Neighbouring lines of a file that change, with some around them. */
export interface Chunk {
  /** Number of the line of the patch at which it begins, from 1. */
  readonly line: number;
  /** Lines behind which it stands, from the outermost to the nearest (`@@ class A`). */
  readonly contexts: readonly string[];
  readonly lines: readonly ChunkLine[];
  /** It stands at the end of the file. */
  readonly isAtEnd: boolean;
}

/** What a patch does to one file. */
export type PatchOperation =
  | { readonly kind: 'add'; readonly path: string; readonly content: string }
  | { readonly kind: 'delete'; readonly path: string }
  | {
      readonly kind: 'update';
      readonly path: string;
      /** Where the file moves to. */
      readonly to?: string;
      readonly chunks: readonly Chunk[];
    };

/** A patch, or a sentence for the model about the line that is wrong. */
export type ParsedOperations =
  | { readonly kind: 'parsed'; readonly operations: readonly PatchOperation[] }
  | { readonly kind: 'malformed'; readonly reason: string };

/** The text of a line for a message: short, and without controls. */
export function quoted(line: string): string {
  return JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line);
}
