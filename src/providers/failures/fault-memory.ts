import { LRUCache } from 'lru-cache';
import type { ModelProvider, ModelRequest, StreamControl } from '../provider.js';
import { ProviderError } from './errors.js';

/** Calls whose last fault is remembered; the oldest are forgotten first. */
const MEMORY_LIMIT = 1000;

/**
 * The same provider with a memory of its faults: when one call meets the same fault of form twice in a row, the second one
 * is final (`unreadable`) and names it, because a server that answers in its own way will do so again. A web page in
 * front of a server that has answered before is a passing trouble instead.
 */
export function withFaultMemory(inner: ModelProvider, provider: string): ModelProvider {
  const faults = new LRUCache<string, string>({ max: MEMORY_LIMIT });
  let hasAnswered = false;
  return {
    async stream(request, control) {
      const key = keyOf(request, control);
      try {
        const reply = await inner.stream(request, control);
        hasAnswered = true;
        faults.delete(key);
        return reply;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        if (error.data['isPage'] === true && hasAnswered) throw passing(error);
        const fault = signatureOf(error);
        const isRepeated = fault !== undefined && faults.get(key) === fault;
        faults.delete(key);
        if (isRepeated) throw final(error, `${provider}/${request.model}`);
        if (fault !== undefined) faults.set(key, fault);
        throw error;
      }
    },
  };
}

function keyOf(request: ModelRequest, control: StreamControl): string {
  return `${request.model}\n${control.caller ?? ''}`;
}

/** What makes two faults the same one; undefined for faults that pass by themselves. */
function signatureOf(error: ProviderError): string | undefined {
  if (error.kind === 'malformed') return error.message;
  // A cut at the same place with a clean end is how the server ends its answers; a broken line breaks anywhere.
  const isClean = error.kind === 'truncated' && error.data['isCutCleanly'] === true;
  return isClean ? error.message : undefined;
}

function final(error: ProviderError, name: string): ProviderError {
  const message = error.message.startsWith(name) ? error.message : `${name}: ${error.message}`;
  return new ProviderError('unreadable', {
    message: `${message}; the same twice in a row, so it is not asked a third time`,
    hint: error.hint,
    status: error.status ?? undefined,
    data: error.data,
    cause: error,
  });
}

function passing(error: ProviderError): ProviderError {
  return new ProviderError('server', {
    message: `${error.message}; something in front of the server answers in its place`,
    status: error.status ?? undefined,
    retryAfterMs: error.retryAfterMs ?? undefined,
    data: error.data,
    cause: error,
  });
}
