import { ProviderError } from '../failures/errors.js';

/** Characters of one answer that are kept: text, reasoning and arguments. No model writes as much in one call. */
export const LARGEST_ANSWER = 4 * 1024 * 1024;

/** Counts what is kept of an answer; throws `malformed` beyond {@link LARGEST_ANSWER}. */
export function createAnswerSize(): (characters: number) => void {
  let total = 0;
  return (characters) => {
    total += characters;
    if (total <= LARGEST_ANSWER) return;
    throw new ProviderError('malformed', {
      message: `the server's answer is longer than ${LARGEST_ANSWER / 1024 / 1024} Mi characters`,
    });
  };
}
