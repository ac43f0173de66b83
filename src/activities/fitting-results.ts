import { jsonBytes, MESSAGE_LIMIT_BYTES } from '../domain/index.js';
import { toApplicationFailure } from './failure.js';
import { tooLarge } from './fit-result.js';

/** Results that a workflow needs whole: the stories of a PRD, which are bounded where they are read. */
const WHOLE: ReadonlySet<string> = new Set(['refreshPrd']);

/**
 * The same activities; a result above the limit never enters a history, it ends its step with `ERR_RESULT_TOO_LARGE` instead. What
 * an activity answers is bounded where it is made, so that this is the net below.
 */
export function withFittingResults<Activities extends object>(activities: Activities): Activities {
  const entries = Object.entries(activities).map(
    ([name, run]: [string, (input: unknown) => Promise<unknown>]) => [
      name,
      async (input: unknown) => {
        const result = await run(input);
        if (WHOLE.has(name) || jsonBytes(result) <= MESSAGE_LIMIT_BYTES) return result;
        throw toApplicationFailure(tooLarge(jsonBytes(result), name));
      },
    ],
  );
  return Object.fromEntries(entries) as Activities;
}
