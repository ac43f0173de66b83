import type { Request } from 'express';
import { InvalidInputError } from '../../domain/index.js';

/** Whoever sent a request, after its token was examined. */
export interface Caller {
  /** Runs belong to it; nobody else sees them. */
  readonly name: string;
  /** What it may do, such as `ralph:run`; `*` = everything. */
  readonly scopes: readonly string[];
}

/** Examines the token of a request; undefined = it has none that is good. */
export type Authorize = (request: Request) => Promise<Caller | undefined> | Caller | undefined;

/** The caller of a request. Throws `ERR_API_TOKEN`. */
export async function callerOf(request: Request, authorize: Authorize): Promise<Caller> {
  const caller = await authorize(request);
  if (caller !== undefined) return caller;
  throw new InvalidInputError('ERR_API_TOKEN', {
    message: 'the token is missing or wrong',
    hint: 'send it as Authorization: Bearer TOKEN',
  });
}

/** Throws `ERR_API_SCOPE` when the caller's token may not do this. */
export function requireScope({ scopes }: Caller, scope: string): void {
  if (scopes.includes(scope) || scopes.includes('*')) return;
  throw new InvalidInputError('ERR_API_SCOPE', {
    message: `the token may not do this: it lacks the scope ${scope}`,
    hint: 'use a token that has it',
  });
}
