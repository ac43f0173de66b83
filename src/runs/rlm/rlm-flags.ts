import type { ContentType } from '../../domain/index.js';
import type { LimitFlags } from '../plan/run-limits.js';

/** What the command line says about a question over an input; absent = the default. */
export interface RlmFlags extends Omit<LimitFlags, 'parallel'> {
  /** Files, folders, globs. */
  readonly file?: readonly string[] | undefined;
  /** True = only files inside of the folder, and of them none that tools are not shown: secrets, ignored files, git's own. */
  readonly shownOnly?: boolean | undefined;
  /** A text, or `-` for standard input. */
  readonly content?: string | undefined;
  readonly contentType?: ContentType | 'auto' | undefined;
  readonly model?: string | undefined;
  readonly subModel?: string | undefined;
  readonly maxIterations?: number | undefined;
  readonly maxDepth?: number | undefined;
  /** Tokens of one answer of the sub-model. */
  readonly maxTokens?: number | undefined;
  /** A file with the JSON Schema of the answer. */
  readonly schema?: string | undefined;
  /** Name under which the REPL goes on. */
  readonly session?: string | undefined;
  /** Tools of the host that the code may call, with commas; empty = none, whatever the configuration says. */
  readonly tools?: string | undefined;
  /** False = also a small input is answered by code. */
  readonly direct?: boolean | undefined;
}
