import { HOST_TOOLS } from '../../contracts/index.js';
import {
  recallCallSchema,
  rlmCallSchema,
  type RlmSource,
  type StallObservation,
  type ToolCallSummary,
} from '../../domain/index.js';
import {
  answerCall,
  answerOf,
  beginCall,
  limitRefusal,
  recallRefusal,
  type TaskCaller,
} from './task-tool.js';

const TITLE_LIMIT = 120;

interface Asked {
  readonly question: string;
  readonly source: RlmSource;
  readonly tools: readonly string[];
}

/** Carries out one call of `rlm` or `recall`. Every call gets an answer. */
export async function runRlmCall(
  caller: TaskCaller,
  call: ToolCallSummary,
  share: number,
): Promise<StallObservation> {
  const { session, tasks } = caller;
  const asked = parseRlmCall(call);
  const limit = 'problem' in asked ? asked.problem : refusal(caller, asked);
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
    ...(asked.tools.length === 0 ? {} : { rlmTools: asked.tools }),
  });
  return answerCall(session, call, answerOf(await tasks.resting(() => ending)));
}

function refusal(caller: TaskCaller, { source, tools }: Asked): string | undefined {
  const isRecall = source.kind === 'conversation';
  const limit = isRecall ? recallRefusal(caller) : limitRefusal(caller, 1);
  if (limit !== undefined) return limit;
  // code may do no more than the agent that asks, and nothing but read
  const own = caller.session.profile.tools.filter((name) => HOST_TOOLS.includes(name));
  const denied = tools.find((name) => !own.includes(name));
  return denied === undefined
    ? undefined
    : `${denied} cannot be passed to code, which may read: ${own.join(', ')}.`;
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
  return { question: parsed.data.question, source: { kind: 'conversation' }, tools: [] };
}

function questionOf(value: unknown): Asked | { readonly problem: string } {
  const parsed = rlmCallSchema.safeParse(value);
  if (!parsed.success) return { problem: firstIssue(parsed.error.issues) };
  const { question, files, text, tools = [] } = parsed.data;
  if (text !== undefined) return { question, source: { kind: 'text', text }, tools };
  if (files.length === 0) return { problem: 'name files, or give a text.' };
  return { question, source: { kind: 'files', files }, tools };
}

function firstIssue(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  const [issue] = issues;
  return `${issue?.path.map(String).join('.') ?? ''} ${issue?.message ?? 'not valid'}`;
}
