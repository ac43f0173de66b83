import { patched } from '@temporalio/workflow';
import type { CallModelResult } from '../../activities/index.js';
import type { AgentResult, EndRuleName } from '../../domain/index.js';
import type { AgentSession } from './session.js';

/** What a reply without tool calls means: a result ends the agent, undefined asks it to go on. */
export type EndRule = (session: AgentSession, reply: CallModelResult) => AgentResult | undefined;

/** The rules by name; only code takes time to run. */
type EndRules = Readonly<Record<Exclude<EndRuleName, 'rlm'>, EndRule>> & {
  readonly rlm: (session: AgentSession, reply: CallModelResult) => Promise<AgentResult | undefined>;
};

/** Replies with an unread call after which asking again is no use. */
const UNREAD_CALLS_LIMIT = 2;

/** The model called a tool and its server did not read the call. */
function endOfUnreadCall(
  session: AgentSession,
  { trouble, preview }: CallModelResult,
): AgentResult | undefined {
  const count = (session.state.unreadCalls ?? 0) + 1;
  session.state.unreadCalls = count;
  const isFailed = trouble === 'failed-generation';
  if (count >= UNREAD_CALLS_LIMIT + (isFailed ? 1 : 0)) {
    const reason = isFailed
      ? 'the model’s tool calls are malformed again and again, as the server says'
      : 'the server does not parse tool calls: they come as text; switch on its tool-call parser, or set tool_mode = "json"';
    return session.result('limit', reason, preview);
  }
  session.say({
    kind: 'user',
    text: isFailed
      ? 'Your tool call could not be read by the server, so nothing ran. Make it again, with arguments that are one valid JSON object.'
      : 'Your last message holds a tool call as plain text, in a form that could not be read, so nothing ran. Make it again through the tool interface, with arguments that are one valid JSON object.',
  });
  return undefined;
}

/** A story ends by story_done or its marker: words alone are asked once for more. */
function endOfStory(session: AgentSession, reply: CallModelResult): AgentResult | undefined {
  if (reply.finishReason === 'refusal')
    return session.result('refused', 'the provider refused to answer', reply.preview);
  if (reply.marker === 'complete')
    return session.result('done', 'the agent says that the story is done', reply.preview);
  if (reply.marker === 'blocked')
    return session.result('blocked', reply.preview.slice(0, 300), reply.preview);
  if (reply.trouble !== undefined) return endOfUnreadCall(session, reply);
  session.state.unreadCalls = 0;
  session.state.silentEnds += 1;
  if (session.state.silentEnds > 1)
    return session.result('silent', 'the agent stopped without story_done', reply.preview);
  session.say({
    kind: 'user',
    text:
      reply.finishReason === 'length'
        ? 'Your reply was cut off at the output limit. Go on in smaller steps.'
        : 'You called no tool. Go on with the work, or end it with story_done.',
  });
  return undefined;
}

/**
 * A task ends with a text that answers it, or says that it cannot be done; one that was cut off is gone on with, whatever stands in it: a
 * text that ran into the limit is no word that the agent chose to end with.
 */
function endOfTask(session: AgentSession, reply: CallModelResult): AgentResult | undefined {
  if (reply.finishReason === 'refusal')
    return session.result('refused', 'the provider refused to answer', reply.preview);
  const isCut = reply.finishReason === 'length';
  // Histories of before 'cut-before-blocked' believed the marker of a text that was cut off.
  if (reply.marker === 'blocked' && !(isCut && patched('cut-before-blocked')))
    return session.result('blocked', blockedReason(reply.preview), reply.preview);
  if (reply.trouble !== undefined) return endOfUnreadCall(session, reply);
  session.state.unreadCalls = 0;
  return isCut
    ? endOfCutAnswer(session, reply)
    : session.result('done', 'the agent answered', reply.preview);
}

function endOfCutAnswer(session: AgentSession, reply: CallModelResult): AgentResult | undefined {
  session.state.silentEnds += 1;
  if (session.state.silentEnds > 1)
    return session.result('limit', 'the answer does not fit into the output limit', reply.preview);
  session.say({
    kind: 'user',
    text: 'Your reply was cut off at the output limit. Go on in smaller steps.',
  });
  return undefined;
}

/** The words beside the marker. */
function blockedReason(preview: string): string {
  const lines = preview.split('\n').filter((line) => !line.includes('STORY_BLOCKED'));
  const words = lines.join('\n').trim();
  return words === '' ? 'the agent says that it cannot be done' : words.slice(0, 300);
}

/** In a chat every text is an answer. */
function endOfChat(session: AgentSession, reply: CallModelResult): AgentResult | undefined {
  if (reply.finishReason === 'refusal')
    return session.result('refused', 'the provider refused to answer', reply.preview);
  return session.result('done', 'the agent answered', reply.preview);
}

/** Code is run; a FINAL in it is the answer. */
async function endOfRepl(
  session: AgentSession,
  reply: CallModelResult,
): Promise<AgentResult | undefined> {
  if (reply.finishReason === 'refusal')
    return session.result('refused', 'the provider refused to answer', reply.preview);
  const end = await session.repl?.takeReply(reply);
  return end === undefined ? undefined : session.result(end.outcome, end.reason, end.summary);
}

/** How each kind of agent ends. */
export const END_RULES: EndRules = {
  story: endOfStory,
  task: endOfTask,
  chat: endOfChat,
  rlm: endOfRepl,
};
