import { readFile } from 'node:fs/promises';
import vault from 'node-vault';
import { InfrastructureError, type ErrorDetails } from '../../domain/index.js';

/** Where Vault is and as whom it is asked. */
export interface VaultConnection {
  /** For example `https://vault.example:8200`. */
  readonly address: string;
  /** Static token. Ignored when `tokenFile` is given. */
  readonly token?: string | undefined;
  /** File that an agent keeps a token in; read again whenever the token is refused. */
  readonly tokenFile?: string | undefined;
  /** Enterprise namespace. */
  readonly namespace?: string | undefined;
  /** Path of a PEM file with the certificate authority. */
  readonly caCert?: string | undefined;
  /** Milliseconds for one request. Default 5000. */
  readonly timeoutMs?: number | undefined;
}

/** One answer of Vault; 4xx are answers, not errors. */
export interface VaultAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Reads from Vault. */
export interface VaultReader {
  /**
   * GET of `/v1/PATH`. Answers 2xx, 403 and 404; throws {@link InfrastructureError} `ERR_VAULT_SEALED`,
   * `ERR_VAULT_UNREACHABLE` or `ERR_VAULT_FAILED` (retryable), `ERR_VAULT_TOKEN` (not retryable).
   */
  read(path: string): Promise<VaultAnswer>;
}

const DEFAULT_TIMEOUT_MS = 5000;

/** A reader over node-vault that takes nothing from the environment. */
export function createVaultReader(connection: VaultConnection): VaultReader {
  let token: string | undefined;
  const readOnce = async (path: string): Promise<VaultAnswer> => {
    token ??= await loadToken(connection);
    return request(await openClient(connection, token), path, connection);
  };
  return {
    async read(path) {
      const answer = await readOnce(path);
      if (answer.status !== 403 || connection.tokenFile === undefined) return answer;
      // An expired token is refused in the same words as a missing permission; the agent may have renewed it.
      const refused = token;
      token = await loadToken(connection);
      return token === refused ? answer : readOnce(path);
    },
  };
}

async function loadToken(connection: VaultConnection): Promise<string> {
  if (connection.tokenFile === undefined) {
    if (connection.token !== undefined && connection.token !== '') return connection.token;
    throw tokenError('no Vault token is configured');
  }
  try {
    const text = (await readFile(connection.tokenFile, 'utf8')).trim();
    if (text !== '') return text;
  } catch (error) {
    throw tokenError('the Vault token file cannot be read', {
      where: { file: connection.tokenFile },
      cause: error,
    });
  }
  throw tokenError('the Vault token file is empty', { where: { file: connection.tokenFile } });
}

function tokenError(message: string, details: Partial<ErrorDetails> = {}): InfrastructureError {
  return new InfrastructureError('ERR_VAULT_TOKEN', {
    message,
    hint: 'set VAULT_TOKEN or the path of a token file, or run `codetether auth set PROVIDER` to use the local Vault',
    isRetryable: false,
    ...details,
  });
}

async function openClient(
  connection: VaultConnection,
  token: string,
): Promise<ReturnType<typeof vault>> {
  const ca =
    connection.caCert === undefined ? undefined : await readFile(connection.caCert, 'utf8');
  const client = vault({
    endpoint: connection.address,
    token,
    // strictSSL is given, because node-vault would else obey VAULT_SKIP_VERIFY; debug, because it prints secrets.
    requestOptions: { strictSSL: true, ...(ca === undefined ? {} : { ca }) },
    debug: () => undefined,
  });
  // Empty options would be replaced by VAULT_NAMESPACE and VAULT_PREFIX; these fields are read at each request.
  return Object.assign(client, { namespace: connection.namespace ?? '', pathPrefix: '' });
}

async function request(
  client: ReturnType<typeof vault>,
  path: string,
  connection: VaultConnection,
): Promise<VaultAnswer> {
  try {
    const body: unknown = await client.request({
      path: `/${path}`,
      method: 'GET',
      timeout: connection.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      strictSSL: true,
    });
    return { status: 200, body };
  } catch (error) {
    return answerOf(error, connection);
  }
}

function answerOf(error: unknown, connection: VaultConnection): VaultAnswer {
  const response: unknown =
    error instanceof Error && 'response' in error ? error.response : undefined;
  const status = hasStatus(response) ? response.statusCode : undefined;
  if (status === 403 || status === 404) return { status, body: null };
  if (status === undefined) {
    throw new InfrastructureError('ERR_VAULT_UNREACHABLE', {
      message: `Vault at ${connection.address} does not answer: ${reasonOf(error)}`,
      hint: 'check VAULT_ADDR and that Vault runs; the run goes on by itself when it answers',
    });
  }
  const text = error instanceof Error ? error.message : '';
  if (status === 503 || /sealed/i.test(text)) {
    throw new InfrastructureError('ERR_VAULT_SEALED', {
      message: `Vault at ${connection.address} is sealed`,
      hint: 'unseal it; the run goes on by itself afterwards',
    });
  }
  throw new InfrastructureError('ERR_VAULT_FAILED', {
    message: `Vault at ${connection.address} answered ${status}`,
    isRetryable: status >= 500 || status === 429,
  });
}

function hasStatus(value: unknown): value is { statusCode: number } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'statusCode' in value &&
    typeof value.statusCode === 'number'
  );
}

/** Never the request: its headers hold the token. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
