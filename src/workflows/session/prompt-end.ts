import {
  ZERO_SPENDING,
  type AgentResult,
  type AgentSpending,
  type AttemptRecord,
  type BlobRef,
  type SessionFacts,
  type SessionTurn,
  type StoryStatus,
} from '../../domain/index.js';

/** How a prompt ended. */
export interface PromptEnd {
  readonly status: StoryStatus;
  readonly outcome: AttemptRecord['outcome'];
  readonly reason: string;
  readonly summary?: string;
  readonly spending?: AgentSpending;
  readonly startedAt: string;
  readonly changedFiles?: string[];
  readonly conversation?: BlobRef;
  /** Commit of what it changed; absent or null = nothing. */
  readonly commit?: string | null;
  readonly change: Partial<Pick<SessionTurn, 'conversation' | 'commit' | 'failure'>>;
}

/** What a prompt has spent whose agent never told. */
export const UNTOLD = ZERO_SPENDING;

/** How the end of an agent is the end of a prompt: an answer is one, checked by nobody. Pure. */
export function endOfAgent({ outcome }: AgentResult): Pick<PromptEnd, 'status' | 'outcome'> {
  switch (outcome) {
    case 'done':
      return { status: 'unverified', outcome: 'unverified' };
    case 'blocked':
      return { status: 'blocked', outcome };
    case 'cancelled':
      return { status: 'skipped', outcome };
    case 'silent':
      return { status: 'failed', outcome: 'limit' };
    case 'limit':
    case 'stalled':
    case 'refused':
      return { status: 'failed', outcome };
  }
}

const FILES_BACK =
  'The person took the files back to an earlier state since you last worked: read a file again before you rely on what it held.';
const TALK_BACK =
  'The person took the conversation back to here; the files are as later prompts left them: read a file again before you rely on what it held.';

/** What an agent has to know of what was taken back before a prompt. Pure. */
export function rewoundNotes({ entries }: SessionFacts, number: number): string[] {
  const at = entries.findIndex((entry) => entry.kind === 'turn' && entry.number === number);
  const before = entries.slice(0, Math.max(0, at));
  const since = before.slice(before.findLastIndex(({ kind }) => kind === 'turn') + 1);
  const parts = since.flatMap((entry) => (entry.kind === 'rewind' ? [entry.what] : []));
  if (parts.some((part) => part !== 'conversation')) return [FILES_BACK];
  return parts.length > 0 ? [TALK_BACK] : [];
}
