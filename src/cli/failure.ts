import { CommanderError } from 'commander';
import { CodetetherError, describeError, type ExitCode } from '../domain/index.js';
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
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
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

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
