/** Where a problem sits, as precisely as it is known. Every field is optional. */
export interface ErrorLocation {
  /** Path of the file, as the user wrote it. */
  readonly file?: string | undefined;
  /** Field path inside the document, for example `user_stories[2].depends_on[0]`. */
  readonly field?: string | undefined;
  /** 1-based line in `file`. */
  readonly line?: number | undefined;
  /** Story id, where the problem belongs to one story. */
  readonly story?: string | undefined;
}

/** Process exit codes of the command line: 0 done, 1 not fully, 2 bad input, 3 infrastructure, 130 detached. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** What every CodeTether error carries. */
export interface ErrorDetails {
  /** What was wrong, one sentence, without the class name. */
  readonly message: string;
  /** What the reader can do about it, one sentence or a command. */
  readonly hint?: string | undefined;
  readonly where?: ErrorLocation | undefined;
  /** Further facts for machines; never secrets. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** The wire form of an error, used in `--json`, run records and Temporal failure details. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly where: ErrorLocation | null;
}

/**
 * Base of all errors that CodeTether raises on purpose.
 * `code` is stable and upper snake case; `exitCode` is what a command ends with; `isRetryable` tells Temporal
 * whether the same call may succeed later without anybody's help.
 */
export class CodetetherError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode = 1;
  readonly isRetryable: boolean = false;
  readonly hint: string | undefined;
  readonly where: ErrorLocation | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: string, details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
    this.where = details.where;
    this.data = details.data ?? {};
  }

  /** The error without its stack, ready for JSON. */
  report(): ErrorReport {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint ?? null,
      where: this.where ?? null,
    };
  }
}

/** Something the user gave us is wrong: exit 2, never retried, raised before anything is paid or changed. */
export class InvalidInputError extends CodetetherError {
  override readonly exitCode = 2 as const;
}

/** Something around us does not work (server, disk, network, Vault): exit 3, retryable unless told otherwise. */
export class InfrastructureError extends CodetetherError {
  override readonly exitCode = 3 as const;
  override readonly isRetryable: boolean;

  constructor(code: string, details: ErrorDetails & { readonly isRetryable?: boolean }) {
    super(code, details);
    this.isRetryable = details.isRetryable ?? true;
  }
}

/** A rule of ours is broken (journal mismatch, impossible state): exit 3, never retried, a bug to report. */
export class InvariantError extends CodetetherError {
  override readonly exitCode = 3 as const;
}

/** Renders an error for a person: message, place, hint; never a stack. */
export function describeError(error: CodetetherError): string {
  const lines = [`error[${error.code}]: ${error.message}`];
  const place = describeLocation(error.where);
  if (place !== '') lines.push(`  at ${place}`);
  if (error.hint !== undefined) lines.push(`  try: ${error.hint}`);
  return lines.join('\n');
}

/** `file:line, story US-001, field title`, leaving out what is unknown; empty when nothing is known. */
export function describeLocation(where: ErrorLocation | undefined): string {
  if (where === undefined) return '';
  const parts: string[] = [];
  if (where.file !== undefined)
    parts.push(where.line === undefined ? where.file : `${where.file}:${where.line}`);
  if (where.story !== undefined) parts.push(`story ${where.story}`);
  if (where.field !== undefined) parts.push(`field ${where.field}`);
  return parts.join(', ');
}
