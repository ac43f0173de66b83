import express, { type Request, type Response } from 'express';
import { InvalidInputError, isDeeper } from '../../domain/index.js';

const TOO_LARGE = 413;
/** Levels of a body: nothing of the protocol is deeper, and what reads and writes JSON goes down one call a level. */
export const DEEPEST = 64;

/** A reader of JSON bodies of at most `limit` bytes. Throws `ERR_BODY_TOO_LARGE` (413), `ERR_BODY_NOT_JSON`, `ERR_BODY_TOO_DEEP` (400). */
export function bodyReader(
  limit: number,
): (request: Request, response: Response) => Promise<unknown> {
  // A body that is packed could be a thousand times as large as it came.
  const parse = express.json({ limit, type: () => true, strict: false, inflate: false });
  return async (request, response) => {
    const body = await new Promise<unknown>((resolve, reject) => {
      parse(request, response, (error?: unknown) => {
        if (error === undefined) resolve(request.body);
        else reject(isTooLarge(error) ? tooLarge(limit) : notJson());
      });
    });
    if (isDeeper(body, DEEPEST)) {
      throw new InvalidInputError('ERR_BODY_TOO_DEEP', {
        message: `the body is nested deeper than ${DEEPEST} levels`,
        hint: 'send such data as a file part',
      });
    }
    return body;
  };
}

function isTooLarge(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'status' in error && error.status === TOO_LARGE
  );
}

function tooLarge(limit: number): InvalidInputError {
  return new InvalidInputError('ERR_BODY_TOO_LARGE', {
    message: `the body is larger than ${limit} bytes`,
    hint: 'put large inputs into the repository, or send them by url; [serve] body_limit_bytes sets the limit',
  });
}

function notJson(): InvalidInputError {
  return new InvalidInputError('ERR_BODY_NOT_JSON', {
    message: 'Invalid JSON payload',
    hint: 'send JSON in UTF-8, not compressed',
  });
}
