import { z } from 'zod';
import { InvalidInputError, type Message } from '../../domain/index.js';
import { parseJsonDocument } from '../../platform/index.js';

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
  return between(answer, '{', '}');
}

function between(answer: string, first: string, last: string): string {
  const start = answer.indexOf(first);
  const end = answer.lastIndexOf(last);
  return start >= 0 && end > start ? answer.slice(start, end + 1) : answer;
}

/** A schema as JSON, as models and people write it. */
type JsonSchema = Readonly<Record<string, unknown>>;

/** How many problems of a value are told, and how much of each; `whole` names the value itself. */
interface ProblemBounds {
  readonly most?: number;
  readonly length?: number;
  readonly whole?: string;
}

/** How a value does not fit a schema, by default the first ten things; empty = it fits. Throws an Error for a schema that is none. */
export function schemaProblems(
  value: unknown,
  schema: JsonSchema,
  { most = 10, length = 300, whole = '' }: ProblemBounds = {},
): string[] {
  const parsed = z.fromJSONSchema(schema).safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues
    .slice(0, most)
    .map(({ path, message }) =>
      `${path.map(String).join('.') || whole}: ${message}`.slice(0, length),
    );
}

/** The JSON of an answer that fits a schema, or what is wrong with it. */
export function readJsonAnswer(
  said: string,
  schema: JsonSchema,
  bounds: ProblemBounds = {},
): { readonly json: string | null; readonly problems: string[] } {
  let value: unknown;
  try {
    const part = schema['type'] === 'array' ? between(said, '[', ']') : jsonPart(said);
    ({ value } = parseJsonDocument(part, 'the answer'));
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return {
      json: null,
      problems: [`it is no JSON ${schema['type'] === 'array' ? 'list' : 'object'}`],
    };
  }
  const problems = schemaProblems(value, schema, bounds);
  return { json: problems.length === 0 ? JSON.stringify(value) : null, problems };
}

/** What a model is told about an answer that does not fit its schema. Pure. */
export function schemaRepair(problems: readonly string[]): string {
  return `That does not fit the schema:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nAnswer with the whole corrected JSON object and nothing else.`;
}
