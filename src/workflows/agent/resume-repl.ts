import type { ReplMark } from '../../activities/index.js';
import type { AgentResult } from '../../domain/index.js';
import type { ReplTurns } from '../rlm/repl-turns.js';
import { unreadNote } from '../rlm/repl-words.js';
import { dispatchCalls } from './dispatch.js';
import { END_RULES } from './end-rules.js';
import type { AgentSession } from './session.js';

/** The turn that an earlier attempt was in, with what was answered since. */
interface BegunTurn {
  readonly turn: NonNullable<ReplMark['turn']>;
  readonly answers: ReplMark['answers'];
}

/** Finds where an earlier attempt had come to, takes its state over, and gives what carries its turn on; null where it had not begun one. */
export async function findTurn(
  session: AgentSession,
  repl: ReplTurns,
): Promise<(() => Promise<AgentResult | undefined>) | null> {
  const { place } = repl;
  if (place === undefined) return null;
  const { turn, journal, answers, unread } = await session.steps.run('findReplMark', {
    summary: 'where the attempt before had come to',
    args: place,
  });
  if (unread !== undefined) session.events.add('run.note', { text: unreadNote(unread) });
  if (turn === null) {
    if (journal !== null) repl.takeJournal(journal);
    return null;
  }
  const { reply, rlm, pending } = turn;
  const { head, depth, contextTokens } = turn.shortened ?? reply;
  Object.assign(session.state, { head, depth, contextTokens, pending, rlm });
  session.events.add('run.note', {
    text: `goes on behind message ${rlm.iterations}, with ${answers.length} answers of questions that were open`,
  });
  return () => resumeTurn(session, repl, { turn, answers });
}

/** Carries a turn on whose answer was paid before: a result ends the agent, undefined goes on. */
async function resumeTurn(
  session: AgentSession,
  repl: ReplTurns,
  { turn, answers }: BegunTurn,
): Promise<AgentResult | undefined> {
  const { reply, cell } = turn;
  if (reply.calls.length === 0 && cell === null)
    return END_RULES[session.profile.end](session, reply);
  const end =
    reply.calls.length === 0 && cell !== null
      ? await repl.resumeReply(reply, { result: cell.result, answers })
      : await resumeCalls(session, repl, { turn, answers });
  return end === undefined ? undefined : session.result(end.outcome, end.reason, end.summary);
}

/** The calls before the one that was open are answered already. */
async function resumeCalls(
  session: AgentSession,
  repl: ReplTurns,
  { turn: { reply, cell }, answers }: BegunTurn,
): Promise<ReturnType<ReplTurns['afterTurn']>> {
  const open = reply.calls.find(({ index }) => index === cell?.index);
  if (cell === null) repl.begins();
  else if (open !== undefined)
    await repl.resumeCall(open, reply.head, { result: cell.result, answers });
  const rest = reply.calls.filter(({ index }) => index > (cell?.index ?? -1));
  if (rest.length > 0) await dispatchCalls(session, reply.head, rest);
  return repl.afterTurn();
}
