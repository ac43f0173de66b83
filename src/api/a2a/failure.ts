import {
  A2AError,
  A2A_ERROR_CODE,
  type ErrorDetail,
  restStatusFor,
  TaskNotCancelableError,
  TaskNotFoundError,
  toJsonRpcError,
  toRestErrorBody,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import { CodetetherError, visibleLine } from '../../domain/index.js';
import { refusalOf } from '../gate/refusal.js';

/** A failure as both bindings tell it. */
export interface Failure {
  /** Of JSON-RPC. */
  readonly code: number;
  /** Of HTTP. */
  readonly status: number;
  /** Of gRPC, which the REST body names. */
  readonly name: string;
  readonly message: string;
  readonly details: readonly ErrorDetail[];
  /** Of `Retry-After`. */
  readonly retryAfterS: number | undefined;
  /** Code of ours, for the audit log. */
  readonly reason: string;
  /** A fault of the server that somebody should look at. */
  readonly isFault: boolean;
}

/** Codes of JSON-RPC that an implementation may define, outside of A2A's. */
const SERVER_ERROR = -32_000;

/** Codes that JSON-RPC itself has names for. */
const RPC_CODES: Readonly<Record<string, number>> = {
  ERR_BODY_NOT_JSON: A2A_ERROR_CODE.PARSE_ERROR,
  ERR_RPC_REQUEST: A2A_ERROR_CODE.INVALID_REQUEST,
  ERR_RPC_METHOD: A2A_ERROR_CODE.METHOD_NOT_FOUND,
  ERR_MESSAGE_REUSED: A2A_ERROR_CODE.INVALID_PARAMS,
};

const DOMAIN = 'codetether.run';
const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

/** Errors of ours that A2A has a name for. `ended` is what a message or a cancellation of an ended task is. */
export function named(error: unknown, ended: 'message' | 'cancel' = 'message'): unknown {
  if (!(error instanceof CodetetherError)) return error;
  const options = { message: error.message, cause: error };
  switch (error.code) {
    case 'ERR_TASK_NOT_FOUND':
    case 'ERR_PUSH_NOT_FOUND':
    case 'ERR_ARTIFACT_NOT_FOUND':
      return new TaskNotFoundError(options);
    case 'ERR_TASK_ENDED':
      return ended === 'cancel'
        ? new TaskNotCancelableError(options)
        : new UnsupportedOperationError(options);
    case 'ERR_TASK_ASKS_NOTHING':
      return new UnsupportedOperationError(options);
    default:
      return error;
  }
}

/** How an error is told; nothing of an error that nobody foresaw leaves the server. */
export function failureOf(thrown: unknown): Failure {
  const error = named(thrown);
  if (error instanceof A2AError) return ofProtocol(error);
  if (!(error instanceof CodetetherError)) return unforeseen();
  const isRefused = error.exitCode === 2;
  const refusal = refusalOf(error);
  return {
    ...refusal,
    // for the protocol a context of another task is a wrong parameter
    ...(error.code === 'ERR_CONTEXT_MISMATCH' ? { status: 400, name: 'INVALID_ARGUMENT' } : {}),
    code: rpcCodeOf(error.code, refusal.status),
    message: visibleLine(
      error.hint === undefined || !isRefused ? error.message : `${error.message} (${error.hint})`,
    ),
    details: detailsOf(error),
    reason: error.code,
    isFault: refusal.status >= 500,
  };
}

function rpcCodeOf(code: string, status: number): number {
  const known = RPC_CODES[code];
  if (known !== undefined) return known;
  if (status >= 500) return A2A_ERROR_CODE.INTERNAL_ERROR;
  return status === 400 || status === 409 ? A2A_ERROR_CODE.INVALID_PARAMS : SERVER_ERROR;
}

/** As `error` of a JSON-RPC answer. v0.3 has no list of details. */
export function rpcError(failure: Failure, isOld: boolean): Record<string, unknown> {
  const { code, message, details } = failure;
  return isOld || details.length === 0 ? { code, message } : { code, message, data: details };
}

/** As a REST body (AIP-193). */
export function restError(failure: Failure): Record<string, unknown> {
  const { status, name, message, details } = failure;
  return { error: { code: status, status: name, message, details } };
}

function ofProtocol(error: A2AError): Failure {
  const { code, message, data = [] } = toJsonRpcError(error);
  const status = restStatusFor(error);
  const body = toRestErrorBody(error, status);
  return {
    code,
    status,
    name: body.error.status,
    message: visibleLine(message),
    details: data,
    retryAfterS: undefined,
    reason: error.reason,
    isFault: status >= 500,
  };
}

function unforeseen(): Failure {
  return {
    code: A2A_ERROR_CODE.INTERNAL_ERROR,
    status: 500,
    name: 'INTERNAL',
    message: 'Internal error',
    details: [],
    retryAfterS: undefined,
    reason: 'ERR_UNEXPECTED',
    isFault: true,
  };
}

function detailsOf(error: CodetetherError): ErrorDetail[] {
  const { fieldViolations, taskId } = error.data;
  const info: ErrorDetail = {
    '@type': ERROR_INFO,
    reason: error.code.replace(/^ERR_/, ''),
    domain: DOMAIN,
    ...(typeof taskId === 'string' ? { metadata: { taskId } } : {}),
  };
  return Array.isArray(fieldViolations)
    ? [info, { '@type': BAD_REQUEST, fieldViolations }]
    : [info];
}
