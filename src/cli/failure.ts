import { CommanderError } from 'commander';
import {
  CodetetherError,
  describeError,
  InfrastructureError,
  InvalidInputError,
  type ExitCode,
} from '../domain/index.js';
import type { Output } from './output.js';

/** How a failure is shown. */
export interface FailureStyle {
  /** Print stacks. */
  readonly isDebug: boolean;
  /** Print one JSON document on stdout as well. */
  readonly isJson: boolean;
}

/** Shows an error and returns the exit code of the command. Stacks only with `--debug`. */
export function presentFailure(error: unknown, output: Output, style: FailureStyle): ExitCode {
  if (error instanceof CommanderError) return presentUsage(error, output, style);
  const named = nameSystemError(error);
  if (named !== error) return presentFailure(named, output, style);
  if (error instanceof CodetetherError) {
    if (style.isJson) output.document({ error: error.report() });
    output.note(describeError(error));
    if (style.isDebug) output.note(stackOf(error));
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (style.isJson)
    output.document({ error: { code: 'ERR_UNEXPECTED', message, hint: null, where: null } });
  output.note(`error[ERR_UNEXPECTED]: ${message}`);
  output.note(
    style.isDebug
      ? stackOf(error)
      : '  try: the same command with --debug, and report what it prints',
  );
  return 3;
}

/** What the system says of a path that is none: too long, a file in its middle, links in a circle, a NUL. */
const UNUSABLE_PATH = new Set(['ENAMETOOLONG', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO', 'EINVAL']);

/** Node's own code for a path with a NUL in it; ours begin alike, and this is none of them. */
const REFUSED_VALUE = ['ERR', 'INVALID_ARG_VALUE'].join('_');

/** A full or read-only disk, or a path that is none, by a name of ours; every other error as it is. */
function nameSystemError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CodetetherError || !('code' in error))
    return error;
  const where = { file: pathOf(error) };
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new InfrastructureError('ERR_DISK_FULL', {
      message: 'the disk is full',
      where,
      hint: 'free some space, or move CODETETHER_HOME to another disk',
      cause: error,
    });
  }
  if (
    typeof error.code === 'string' &&
    (UNUSABLE_PATH.has(error.code) || error.code === REFUSED_VALUE)
  ) {
    return new InvalidInputError('ERR_PATH_INVALID', {
      message: `a path cannot be used: ${error.message.slice(0, 400)}`,
      where,
      hint: 'check the file or folder that the command names',
      cause: error,
    });
  }
  if (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM') {
    return new InfrastructureError('ERR_NOT_PERMITTED', {
      message: `the system does not allow it: ${error.message}`,
      where,
      hint: 'check the permissions of the folder; codetether doctor shows where state is kept',
      cause: error,
    });
  }
  return error;
}

function pathOf(error: Error): string | undefined {
  return 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/** commander has told people already what is wrong. */
function presentUsage(error: CommanderError, output: Output, style: FailureStyle): ExitCode {
  if (error.exitCode === 0) return 0;
  if (style.isJson) {
    const message = error.message.replace(/^error: /, '');
    output.document({
      error: { code: 'ERR_USAGE', message, hint: 'add --help for usage', where: null },
    });
  }
  return 2;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
