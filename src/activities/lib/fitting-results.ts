import { jsonBytes } from '../../domain/index.js';
import { toApplicationFailure } from './failure.js';
import { resultLimit, tooLarge } from './fit-result.js';

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
        const bytes = jsonBytes(result);
        if (bytes <= resultLimit(name)) return result;
        throw toApplicationFailure(tooLarge(bytes, name));
      },
    ],
  );
  return Object.fromEntries(entries) as Activities;
}
