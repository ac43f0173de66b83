import {
  recallCallSchema,
  rlmCallSchema,
  type RlmSource,
  type StallObservation,
  type ToolCallSummary,
} from '../../domain/index.js';
import { answerCall, answerOf, beginCall, limitRefusal, type TaskCaller } from './task-tool.js';

const TITLE_LIMIT = 120;

interface Asked {
  readonly question: string;
  readonly source: RlmSource;
}

/** Carries out one call of `rlm` or `recall`. Every call gets an answer. */
export async function runRlmCall(
  caller: TaskCaller,
  call: ToolCallSummary,
  share: number,
): Promise<StallObservation> {
  const { session, tasks } = caller;
  const asked = parseRlmCall(call);
  const limit = 'problem' in asked ? asked.problem : limitRefusal(caller, 1);
  if (limit !== undefined || 'problem' in asked)
    return answerCall(session, call, {
      isError: true,
      answer: { text: `${call.name}: ${limit ?? ''}` },
    });
  beginCall(session, call);
  const { ending } = tasks.launch({
    title: call.title.slice(0, TITLE_LIMIT),
    agent: 'explore',
    prompt: asked.question,
    isForked: false,
    share,
    rlm: asked.source,
  });
  return answerCall(session, call, answerOf(await tasks.resting(() => ending)));
}

/** What a call asks, or what is wrong with it. Pure. */
export function parseRlmCall({
  name,
  arguments: text,
}: ToolCallSummary): Asked | { readonly problem: string } {
  if (text === undefined)
    return { problem: 'the arguments are too long: put the text into a file, and name that.' };
  let value: unknown;
  try {
    value = JSON.parse(text === '' ? '{}' : text);
  } catch {
    return { problem: 'the arguments are not valid JSON.' };
  }
  return name === 'recall' ? recallOf(value) : questionOf(value);
}

function recallOf(value: unknown): Asked | { readonly problem: string } {
  const parsed = recallCallSchema.safeParse(value);
  if (!parsed.success) return { problem: firstIssue(parsed.error.issues) };
  return { question: parsed.data.question, source: { kind: 'conversation' } };
}

function questionOf(value: unknown): Asked | { readonly problem: string } {
  const parsed = rlmCallSchema.safeParse(value);
  if (!parsed.success) return { problem: firstIssue(parsed.error.issues) };
  const { question, files, text } = parsed.data;
  if (text !== undefined) return { question, source: { kind: 'text', text } };
  if (files.length === 0) return { problem: 'name files, or give a text.' };
  return { question, source: { kind: 'files', files } };
}

function firstIssue(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  const [issue] = issues;
  return `${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? 'not valid'}`;
}
