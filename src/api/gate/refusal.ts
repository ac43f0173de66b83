import { CodetetherError, InfrastructureError, InvalidInputError } from '../../domain/index.js';

/** How a refusal is told over HTTP. */
export interface Refusal {
  readonly status: number;
  /** Of gRPC, as bodies of Google's kind name it. */
  readonly name: string;
  /** Of `Retry-After`. */
  readonly retryAfterS: number | undefined;
}

type Kind = Pick<Refusal, 'status' | 'name'>;

const INVALID: Kind = { status: 400, name: 'INVALID_ARGUMENT' };
const DENIED: Kind = { status: 403, name: 'PERMISSION_DENIED' };
const MISSING: Kind = { status: 404, name: 'NOT_FOUND' };
const CONFLICT: Kind = { status: 409, name: 'FAILED_PRECONDITION' };
const EXHAUSTED: Kind = { status: 429, name: 'RESOURCE_EXHAUSTED' };
const UNAVAILABLE: Kind = { status: 503, name: 'UNAVAILABLE' };
const BROKEN: Kind = { status: 500, name: 'INTERNAL' };

/** What is no plain mistake in a request, by code; the one table for A2A and `/v1/runs`. */
const KINDS: Readonly<Record<string, Kind>> = {
  ERR_TOKEN_REFUSED: { status: 401, name: 'UNAUTHENTICATED' },
  ERR_SCOPE_MISSING: DENIED,
  ERR_HOST_REFUSED: DENIED,
  ERR_ORIGIN_REFUSED: DENIED,
  ERR_TOO_MANY_STARTS: EXHAUSTED,
  ERR_TOO_MANY_TASKS: EXHAUSTED,
  ERR_TOO_MANY_OWN_TASKS: EXHAUSTED,
  ERR_TOO_MANY_STREAMS: EXHAUSTED,
  ERR_TOO_MANY_PUSH_CONFIGS: EXHAUSTED,
  ERR_BODY_TOO_LARGE: { status: 413, name: 'INVALID_ARGUMENT' },
  ERR_API_TYPE: { status: 415, name: 'INVALID_ARGUMENT' },
  ERR_API_PATH: MISSING,
  ERR_RPC_METHOD: { status: 404, name: 'UNIMPLEMENTED' },
  ERR_TASK_NOT_FOUND: MISSING,
  ERR_RUN_NOT_FOUND: MISSING,
  ERR_STORY_UNKNOWN: MISSING,
  ERR_COMMITS_MISSING: MISSING,
  ERR_RUN_ENDED: CONFLICT,
  ERR_RUN_HELD: CONFLICT,
  ERR_RUN_ALREADY_OPEN: CONFLICT,
  ERR_STORY_DONE: CONFLICT,
  ERR_STORY_OPEN: CONFLICT,
  ERR_STORY_NOT_BLOCKED: CONFLICT,
  ERR_ASK_OTHER: CONFLICT,
  ERR_STORY_NOT_RUNNING: CONFLICT,
  ERR_TOO_MANY_RUNS: EXHAUSTED,
  ERR_ARTIFACT_NOT_FOUND: MISSING,
  ERR_MESSAGE_REUSED: { status: 409, name: 'ALREADY_EXISTS' },
  ERR_TASK_ENDED: CONFLICT,
  ERR_TASK_ASKS_NOTHING: CONFLICT,
  ERR_CONTEXT_MISMATCH: CONFLICT,
};

/** Seconds after which a server that could not answer is asked again. */
const RETRY_S = 5;

/** How an error is told. A mistake of the caller's is 400, what does not answer 503, and a rule of ours that is broken a fault. */
export function refusalOf(error: unknown): Refusal {
  const kind = kindOf(error);
  const wait = error instanceof CodetetherError ? error.data['retryAfterS'] : undefined;
  const isPassing = kind.status === 429 || kind.status === 503;
  return {
    ...kind,
    retryAfterS: typeof wait === 'number' ? wait : isPassing ? RETRY_S : undefined,
  };
}

function kindOf(error: unknown): Kind {
  if (!(error instanceof CodetetherError)) return BROKEN;
  const known = KINDS[error.code];
  if (known !== undefined) return known;
  if (error instanceof InvalidInputError) return INVALID;
  return error instanceof InfrastructureError ? UNAVAILABLE : BROKEN;
}
