import type { Response } from 'express';
import { CodetetherError, InvalidInputError, visibleLine } from '../../domain/index.js';

/** Status of what a caller did wrong, by code; every other code of that kind is 400. */
const STATUS: Readonly<Record<string, number>> = {
  ERR_TOKEN_REFUSED: 401,
  ERR_SCOPE_MISSING: 403,
  ERR_TOO_MANY_STARTS: 429,
  ERR_TOO_MANY_STREAMS: 429,
  ERR_TASK_NOT_FOUND: 404,
  ERR_ARTIFACT_NOT_FOUND: 404,
  ERR_API_PATH: 404,
  ERR_API_TYPE: 415,
  ERR_API_TOO_LARGE: 413,
  ERR_MESSAGE_REUSED: 409,
  ERR_TASK_ENDED: 409,
  ERR_TASK_ASKS_NOTHING: 409,
  ERR_CONTEXT_MISMATCH: 409,
  ERR_TOO_MANY_TASKS: 429,
};

const RETRY_AFTER_S = '5';
const MESSAGE = 1000;

/** Answers a failure. What is no error of ours is told to nobody. */
export function answerFailure(response: Response, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = statusOf(error);
  if (status === 429 || status === 503) response.set('Retry-After', RETRY_AFTER_S);
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  const { code, message, hint } =
    error instanceof CodetetherError
      ? error
      : { code: 'ERR_UNEXPECTED', message: 'the request failed', hint: undefined };
  response.status(status).json({
    error: { code, message: visibleLine(message).slice(0, MESSAGE), hint: hint ?? null },
  });
}

/** The status of an error. */
export function statusOf(error: unknown): number {
  if (!(error instanceof CodetetherError)) return 500;
  if (error instanceof InvalidInputError) return STATUS[error.code] ?? 400;
  return 503;
}
