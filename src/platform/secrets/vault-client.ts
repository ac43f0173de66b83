import { InfrastructureError, type VaultConnection } from '../../domain/index.js';
import { sendToVault, type VaultAnswer, type VaultRequest } from './vault-http.js';
import { isTokenKnown, obtainToken, renewToken, type VaultToken } from './vault-token.js';

/** Vault as one identity: logs in by itself, keeps its token alive, and logs in again when it is refused. */
export interface VaultClient {
  /**
   * GET of `/v1/PATH`. Answers 2xx, 400, 403 (a policy says no) and 404; throws `ERR_VAULT_EXPIRED`, `ERR_VAULT_SEALED`,
   * `ERR_VAULT_UNREACHABLE`, `ERR_VAULT_FAILED` (retryable), `ERR_VAULT_TOKEN`, `ERR_VAULT_TOKEN_FILE`,
   * `ERR_VAULT_LOGIN`, `ERR_VAULT_CA` (not retryable).
   */
  read(path: string): Promise<VaultAnswer>;
  /** LIST of `/v1/PATH`; answers and throws like `read`. */
  list(path: string): Promise<VaultAnswer>;
  /** POST to `/v1/PATH`; answers and throws like `read`. */
  write(path: string, body: Readonly<Record<string, unknown>>): Promise<VaultAnswer>;
  /** DELETE of `/v1/PATH`; answers and throws like `read`. */
  remove(path: string): Promise<VaultAnswer>;
  /** Ends the renewals. */
  close(): void;
}

/** Options of {@link createVaultClient}. */
export interface VaultClientOptions {
  /** Told of what an operator should know: renewals that fail, new logins. Never a secret. Default: nobody. */
  readonly log?: ((message: string) => void) | undefined;
  /** Told of each token, so that it can be kept out of texts. Default: nobody. */
  readonly onToken?: ((token: string) => void) | undefined;
}

/** A client for one identity. Nothing is asked before the first request. */
export function createVaultClient(
  connection: VaultConnection,
  options: VaultClientOptions = {},
): VaultClient {
  const session = new VaultSession(connection, options);
  const send = (request: Omit<VaultRequest, 'token'>): Promise<VaultAnswer> =>
    session.send(request);
  return {
    read: (path) => send({ method: 'GET', path }),
    list: (path) => send({ method: 'LIST', path }),
    write: (path, body) => send({ method: 'POST', path, body }),
    remove: (path) => send({ method: 'DELETE', path }),
    close: () => session.close(),
  };
}

/** A token is renewed after this part of its life, a tenth sooner or later so that many workers do not ask at once. */
const RENEW_AFTER = 2 / 3;
const JITTER = 0.1;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** The longest a timer of Node can wait (2^31 - 1 ms), in round days. */
const LONGEST_TIMER_MS = 24 * 24 * 60 * 60 * 1000;

class VaultSession {
  readonly #connection: VaultConnection;
  readonly #options: VaultClientOptions;
  #token: Promise<VaultToken> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(connection: VaultConnection, options: VaultClientOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async send(request: Omit<VaultRequest, 'token'>): Promise<VaultAnswer> {
    const { token } = await this.#current();
    const answer = await sendToVault(this.#connection, { ...request, token });
    if (answer.status !== 403) return answer;
    // An expired token is refused in the same words as a missing permission.
    if (await isTokenKnown(this.#connection, token)) return answer;
    const next = await this.#replace(token);
    if (next.token === token) throw this.#expired();
    const again = await sendToVault(this.#connection, { ...request, token: next.token });
    if (again.status === 403 && !(await isTokenKnown(this.#connection, next.token)))
      throw this.#expired();
    return again;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #current(): Promise<VaultToken> {
    this.#token ??= this.#obtain();
    return this.#token;
  }

  /** A new token unless somebody else has replaced the refused one meanwhile. */
  async #replace(refused: string): Promise<VaultToken> {
    const current = await this.#current();
    if (current.token === refused) this.#token = this.#obtain();
    return this.#current();
  }

  #obtain(): Promise<VaultToken> {
    const obtained = obtainToken(this.#connection).then((token) => {
      this.#options.onToken?.(token.token);
      this.#plan(token, Date.now());
      return token;
    });
    obtained.catch(() => {
      if (this.#token === obtained) this.#token = undefined;
    });
    return obtained;
  }

  /** Renews in time. A timer never holds the process. */
  #plan(token: VaultToken, since: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || !token.isRenewable || token.ttlMs === null) return;
    const part = RENEW_AFTER * (1 + JITTER * (2 * Math.random() - 1));
    const afterMs = Math.min(token.ttlMs * part, LONGEST_TIMER_MS);
    this.#wake(afterMs, () => this.#renew(token, since + (token.ttlMs ?? 0), FIRST_RETRY_MS));
  }

  #wake(afterMs: number, action: () => Promise<void>): void {
    this.#timer = setTimeout(() => {
      action().catch((error: unknown) => this.#log(`renewal: ${messageOf(error)}`));
    }, afterMs);
    this.#timer.unref();
  }

  /** Tries until the token expires; then there is only a new one. */
  async #renew(token: VaultToken, expiresAt: number, retryMs: number): Promise<void> {
    const since = Date.now();
    let reason = 'Vault refuses it';
    try {
      const renewed = await renewToken(this.#connection, token.token);
      if (this.#isClosed) return;
      // A token at the end of its longest life comes back with less than was asked for, and then not at all.
      if (renewed !== null && renewed.ttlMs !== null && renewed.ttlMs > 1000) {
        this.#token = Promise.resolve(renewed);
        return this.#plan(renewed, since);
      }
    } catch (error) {
      reason = messageOf(error);
    }
    if (this.#isClosed) return;
    if (Date.now() + retryMs < expiresAt) {
      this.#log(`the Vault token was not renewed (${reason}); trying again`);
      const next = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      return this.#wake(retryMs, () => this.#renew(token, expiresAt, next));
    }
    this.#log(
      this.#connection.auth.kind === 'token'
        ? 'the Vault token expires and cannot be renewed: the worker needs a new VAULT_TOKEN'
        : 'the Vault token expires: the next request gets a new one',
    );
    this.#token = undefined;
  }

  #log(message: string): void {
    this.#options.log?.(message);
  }

  /** Retryable: runs wait until somebody or the agent brings a new token. */
  #expired(): InfrastructureError {
    const { auth, address } = this.#connection;
    const hints = {
      token: 'get a new token, then: VAULT_TOKEN=… codetether up',
      file: 'check that the agent runs and writes the token file; the run goes on by itself afterwards',
      kubernetes: 'check the role in Vault: its tokens are refused as soon as they are issued',
      approle: 'check the role in Vault: its tokens are refused as soon as they are issued',
    };
    return new InfrastructureError('ERR_VAULT_EXPIRED', {
      message: `Vault at ${address} does not know the token: it expired, was revoked, or belongs to another Vault`,
      where: auth.kind === 'file' ? { file: auth.path } : { field: `vault.auth = "${auth.kind}"` },
      hint: hints[auth.kind],
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
