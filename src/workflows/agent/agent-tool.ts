import {
  agentCallSchema,
  shortLine,
  type StallObservation,
  type ToolCallSummary,
} from '../../domain/index.js';
import { answerCall, parseArguments, type TaskCaller } from './task-tool.js';

const TITLE_LIMIT = 120;

/** Carries out one call of `agent`: about agents that the caller has started itself, and that work in the background. */
export async function runAgentCall(
  { session, tasks }: TaskCaller,
  call: ToolCallSummary,
): Promise<StallObservation> {
  const answer = (text: string, isError = false): StallObservation =>
    answerCall(session, call, { isError, answer: { text } });
  const asked = parseArguments(agentCallSchema, call);
  if ('problem' in asked) return answer(asked.problem, true);
  const { action, id, text } = asked;
  const lines = [...tasks.open.values()].map(
    ({ number, title }) => `${number}: ${shortLine(title, TITLE_LIMIT)}`,
  );
  const all =
    lines.length === 0 ? 'No agent of yours is at work.' : `At work:\n${lines.join('\n')}`;
  if (action === 'list') return answer(all);
  if (id === undefined) return answer(`agent: ${action} needs id. ${all}`, true);
  if (action === 'message') {
    if (text === undefined) return answer('agent: message needs text.', true);
    const isTold = await tasks.open.message(id, text);
    return isTold
      ? answer(`Agent ${id} reads it before its next step.`)
      : answer(`agent: there is no agent ${id} at work. ${all}`, true);
  }
  const isStopped = await tasks.stop(id);
  return isStopped
    ? answer(`Agent ${id} was stopped. What it had changed in a copy is not taken over.`)
    : answer(`agent: there is no agent ${id} at work. ${all}`, true);
}
