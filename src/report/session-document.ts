import {
  formatModelReference,
  sessionStanding,
  toUsd,
  turnStory,
  ZERO_SPENDING,
  type RunRecord,
  type SessionFacts,
  type SessionTurn,
  type StoryRecord,
} from '../domain/index.js';

/** What was said in one turn, as far as it is still in the store. */
export interface TurnTexts {
  /** Null = it is gone. */
  readonly prompt: string | null;
  readonly answer: string | null;
}

/** One prompt with what became of it, in the words of `--json`; `texts` absent = without them. Pure. */
export function turnDocument(
  record: RunRecord,
  turn: SessionTurn,
  texts?: TurnTexts,
): Record<string, unknown> {
  const entry = record.stories.find(({ story }) => story.id === turnStory(turn.number));
  return {
    turn: turn.number,
    at: turn.at,
    ...(entry === undefined ? UNKNOWN : entryFacts(entry)),
    ...(texts === undefined ? {} : { prompt: texts.prompt, answer: texts.answer }),
    model: formatModelReference(turn.model),
    git: gitDocument(turn.git),
    ...spendingFacts(entry),
    failure: failureDocument(turn.failure),
  };
}

const UNKNOWN = { status: 'pending', reason: '', title: '', commit: null, changed_files: [] };

function entryFacts({ status, reason, story, commit, attempts }: StoryRecord) {
  const files = attempts.at(-1)?.changedFiles ?? [];
  return { status, reason, title: story.title, commit, changed_files: files };
}

function spendingFacts(entry: StoryRecord | undefined) {
  const { modelCalls, repeatedModelCalls, usage, costMicroUsd } =
    entry?.attempts.at(-1)?.spending ?? entry?.openSpending ?? ZERO_SPENDING;
  return {
    model_calls: modelCalls,
    repeated_model_calls: repeatedModelCalls,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cost_usd: toUsd(costMicroUsd),
  };
}

function gitDocument(git: SessionTurn['git']) {
  if (git === null) return null;
  return { branch: git.branch, head: git.head, dirty_files: git.dirtyFiles };
}

function failureDocument(failure: SessionTurn['failure']) {
  return failure === undefined ? null : { code: failure.code, message: failure.message };
}

/** A session as one document, without what was said. Pure. */
export function sessionDocument(
  record: RunRecord & { readonly session: SessionFacts },
): Record<string, unknown> {
  const { session } = record;
  const { path, all } = sessionStanding(session);
  return {
    session_id: record.runId,
    status: record.status,
    reason: record.reason,
    title: record.feature,
    agent: session.agent ?? 'chat',
    access: session.access,
    model: formatModelReference(record.options.model),
    repository: record.repository,
    folder: session.folder,
    branch: record.publishedBranch,
    base_commit: commitOrNull(record.baseCommit),
    head_commit: commitOrNull(record.headCommit),
    started_at: record.startedAt,
    last_said_at: session.entries.at(-1)?.at ?? null,
    turns: all.length,
    turns_in_conversation: path.length,
    fork_of: forkDocument(session),
    notes: record.notes,
  };
}

function commitOrNull(commit: string): string | null {
  return commit === '' ? null : commit;
}

function forkDocument({ forkOf }: SessionFacts) {
  return forkOf === undefined ? null : { session_id: forkOf.runId, turn: forkOf.at };
}
