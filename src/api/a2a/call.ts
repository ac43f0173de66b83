import { ServerCallContext } from '@a2a-js/sdk/server';
import { InvariantError, type TaskSkill } from '../../domain/index.js';
import type { Caller } from '../gate/caller.js';
import type { ProtocolVersion } from './names.js';

/** One request while it is answered. */
export interface Call {
  readonly caller: Caller;
  readonly version: ProtocolVersion;
  /** Where clients see this server. */
  readonly baseUrl: string;
  /** Aborts when the client has gone; tasks go on. */
  readonly signal: AbortSignal;
  /** Number of the last event that a subscriber saw; undefined = it never saw any. */
  readonly cursor: number | undefined;
  /** Told on the way, for the audit log. */
  readonly noted: { taskId?: string; messageId?: string; skill?: TaskSkill };
  /** What went wrong, as it was thrown: the adapter of the SDK keeps only its message. */
  failure?: unknown;
}

const KEY = 'codetether-call';

/** The context in which the SDK hands a call through. */
export function contextOf(call: Call): ServerCallContext {
  return new ServerCallContext({
    requestedVersion: call.version,
    user: { isAuthenticated: true, userName: call.caller.name },
    state: new Map<string, unknown>([[KEY, call]]),
  });
}

/** The call of a context that {@link contextOf} made. */
export function callOf(context: ServerCallContext): Call {
  const call = context.state.get(KEY);
  if (isCall(call)) return call;
  throw new InvariantError('ERR_A2A_CONTEXT', { message: 'the call has no context of ours' });
}

function isCall(value: unknown): value is Call {
  return typeof value === 'object' && value !== null && 'caller' in value && 'signal' in value;
}
