import { isCancellation } from '@temporalio/workflow';
import { frozenInto, jsonBytes, type AgentInput, type AgentResult } from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import type { AgentSession } from './session.js';

/** What of its own an agent hands to its owner at its end; more is written by itself. */
const HANDED_BYTES = 4096;

/**
 * Lays out the lane of an agent that begins by itself, and takes in what it is told. A result = it could not begin, whatever was
 * tried; undefined = it goes on.
 */
export async function layOutLane(
  session: AgentSession,
  { with: args, events }: NonNullable<AgentInput['begins']>,
): Promise<AgentResult | undefined> {
  session.do('lays out its lane');
  session.events.bring(events);
  try {
    const { prompt, frozen } = await session.steps.run('beginSubtask', {
      summary: `${args.subtask.id} · lane`,
      key: session.nextKey(),
      policy: 'localLane',
      args,
    });
    session.profile = frozenInto(session.profile, frozen);
    session.say({ kind: 'user-ref', ref: prompt });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return session.result('limit', failureFacts(error).message);
  }
  session.hasBegun = true;
  return undefined;
}

/** The result of an agent whose owner writes its last events down; the same result where it writes them itself. */
export function withLastEvents(session: AgentSession, result: AgentResult): AgentResult {
  const { input, events } = session;
  if (input.begins === undefined || events.isEmpty) return result;
  if (jsonBytes(events.waiting()) > HANDED_BYTES) return result;
  return { ...result, lastEvents: events.handOver() };
}
