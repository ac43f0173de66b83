import {
  CodetetherError,
  InfrastructureError,
  InvalidInputError,
  isRecord,
  visibleLine,
} from '../../domain/index.js';

const MESSAGE = 600;

/** What is wrong with an answer, before it is known whose it is; never leaves the connection. */
export class AnswerError extends CodetetherError {
  constructor(what: string) {
    super('ERR_A2A_AGENT', { message: what });
  }
}

/** An agent that could not be reached, or did not do what the protocol asks of it. */
export class AgentUnreachableError extends InfrastructureError {
  constructor(agent: string, what: string, cause?: unknown) {
    super('ERR_A2A_AGENT', {
      message: `agent ${agent}: ${what}`,
      hint: `codetether a2a card ${agent} shows whether it answers`,
      isRetryable: false,
      cause,
    });
  }
}

/** An agent that answered, and said no. */
export class AgentRefusedError extends InvalidInputError {
  /** What it named as its reason, for example `TaskNotFoundError`. */
  readonly reason: string;

  constructor(agent: string, reason: string, what: string) {
    super('ERR_A2A_REFUSED', {
      message: `agent ${agent} refused it: ${what}`,
      hint: hintFor(reason),
    });
    this.reason = reason;
  }
}

/** Errors by which the protocol says no to a request; others of the library are transport. */
const REFUSALS: ReadonlySet<string> = new Set([
  'TaskNotFoundError',
  'TaskNotCancelableError',
  'PushNotificationNotSupportedError',
  'UnsupportedOperationError',
  'ContentTypeNotSupportedError',
  'ExtendedAgentCardNotConfiguredError',
  'ExtensionSupportRequiredError',
  'VersionNotSupportedError',
  'RequestMalformedError',
]);

function hintFor(reason: string): string {
  if (reason === 'denied')
    return 'name it as [a2a.agents.NAME] with auth = "vault" and run codetether auth set a2a/NAME';
  if (reason === 'TaskNotFoundError') return 'codetether a2a list shows the tasks that you may see';
  return 'codetether a2a card shows what the agent offers';
}

/** A failure of the protocol's library in our words; what is ours already stays as it is. */
export function explainFailure(agent: string, error: unknown): Error {
  if (error instanceof AgentUnreachableError || error instanceof AgentRefusedError) return error;
  const message = visibleLine(deepest(error)).slice(0, MESSAGE);
  const name = error instanceof Error ? plainName(error.name) : '';
  const status = isRecord(error) ? error['statusCode'] : undefined;
  if (REFUSALS.has(name)) return new AgentRefusedError(agent, name, message);
  if (typeof status === 'number' && status >= 400 && status < 500 && status !== 429)
    return new AgentRefusedError(agent, 'refused', message);
  return new AgentUnreachableError(agent, message, error);
}

/** The library has a class for each error on each way: `RestTaskNotFoundError`. */
function plainName(name: string): string {
  return name.replace(/^(?:JsonRpc|Rest|Grpc)(?=[A-Z])/, '');
}

function deepest(error: unknown): string {
  let last = error;
  // "fetch failed", and what happened in its cause
  while (last instanceof Error && last.message === 'fetch failed' && last.cause instanceof Error)
    last = last.cause;
  if (!(last instanceof Error)) return String(last);
  return last.message === '' ? last.name : last.message;
}
