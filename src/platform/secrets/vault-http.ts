import type vault from 'node-vault';
import {
  InfrastructureError,
  InvalidInputError,
  type VaultConnection,
  trimEndOf,
} from '../../domain/index.js';
import { readBounded } from '../light/bounded-file.js';

/** One answer of Vault; refusals are answers, not errors. */
export interface VaultAnswer {
  readonly status: number;
  /** Parsed JSON; null where there is none. */
  readonly body: unknown;
  /** What Vault says about a refusal, for example `permission denied`; empty for a missing secret. */
  readonly errors: readonly string[];
}

/** One request. Paths are below `/v1`, without a slash at the start. */
export interface VaultRequest {
  readonly method: 'GET' | 'LIST' | 'POST' | 'DELETE';
  readonly path: string;
  /** Empty for requests that need none, for example logins. */
  readonly token: string;
  readonly body?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Sends one request over node-vault, which takes nothing from the environment this way. Answers 2xx, 400, 403 and 404;
 * throws {@link InfrastructureError} `ERR_VAULT_SEALED`, `ERR_VAULT_UNREACHABLE` (retryable) or `ERR_VAULT_FAILED`
 * (retryable for 429 and 5xx), {@link InvalidInputError} `ERR_VAULT_CA`.
 */
export async function sendToVault(
  connection: VaultConnection,
  request: VaultRequest,
): Promise<VaultAnswer> {
  const client = await openClient(connection, request.token);
  try {
    // Raw requests only: node-vault's own login and renewal calls swap the client's token.
    const body: unknown = await client.request({
      // proxies know GET, but not the method LIST
      path: `/${request.path}${request.method === 'LIST' ? '?list=true' : ''}`,
      method: request.method === 'LIST' ? 'GET' : request.method,
      ...(request.body === undefined ? {} : { json: request.body }),
      timeout: connection.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      strictSSL: true,
    });
    return { status: 200, body: body === '' ? null : body, errors: [] };
  } catch (error) {
    return answerOf(error, connection);
  }
}

const DEFAULT_TIMEOUT_MS = 5000;

async function openClient(
  connection: VaultConnection,
  token: string,
): Promise<ReturnType<typeof vault>> {
  // with axios under it: most commands and many workers have no Vault
  const { default: open } = await import('node-vault');
  const ca = connection.caCert === undefined ? undefined : await readCa(connection.caCert);
  const client = open({
    endpoint: trimEndOf(connection.address, '/'),
    token,
    // strictSSL is given, because node-vault would else obey VAULT_SKIP_VERIFY; debug, because it prints secrets.
    requestOptions: { strictSSL: true, ...(ca === undefined ? {} : { ca }) },
    debug: () => undefined,
  });
  // Empty options would be replaced by VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX; these fields are read at each request.
  return Object.assign(client, { token, namespace: connection.namespace ?? '', pathPrefix: '' });
}

/** A bundle of every public authority has a quarter of this. */
const LARGEST_CA = 1024 * 1024;

async function readCa(path: string): Promise<string> {
  try {
    return await readBounded(path, LARGEST_CA);
  } catch (error) {
    throw new InvalidInputError('ERR_VAULT_CA', {
      message: `the certificate authority of Vault cannot be read (${reasonOf(error)})`,
      where: { file: path, field: 'vault.ca_cert' },
      hint: 'correct VAULT_CACERT or [vault] ca_cert',
      cause: error,
    });
  }
}

/** What is answered rather than thrown: the caller knows what it means for its path. */
const ANSWERS = [400, 403, 404];

function answerOf(error: unknown, connection: VaultConnection): VaultAnswer {
  const response: unknown =
    error instanceof Error && 'response' in error ? error.response : undefined;
  const status = hasStatus(response) ? response.statusCode : undefined;
  if (status === undefined) {
    throw new InfrastructureError('ERR_VAULT_UNREACHABLE', {
      message: `Vault at ${connection.address} does not answer: ${reasonOf(error)}`,
      hint: 'check VAULT_ADDR and that Vault runs; the run goes on by itself when it answers',
    });
  }
  const errors = errorsOf(response);
  if (ANSWERS.includes(status)) return { status, body: bodyOf(response), errors };
  if (status === 503 || errors.some((text) => /sealed/i.test(text))) {
    throw new InfrastructureError('ERR_VAULT_SEALED', {
      message: `Vault at ${connection.address} is sealed`,
      hint: 'unseal it; the run goes on by itself afterwards',
    });
  }
  // Some answers that succeed have other codes than 200 and 204.
  if (status >= 200 && status < 300) return { status, body: bodyOf(response), errors };
  throw new InfrastructureError('ERR_VAULT_FAILED', {
    message: `Vault at ${connection.address} answered ${status}${errors.length === 0 ? '' : `: ${errors.join('; ')}`}`,
    hint: 'read the log of Vault',
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

function bodyOf(response: unknown): unknown {
  return typeof response === 'object' && response !== null && 'body' in response
    ? response.body
    : null;
}

function errorsOf(response: unknown): string[] {
  const body = bodyOf(response);
  if (typeof body !== 'object' || body === null || !('errors' in body)) return [];
  return Array.isArray(body.errors) ? body.errors.map(String) : [];
}

/** Never the request: its headers hold the token. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
