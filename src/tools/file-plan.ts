import { toolError, type ToolOutput } from './tool.js';

/** One file that a call replaces, creates or removes. */
export interface FileChange {
  /** Workspace-relative path. */
  readonly path: string;
  /** SHA-256 of the bytes the change was computed from, or `ABSENT`. */
  readonly before: string;
  /** The new bytes; null = the file is removed. */
  readonly content: Uint8Array | null;
  readonly mode: number;
}

/** What a file tool wants done: changes with the result to report, or just a result when nothing is to change. */
export interface FilePlan {
  readonly changes: readonly FileChange[];
  readonly output: ToolOutput;
  /** The bytes are to be exactly these: no formatter goes over them. */
  readonly isExact?: true;
}

/** A plan that changes nothing and tells the model why. */
export function refusePlan(text: string): FilePlan {
  return { changes: [], output: toolError(text) };
}
