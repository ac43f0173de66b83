import { isRecord, InfrastructureError, visibleLine } from '../../domain/index.js';

const MESSAGE = 600;

/**
 * What is to be thought of a connection after a failure: `refused` = it answered; `silent` = it gave no answer in time; `denied` = it takes
 * our token no longer; `lost` = it does not know our session any more.
 */
type FailureKind = 'refused' | 'silent' | 'denied' | 'lost' | 'other';

/**
 * A server that could not be reached, or did not do what the protocol asks of it. For an agent it is a result of its call, for
 * `codetether mcp test` a failure.
 */
export class McpServerError extends InfrastructureError {
  readonly kind: FailureKind;

  constructor(server: string, what: string, cause?: unknown) {
    super('ERR_MCP_SERVER', {
      message: `MCP server ${server} ${what}`,
      hint: `codetether mcp test ${server} shows more`,
      isRetryable: false,
      cause,
    });
    this.kind = kindOf(cause);
  }
}

/** What is known of the connection on which something went wrong. */
export interface FailureContext {
  readonly server: string;
  readonly timeoutMs: number;
  /** How its program ended; undefined where it runs, or there is none. */
  readonly describeEnd?: (() => string) | undefined;
}

/** A failure of the protocol's library in words that go on after the name of the server. */
export function explainFailure(error: unknown, context: FailureContext): McpServerError {
  return error instanceof McpServerError
    ? error
    : new McpServerError(context.server, wordsFor(error, context), error);
}

function wordsFor(error: unknown, { timeoutMs, describeEnd, server }: FailureContext): string {
  const code = codeOf(error);
  if (code === 'REQUEST_TIMEOUT') return `gave no answer within ${timeoutMs / 1000} s`;
  const end = describeEnd?.();
  if (end !== undefined) return end;
  if (isUnauthorized(error))
    return `wants another token: set auth = "vault" and run codetether auth set mcp/${server}, or auth = "oauth" and run codetether auth login mcp/${server}`;
  if (code === 'UNSUPPORTED_RESULT_TYPE' && resultType(error) === 'task')
    return 'answers with a task that goes on by itself, which it was not offered';
  const message = visibleLine(messageOf(error)).slice(0, MESSAGE);
  return typeof code === 'number' ? `refused it: ${message}` : `failed: ${message}`;
}

function kindOf(cause: unknown): FailureKind {
  const code = codeOf(cause);
  if (code === 'REQUEST_TIMEOUT') return 'silent';
  if (isUnauthorized(cause)) return 'denied';
  if (statusOf(cause) === 404) return 'lost';
  return typeof code === 'number' ? 'refused' : 'other';
}

/** Libraries put it on the error, or on what it holds as data. */
function statusOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if ('status' in error) return error.status;
  return 'data' in error && isRecord(error.data) ? error.data['status'] : undefined;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function resultType(error: unknown): unknown {
  return error instanceof Error && 'data' in error && isRecord(error.data)
    ? error.data['resultType']
    : undefined;
}

/** By names and statuses: the library need not be loaded to look at an error. */
function isUnauthorized(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = statusOf(error);
  return (
    status === 401 ||
    status === 403 ||
    ['UnauthorizedError', 'InsufficientScopeError'].includes(error.name) ||
    codeOf(error) === 'CLIENT_HTTP_AUTHENTICATION'
  );
}

/** Libraries say "fetch failed" and put what happened into causes. */
function messageOf(error: unknown): string {
  let last = error;
  while (last instanceof Error && last.cause instanceof Error) last = last.cause;
  return last instanceof Error ? last.message : String(last);
}
