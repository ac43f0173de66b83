import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { z } from 'zod';
import { InvalidInputError } from '../../domain/index.js';
import { auditLine, type AuditPort, type Noted, outcomeOf } from '../gate/audit.js';
import type { Caller } from '../gate/caller.js';
import { answerFailure } from './failure.js';

/** What every route below `/v1` works with. */
export interface Exchange {
  /** Whoever sent a request. Throws `ERR_TOKEN_REFUSED`. */
  readonly authorize: (request: Request) => Promise<Caller>;
  /** See `bodyReader`. */
  readonly readBody: (request: Request, response: Response) => Promise<unknown>;
  readonly audit: AuditPort;
}

/** One request and whoever sent it. */
export interface AskedOf<Routes extends Exchange> {
  readonly routes: Routes;
  readonly caller: Caller;
  /** For the audit log. */
  readonly noted: Noted;
  readonly request: Request;
  readonly response: Response;
}

/** Makes a handler of what a route does; with a `method` the request changes something, and is noted with what became of it. */
export type Handle<Routes extends Exchange> = (
  work: (asked: AskedOf<Routes>) => Promise<void>,
  method?: string,
) => RequestHandler;

/** Handlers that answer failures as JSON. Nobody's body is read before it is known who sends it. */
export function exchanges<Routes extends Exchange>(routes: Routes): Handle<Routes> {
  return (work, method) => (request, response) =>
    void answer({ routes, request, response }, work, method);
}

async function answer<Routes extends Exchange>(
  { routes, request, response }: Pick<AskedOf<Routes>, 'routes' | 'request' | 'response'>,
  work: (asked: AskedOf<Routes>) => Promise<void>,
  method: string | undefined,
): Promise<void> {
  const noted: Noted = {};
  let caller: Caller | undefined;
  let outcome = 'ok';
  try {
    caller = await routes.authorize(request);
    await work({ routes, caller, noted, request, response });
  } catch (error) {
    outcome = outcomeOf(error);
    answerFailure(response, error);
  } finally {
    if (caller !== undefined && method !== undefined)
      routes.audit(auditLine({ caller: caller.name, method, noted, outcome, request }));
  }
}

/** The body of a request that says that it is JSON. Throws `ERR_API_TYPE`, and as the reader does. */
export async function jsonBody(
  { readBody }: Exchange,
  { request, response }: { readonly request: Request; readonly response: Response },
): Promise<unknown> {
  if (request.is('application/json') !== false) return readBody(request, response);
  throw new InvalidInputError('ERR_API_TYPE', {
    message: 'the body is not of the type application/json',
    hint: 'send JSON with Content-Type: application/json',
  });
}

/** A value by its schema. Throws `ERR_API_REQUEST` with the field. */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = [what, ...(issue?.path ?? [])].map(String).join('.');
  throw new InvalidInputError('ERR_API_REQUEST', {
    message: `${field.slice(0, 200)}: ${issue?.message ?? 'not as expected'}`,
    where: { field },
    hint: 'GET /openapi.json describes what is expected',
  });
}

/** Answers whatever no route took. */
export function nothingThere(_request: Request, response: Response): void {
  answerFailure(
    response,
    new InvalidInputError('ERR_API_PATH', {
      message: 'there is nothing at this path for this method',
      hint: 'GET /openapi.json lists what there is',
    }),
  );
}

/** A router whose errors are answered in our words: what the reader of paths refuses. */
export function answering(inner: Router): Router {
  return Router().use((request, response, next) => {
    inner(request, response, (error?: unknown) => {
      if (error === undefined) return next();
      answerFailure(response, isUnreadable(error) ? unreadable() : error);
    });
  });
}

/** The status is inherited in some errors, so that it is no field of their own. */
function isUnreadable(error: unknown): boolean {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500;
}

function unreadable(): InvalidInputError {
  return new InvalidInputError('ERR_API_REQUEST', {
    message: 'the request cannot be read: the path is not encoded well',
    hint: 'GET /openapi.json describes what is expected',
  });
}
