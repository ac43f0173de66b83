import { ALL_SCOPES, InvalidInputError, type TokenScope } from '../../domain/index.js';

/** Whoever asks, as far as it is known from the connection and the token. */
export interface Caller {
  /** Name of the token; `local` for the person at this machine. */
  readonly name: string;
  readonly scopes: readonly TokenScope[];
}

/** Where no token was made and nobody from elsewhere can connect: the person at this machine. */
export const LOCAL_CALLER: Caller = { name: 'local', scopes: ALL_SCOPES };

/** Throws `ERR_SCOPE_MISSING` (403) for a caller without the scope. */
export function requireScope(caller: Caller, scope: TokenScope): void {
  if (caller.scopes.includes(scope)) return;
  throw new InvalidInputError('ERR_SCOPE_MISSING', {
    message: `this token may not do that: it lacks the scope ${scope}`,
    hint: 'whoever runs this server makes tokens: codetether serve token create NAME --scope …',
  });
}
