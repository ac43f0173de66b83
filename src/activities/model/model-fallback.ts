import { formatModelReference, type ModelReference } from '../../domain/index.js';
import { ProviderError, type ModelReply } from '../../providers/index.js';

/** An answer and the model that gave it. */
export interface ModelAnswer {
  readonly reply: ModelReply;
  readonly answeredBy: ModelReference;
}

/** One call that any of several models may answer. */
export interface ModelQuestion {
  /** The model that the run names. */
  readonly chosen: ModelReference;
  /** Which try of the activity this is, from 1. */
  readonly attempt: number;
  /** Asks one model; may refuse with any error. */
  readonly ask: (model: ModelReference) => Promise<ModelReply>;
}

/** The chosen model with those that stand in for it. */
export interface ModelFallbacks {
  /**
   * Asks the chosen model, and the fallback models in their order when it is gone, out of quota, asks for more than five
   * minutes, or was overloaded for four tries. Such a model is left alone for some minutes. When nobody answers, throws what
   * the chosen model failed with; a passing fault of a fallback model is thrown as it is, so that it is tried again.
   */
  answer(question: ModelQuestion): Promise<ModelAnswer>;
}

/** The try from which an overloaded model counts as overloaded for long: about ten seconds after the first. */
const PATIENT_TRIES = 4;
const LONG_WAIT_MS = 5 * 60_000;
/** How long a model is left alone; then one call finds out whether it is back. */
const LEFT_ALONE_MS = 10 * 60_000;

interface Trouble {
  readonly until: number;
  readonly error: ProviderError;
}

/** Fallbacks of one worker process; what it learned of one model serves all agents. */
export function createModelFallbacks(models: readonly ModelReference[]): ModelFallbacks {
  const troubles = new Map<string, Trouble>();
  const troubleOf = (model: ModelReference): Trouble | undefined => {
    const trouble = troubles.get(formatModelReference(model));
    return trouble !== undefined && trouble.until > Date.now() ? trouble : undefined;
  };
  const note = (model: ModelReference, error: ProviderError): void => {
    const until = Date.now() + LEFT_ALONE_MS;
    troubles.set(formatModelReference(model), { until, error });
  };
  const askOthers = async (
    { chosen, attempt, ask }: ModelQuestion,
    cause: ProviderError,
  ): Promise<ModelAnswer> => {
    const refusals: string[] = [];
    for (const model of models) {
      if (isSame(model, chosen) || troubleOf(model) !== undefined) continue;
      try {
        return { reply: await ask(model), answeredBy: model };
      } catch (error) {
        refusals.push(describeRefusal(model, error));
        if (!(error instanceof ProviderError)) continue;
        if (isLasting(error, attempt)) note(model, error);
        else if (error.isRetryable || error.kind === 'cancelled') throw error;
      }
    }
    throw withRefusals(cause, refusals);
  };
  return {
    async answer(question) {
      const { chosen, attempt, ask } = question;
      const hasOthers = models.some((model) => !isSame(model, chosen));
      let cause = hasOthers ? troubleOf(chosen)?.error : undefined;
      if (cause === undefined) {
        try {
          return { reply: await ask(chosen), answeredBy: chosen };
        } catch (error) {
          if (!hasOthers || !(error instanceof ProviderError) || !isLasting(error, attempt))
            throw error;
          note(chosen, error);
          cause = error;
        }
      }
      return askOthers(question, cause);
    },
  };
}

function describeRefusal(model: ModelReference, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const name = formatModelReference(model);
  return message.startsWith(name) ? message : `${name}: ${message}`;
}

/** What the chosen model failed with, and why those that were to stand in did not help. */
function withRefusals(cause: ProviderError, refusals: readonly string[]): ProviderError {
  if (refusals.length === 0) return cause;
  return new ProviderError(cause.kind, {
    message: `${cause.message}; fallback models failed too: ${refusals.join('; ')}`,
    hint: cause.hint,
    status: cause.status ?? undefined,
    retryAfterMs: cause.retryAfterMs ?? undefined,
    data: cause.data,
    cause,
  });
}

function isSame(left: ModelReference, right: ModelReference): boolean {
  return left.provider === right.provider && left.model === right.model;
}

function isLasting(error: ProviderError, attempt: number): boolean {
  switch (error.kind) {
    case 'model_gone':
    case 'quota':
      return true;
    case 'overloaded':
    case 'server':
      return attempt >= PATIENT_TRIES || (error.retryAfterMs ?? 0) > LONG_WAIT_MS;
    case 'rate_limit':
      return (error.retryAfterMs ?? 0) > LONG_WAIT_MS;
    default:
      return false;
  }
}
