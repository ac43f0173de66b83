import type { PolicyAnswer, PolicyRequest } from './policy.mjs';
import type { Reader } from './reading.mjs';

export declare const SUMMARY: string;
export declare function nextMove(
  given: Readonly<Record<string, unknown>>,
  messages: PolicyRequest['messages'],
  reader: Pick<Reader, 'labelOf'>,
): PolicyAnswer;
