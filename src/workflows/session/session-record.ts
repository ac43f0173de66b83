import type { RewindRequest, SayRequest } from '../../contracts/index.js';
import {
  isSatisfied,
  sessionStanding,
  turnStory,
  withTurn,
  type RunRecord,
  type SessionFacts,
  type StoryRecord,
} from '../../domain/index.js';

/** Longest reason of a record. */
const REASON_LIMIT = 300;

/** What is said to a person who tells the agent of a running prompt something. Before and behind its agent a prompt has files to see to. Pure. */
export function wordOn(story: string, isTold: boolean): string {
  return isTold
    ? `${story} is told before its next model call`
    : `${story} has no agent at this moment: its files are laid out or kept, and nobody reads it`;
}

/** The session of a record; every record that a session's workflow opens has one. Pure. */
export function factsOf({ session }: RunRecord): SessionFacts {
  return session ?? NO_SESSION;
}

const NO_SESSION: SessionFacts = {
  folder: '',
  access: 'chat',
  agent: null,
  author: { name: '', email: '' },
  entries: [],
};

/**
 * The record of a session that is worked on again. Prompts that nobody worked off wait for their turn where this execution continues the one
 * before; else that one was ended from outside, and nothing that costs money begins by itself. Pure.
 */
export function reopened(
  record: RunRecord,
  { workflowId, isContinued }: { readonly workflowId: string; readonly isContinued: boolean },
): RunRecord {
  const open: RunRecord = {
    ...record,
    workflowId,
    status: 'running',
    reason: '',
    endedAt: null,
    failure: null,
    standstill: null,
  };
  return isContinued ? open : withoutOpen(open, 'its workflow was ended from outside');
}

/** The record with every open prompt left out. Pure. */
export function withoutOpen(record: RunRecord, reason: string): RunRecord {
  return {
    ...record,
    stories: record.stories.map((entry) =>
      entry.status === 'running' || entry.status === 'pending'
        ? { ...entry, status: 'skipped', reason }
        : entry,
    ),
  };
}

/** The record with a prompt that waits for its turn. Pure. */
export function withPrompt(record: RunRecord, request: SayRequest, at: string): RunRecord {
  const facts = factsOf(record);
  const { next: number } = sessionStanding(facts);
  const { messageId, prompt, title, model, contextWindow, git, questions } = request;
  const asked = questions === undefined ? {} : { questions };
  const entry = { messageId, prompt, model, contextWindow, git, at, number, ...asked };
  return {
    ...record,
    feature: record.feature === '' ? title : record.feature,
    stories: [...record.stories, promptStory(turnStory(number), title)],
    session: {
      ...facts,
      entries: [...facts.entries, { kind: 'turn', ...entry, conversation: null, commit: null }],
    },
  };
}

function promptStory(id: string, title: string): StoryRecord {
  return {
    story: {
      id,
      title,
      description: '',
      acceptanceCriteria: [],
      priority: 1,
      dependsOn: [],
      complexity: 1,
      passes: false,
      verificationSteps: [],
    },
    status: 'pending',
    commit: null,
    attempts: [],
    reason: '',
  };
}

/** The record of a session that goes on behind an earlier turn. Pure. */
export function withRewind(
  record: RunRecord,
  { messageId, to, what }: RewindRequest,
  { at, head }: { readonly at: string; readonly head: string },
): RunRecord {
  const facts = factsOf(record);
  return {
    ...record,
    headCommit: head,
    session: {
      ...facts,
      entries: [...facts.entries, { kind: 'rewind', messageId, to, what, at }],
    },
  };
}

/** The record of a session whose files are elsewhere than it said: an execution that was ended did not write down what it came to. Pure. */
export function withHead(
  record: RunRecord,
  { head, before }: { readonly head: string; readonly before: number },
): RunRecord {
  const facts = factsOf(record);
  const at = facts.entries.findIndex((entry) => entry.kind === 'turn' && entry.number === before);
  const last = facts.entries[at - 1];
  const isOpen = last?.kind === 'turn' && last.commit === null;
  const session = isOpen ? withTurn(facts, last.number, { commit: head }) : facts;
  return { ...record, headCommit: head, session };
}

/** The record of a session with nothing to do: as its last prompt ended. Pure. */
export function idle(record: RunRecord, endedAt: string): RunRecord {
  const last = record.stories.at(-1);
  const failure = factsOf(record).entries.findLast(({ kind }) => kind === 'turn');
  const isGood = last === undefined || isSatisfied(last.status);
  return {
    ...record,
    status: isGood ? 'passed' : last.status === 'skipped' ? 'cancelled' : 'failed',
    reason: isGood ? 'waits for the next prompt' : last.reason.slice(0, REASON_LIMIT),
    endedAt,
    standstill: null,
    failure: failure?.kind === 'turn' && !isGood ? (failure.failure ?? null) : null,
  };
}
