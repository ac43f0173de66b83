import type { Response } from 'express';
import { CodetetherError, visibleLine } from '../../domain/index.js';
import { refusalOf } from '../gate/refusal.js';

const MESSAGE = 1000;

/** Answers a failure. What is no error of ours is told to nobody. */
export function answerFailure(response: Response, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, retryAfterS } = refusalOf(error);
  if (retryAfterS !== undefined) response.set('Retry-After', String(retryAfterS));
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  const { code, message, hint } =
    error instanceof CodetetherError
      ? error
      : { code: 'ERR_UNEXPECTED', message: 'the request failed', hint: undefined };
  response.status(status).json({
    error: { code, message: visibleLine(message).slice(0, MESSAGE), hint: hint ?? null },
  });
}
