import {
  type OpenQuestion,
  type RunRecord,
  type StoryRecord,
  isBudgetReason,
} from '../../domain/index.js';
import { storyActions, takesAnswer, type StoryAction } from './actions.js';
import type { OpenAsks } from './open-asks.js';

/** Why a run waits for a person. */
export type WaitingKind =
  /** An agent asks, or asked and its story was set aside. */
  | 'question'
  /** A call needs a yes. */
  | 'approval'
  /** A proven story decides what is not its own, or a call was set aside for a yes. */
  | 'decision'
  /** A story says that it cannot go on. */
  | 'blocked'
  | 'budget'
  | 'paused'
  /** Work that could not be merged lies on a branch. */
  | 'conflict';

/** What a person can do about it. */
export type WaitingAction = Exclude<StoryAction, 'say'> | 'resume';

/** One thing that waits for a person. */
export interface WaitingItem {
  readonly run_id: string;
  readonly run_title: string;
  readonly repository: string;
  readonly kind: WaitingKind;
  readonly story: string | null;
  readonly story_title: string | null;
  readonly text: string;
  /** Answers that one tap gives; empty = words are needed. */
  readonly options: readonly string[];
  readonly recommendation: string | null;
  /** The call that asks, for the answer to it; null = it asks no more, or by an earlier version. */
  readonly call: string | null;
  /** ISO 8601; null = unknown. */
  readonly since: string | null;
  readonly actions: readonly WaitingAction[];
}

/** The order in which a person should look. */
const ORDER: readonly WaitingKind[] = [
  'approval',
  'question',
  'decision',
  'budget',
  'conflict',
  'blocked',
  'paused',
];

const YES_NO = ['yes', 'no'];

/** Everything of one run that waits for a person, the most urgent first. Pure. */
export function waitingItems(record: RunRecord, asks: OpenAsks = new Map()): WaitingItem[] {
  if (record.discardedAt !== undefined) return [];
  const isOpen = record.endedAt === null;
  const found = [
    ...(isOpen ? liveAsks(record, asks) : []),
    ...record.stories.flatMap((entry) => storyItems(record, entry)),
    ...(isOpen ? standing(record) : []),
  ];
  return sortedWaiting(found);
}

/** By kind, then by who waits longest. Pure. */
export function sortedWaiting(items: readonly WaitingItem[]): WaitingItem[] {
  return items.toSorted(
    (left, right) =>
      ORDER.indexOf(left.kind) - ORDER.indexOf(right.kind) ||
      (left.since ?? '').localeCompare(right.since ?? ''),
  );
}

function liveAsks(record: RunRecord, asks: OpenAsks): WaitingItem[] {
  return [...asks.values()].flatMap(({ story, kind, text, call, since }) => {
    const entry = record.stories.find((candidate) => candidate.story.id === story);
    // what its record says in the end is stronger than events that came before
    if (entry !== undefined && entry.status !== 'running') return [];
    const options = kind === 'approval' ? YES_NO : [];
    const actions: WaitingAction[] = takesAnswer(record, story) ? ['answer'] : [];
    return [item(record, entry ?? story, { kind, text, call, since, options, actions })];
  });
}

function storyItems(record: RunRecord, entry: StoryRecord): WaitingItem[] {
  const last = entry.attempts.at(-1);
  const since = last?.endedAt ?? null;
  const isStuck = entry.status === 'blocked' && record.kind !== 'session';
  const isLost = isConflict(entry);
  if (!isStuck && !isLost) return [];
  const actions = wantedOf(record, isLost).filter((action) =>
    storyActions(record, entry.status).includes(action),
  );
  // nobody can do anything about what is left of a run that has ended for good
  if (actions.length === 0 && record.endedAt !== null) return [];
  // by its outcome: such a story is blocked, and was called failed by earlier versions
  if (isLost && last !== undefined)
    return [
      item(record, entry, {
        kind: 'conflict',
        text: conflictText(entry, last.reason),
        since,
        actions,
      }),
    ];
  if (last?.question === undefined)
    return [item(record, entry, { kind: 'blocked', text: entry.reason, since, actions })];
  return [item(record, entry, { ...asked(last.question), since, actions })];
}

/** What is offered first, of what the run takes. */
function wantedOf(
  { kind, endedAt }: RunRecord,
  isLost: boolean,
): readonly Exclude<StoryAction, 'say'>[] {
  if (endedAt !== null) return ['changes'];
  return isLost || kind === 'swarm' ? ['retry', 'skip'] : ['answer', 'skip'];
}

function isConflict({ status, attempts }: StoryRecord): boolean {
  const isOver = status === 'blocked' || status === 'failed';
  return isOver && attempts.at(-1)?.outcome === 'merge_failed';
}

function asked(question: OpenQuestion) {
  return {
    kind: question.grants === undefined ? ('question' as const) : ('decision' as const),
    text: question.question,
    options: question.options,
    recommendation: question.recommendation ?? null,
  };
}

function conflictText({ branch, reason }: StoryRecord, last: string): string {
  const why = reason === '' ? last : reason;
  return branch === null || branch === undefined ? why : `${why} (kept on ${branch})`;
}

function standing(record: RunRecord): WaitingItem[] {
  const { standstill } = record;
  if (standstill === null || standstill === undefined || standstill.kind !== 'paused') return [];
  const { reason, since } = standstill;
  const kind = isBudgetReason(reason) ? 'budget' : 'paused';
  return [item(record, null, { kind, text: reason, since, actions: ['resume'] })];
}

interface ItemFacts extends Pick<WaitingItem, 'kind' | 'text' | 'since' | 'actions'> {
  readonly options?: readonly string[];
  readonly recommendation?: string | null;
  readonly call?: string | null;
}

function item(
  record: RunRecord,
  entry: StoryRecord | string | null,
  facts: ItemFacts,
): WaitingItem {
  const isKnown = entry !== null && typeof entry !== 'string';
  return {
    run_id: record.runId,
    run_title: record.feature,
    repository: record.repository,
    story: isKnown ? entry.story.id : entry,
    story_title: isKnown ? entry.story.title : null,
    options: [],
    recommendation: null,
    call: null,
    ...facts,
  };
}
