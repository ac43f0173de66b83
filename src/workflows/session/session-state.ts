import type { RunRecord } from '../../domain/index.js';
import type { RunState } from '../lib/run-state.js';

/** What the parts of a session share of its input. */
interface SessionBasics {
  readonly runId: string;
  readonly options: RunRecord['options'];
  /** No agent of a session has a time limit of its own. */
  readonly timeoutMs: number;
  readonly carried: RunRecord;
  readonly continued?: { readonly steps: number; readonly events: number } | undefined;
}

/** A session that is worked on. */
export type SessionState = RunState<SessionBasics>;
