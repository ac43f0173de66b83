import {
  sessionStanding,
  ZERO_SPENDING,
  type AgentResult,
  type AgentSpending,
  type AttemptRecord,
  type BlobRef,
  type RewoundPart,
  type SessionFacts,
  type StoryStatus,
  type TurnChange,
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
  /** Branch with changes that did not land. */
  readonly branch?: string;
  readonly change: TurnChange;
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

/** An answer whose files did not land is none to rely on; an agent that ended badly ended so. Pure. */
export function endOfWork(
  result: AgentResult,
  unlanded: Pick<PromptEnd, 'status' | 'outcome'> | undefined,
): Pick<PromptEnd, 'status' | 'outcome'> {
  const end = endOfAgent(result);
  if (unlanded === undefined || end.status !== 'unverified') return end;
  const { status, outcome } = unlanded;
  return { status, outcome };
}

const FILES_BACK =
  'The person took the files back to an earlier state since you last worked: read a file again before you rely on what it held.';
const TALK_BACK =
  'The person took the conversation back to here; the files are as later prompts left them: read a file again before you rely on what it held.';

/** Notes of one prompt. */
const MOST_NOTES = 5;

/** What an agent has to know before a prompt: files that did not land, and what was taken back since it last heard. Pure. */
export function notesBefore(facts: SessionFacts, number: number): string[] {
  const { entries } = facts;
  const at = entries.findIndex((entry) => entry.kind === 'turn' && entry.number === number);
  const before = entries.slice(0, Math.max(0, at));
  // a prompt without an answer was read by nobody
  const heard = before.findLastIndex(
    (entry) => entry.kind === 'turn' && entry.conversation !== null,
  );
  const since = before.slice(Math.max(0, heard));
  const talk = new Set(sessionStanding(facts).path.map((turn) => turn.number));
  const unlanded = since.flatMap((entry) =>
    entry.kind === 'turn' && entry.unlanded !== undefined && talk.has(entry.number)
      ? [`What you changed at prompt ${entry.number} is not among the files: ${entry.unlanded}`]
      : [],
  );
  const parts = since.flatMap((entry) => (entry.kind === 'rewind' ? [entry.what] : []));
  return [...unlanded.slice(-MOST_NOTES), ...rewound(parts)];
}

function rewound(parts: readonly RewoundPart[]): string[] {
  if (parts.some((part) => part !== 'conversation')) return [FILES_BACK];
  return parts.length > 0 ? [TALK_BACK] : [];
}
