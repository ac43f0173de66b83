import type { Message } from '../../domain/index.js';

/** An answer that could not be used, with what is wrong with it. */
export interface BadAnswer {
  readonly answer: string;
  readonly problems: readonly string[];
}

/** The messages of a question, and behind them the answer that could not be used with a request for a better one. Pure. */
export function withRepair(
  messages: readonly Message[],
  previous: BadAnswer | null,
  repair: (problems: readonly string[]) => string,
): Message[] {
  if (previous === null) return [...messages];
  const said = previous.answer === '' ? '(nothing)' : previous.answer;
  return [
    ...messages,
    { role: 'assistant', content: said, toolCalls: [] },
    { role: 'user', content: repair(previous.problems) },
  ];
}

/** The object in an answer: models put fences and sentences around it. The answer itself where there is none. Pure. */
export function jsonPart(answer: string): string {
  const start = answer.indexOf('{');
  const end = answer.lastIndexOf('}');
  return start >= 0 && end > start ? answer.slice(start, end + 1) : answer;
}
