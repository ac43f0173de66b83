import { CodetetherError, type ErrorDetails, type ExitCode } from '../../domain/index.js';

/** The classes of failed model calls (one row each in {@link PROVIDER_ERROR_KINDS}). */
export type ProviderErrorKind =
  | 'rate_limit'
  | 'overloaded'
  | 'server'
  | 'network'
  | 'truncated'
  | 'malformed'
  | 'unreadable'
  | 'idle'
  | 'quota'
  | 'auth'
  | 'context_overflow'
  | 'refusal'
  | 'model_gone'
  | 'bad_request'
  | 'cancelled';

interface KindProperties {
  readonly code: string;
  readonly isRetryable: boolean;
  readonly exitCode: ExitCode;
  readonly hint?: string;
}

/** What each class of failure means: stable code, whether the same call may succeed later, exit code. */
export const PROVIDER_ERROR_KINDS: Readonly<Record<ProviderErrorKind, KindProperties>> = {
  rate_limit: { code: 'ERR_PROVIDER_RATE_LIMIT', isRetryable: true, exitCode: 3 },
  overloaded: { code: 'ERR_PROVIDER_OVERLOADED', isRetryable: true, exitCode: 3 },
  server: { code: 'ERR_PROVIDER_SERVER', isRetryable: true, exitCode: 3 },
  network: { code: 'ERR_PROVIDER_NETWORK', isRetryable: true, exitCode: 3 },
  truncated: { code: 'ERR_PROVIDER_TRUNCATED', isRetryable: true, exitCode: 3 },
  malformed: {
    code: 'ERR_PROVIDER_MALFORMED',
    isRetryable: true,
    exitCode: 3,
    hint: 'when it happens each time, check wire and base_url of the provider',
  },
  unreadable: {
    code: 'ERR_PROVIDER_UNREADABLE',
    isRetryable: false,
    exitCode: 3,
    hint: 'check wire, base_url, stream and tool_mode of the provider, or name another model',
  },
  idle: { code: 'ERR_PROVIDER_IDLE', isRetryable: true, exitCode: 3 },
  quota: {
    code: 'ERR_PROVIDER_QUOTA',
    isRetryable: false,
    exitCode: 3,
    hint: 'top up the account or raise its spend limit, then resume the run',
  },
  auth: { code: 'ERR_PROVIDER_AUTH', isRetryable: false, exitCode: 2 },
  context_overflow: { code: 'ERR_PROVIDER_CONTEXT_OVERFLOW', isRetryable: false, exitCode: 3 },
  refusal: { code: 'ERR_PROVIDER_REFUSAL', isRetryable: false, exitCode: 1 },
  model_gone: {
    code: 'ERR_PROVIDER_MODEL_GONE',
    isRetryable: false,
    exitCode: 2,
    hint: 'name another model with --model PROVIDER/MODEL or set default_model in the configuration',
  },
  bad_request: { code: 'ERR_PROVIDER_BAD_REQUEST', isRetryable: false, exitCode: 2 },
  cancelled: { code: 'ERR_PROVIDER_CANCELLED', isRetryable: false, exitCode: 1 },
};

/** Facts of one failure beside its class. */
export interface ProviderErrorDetails extends ErrorDetails {
  /** HTTP status, where there was an answer. */
  readonly status?: number | undefined;
  /** Milliseconds the provider asks to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** A model call that failed; `kind` says which class, `code` and `isRetryable` follow from it. */
export class ProviderError extends CodetetherError {
  readonly kind: ProviderErrorKind;
  override readonly isRetryable: boolean;
  override readonly exitCode: ExitCode;
  /** Milliseconds the provider asks to wait before the next try, or null when it said nothing. */
  readonly retryAfterMs: number | null;
  /** HTTP status of the answer, or null when there was none. */
  readonly status: number | null;

  constructor(kind: ProviderErrorKind, details: ProviderErrorDetails) {
    const properties = PROVIDER_ERROR_KINDS[kind];
    super(properties.code, { hint: properties.hint, ...details });
    this.kind = kind;
    this.isRetryable = properties.isRetryable;
    this.exitCode = properties.exitCode;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.status = details.status ?? null;
  }
}
