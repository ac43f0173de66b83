import { createHash } from 'node:crypto';
import { type AccessToken, InvalidInputError } from '../../domain/index.js';
import { type Caller, LOCAL_CALLER } from './caller.js';

/** The tokens of a server, as its requests see them. */
export interface TokenBook {
  /**
   * Whoever sent this Authorization header. Throws `ERR_TOKEN_REFUSED` (401), and what reading the tokens throws while they were
   * never read or are too old.
   */
  readonly callerOf: (header: string | undefined) => Promise<Caller>;
}

/** Options of {@link createTokenBook}. */
export interface TokenBookOptions {
  readonly read: () => Promise<readonly AccessToken[]>;
  /** Whether only the person at this machine can ask: then no token is needed until the first one was seen. */
  readonly isLoopback: boolean;
  /** The token of the home itself, which only its user can read. With one, nobody is let in without a token. */
  readonly ownToken?: string | undefined;
  /** Milliseconds. Default Date.now. */
  readonly now?: (() => number) | undefined;
}

/** After this long a revoked token is refused. */
const FRESH_MS = 30_000;
/** So long a Vault that does not answer changes nothing. */
const USABLE_MS = 300_000;

/** Reads the tokens when they are asked for, at most every 30 s. */
export function createTokenBook({
  read,
  isLoopback,
  ownToken,
  now = Date.now,
}: TokenBookOptions): TokenBook {
  const own = ownToken === undefined ? undefined : digestOf(ownToken);
  let known: { readonly callers: ReadonlyMap<string, Caller>; readonly at: number } | undefined;
  let reading: Promise<ReadonlyMap<string, Caller>> | undefined;
  // Whoever made tokens wants them to count, also when the last one is revoked.
  let hadTokens = false;
  const readAgain = async (): Promise<ReadonlyMap<string, Caller>> => {
    try {
      const callers = byDigest(await read());
      known = { callers, at: now() };
      hadTokens ||= callers.size > 0;
      return callers;
    } catch (error) {
      if (known === undefined || now() - known.at > USABLE_MS) throw error;
      return known.callers;
    } finally {
      reading = undefined;
    }
  };
  const callers = async (): Promise<ReadonlyMap<string, Caller>> => {
    if (known !== undefined && now() - known.at < FRESH_MS) return known.callers;
    reading ??= readAgain();
    return reading;
  };
  return {
    async callerOf(header) {
      const digest = digestIn(header ?? '');
      // whatever Vault says or does not say
      if (digest !== undefined && digest === own) return LOCAL_CALLER;
      const all = await callers();
      if (own === undefined && all.size === 0 && isLoopback && !hadTokens) return LOCAL_CALLER;
      const caller = digest === undefined ? undefined : all.get(digest);
      if (caller !== undefined) return caller;
      throw new InvalidInputError('ERR_TOKEN_REFUSED', {
        message:
          digest === undefined ? 'a bearer token is needed' : 'this token is not known, or revoked',
        hint: 'send Authorization: Bearer TOKEN; codetether serve token create makes one',
      });
    },
  };
}

/** Digest of the token in an Authorization header; undefined where there is none. */
function digestIn(header: string): string | undefined {
  const token = /^Bearer ([\w.~+/-]{1,512}=*)$/i.exec(header)?.[1];
  return token === undefined ? undefined : digestOf(token);
}

/** Digests are looked up, not tokens: how long it takes tells nothing about one that exists. */
function byDigest(tokens: readonly AccessToken[]): ReadonlyMap<string, Caller> {
  return new Map(tokens.map(({ digest, name, scopes }) => [digest, { name, scopes }]));
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
