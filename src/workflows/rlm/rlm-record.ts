import type { RlmInput } from '../../contracts/index.js';
import {
  isSatisfied,
  type AttemptRecord,
  type RlmFacts,
  type RunRecord,
  type StoryRecord,
} from '../../domain/index.js';

/** The one story of a question over an input. */
export const ANSWER_STORY = 'answer';

const FILES_KEPT = 100;
const TITLE_LENGTH = 2000;

/** The record of a question that is asked now, or goes on. Pure. */
export function openRlmRecord(
  input: RlmInput,
  facts: { readonly workflowId: string; readonly startedAt: string },
): RunRecord {
  const { carried } = input;
  return {
    version: 1,
    runId: input.runId,
    workflowId: facts.workflowId,
    kind: 'rlm',
    status: 'running',
    reason: '',
    project: input.project,
    feature: input.query.slice(0, TITLE_LENGTH),
    prdPath: '',
    repository: input.folder,
    branch: '',
    publishedBranch: null,
    baseCommit: '',
    headCommit: '',
    options: input.options,
    checks: [],
    sandbox: '',
    stories: [{ ...answerStory(input.query), attempts: carried?.stories[0]?.attempts ?? [] }],
    startedAt: facts.startedAt,
    endedAt: null,
    notes: input.notes,
    failure: null,
    rlm: openFacts(input),
  };
}

/** Under which name, and as which attempt, it is noted how far the REPL of a question comes. Pure. */
export function replPlace({ earlier }: RlmInput): {
  readonly place: string;
  readonly attempt: number;
  readonly resumes: boolean;
} {
  const attempt = (earlier?.attempts ?? 0) + 1;
  const place = earlier?.place;
  return { place: place ?? `${attempt}`, attempt, resumes: place !== undefined };
}

/** Number of the attempt that is open. One that failed left none in the record: its number is not given again, or its calls would count for this one. Pure. */
export function attemptNumber({
  input,
  record,
}: {
  readonly input: RlmInput;
  readonly record: RunRecord;
}): number {
  return Math.max((record.stories[0]?.attempts.length ?? 0) + 1, replPlace(input).attempt);
}

function openFacts(input: RlmInput): RlmFacts {
  const { carried, earlier } = input;
  const { place, attempt } = replPlace(input);
  return {
    query: input.query,
    files: input.files.slice(0, FILES_KEPT).map(({ name }) => name),
    fileCount: input.files.length,
    requestedType: input.requestedType,
    subModel: input.subModel,
    maxIterations: input.maxIterations,
    maxDepth: input.maxDepth,
    schema: input.schema,
    session: input.session,
    context: earlier?.context ?? null,
    input: carried?.rlm?.input ?? null,
    route: null,
    window: earlier?.window ?? input.subWindow,
    ...(input.tools === undefined ? {} : { tools: input.tools.names }),
    journal: earlier?.journal ?? null,
    attempt,
    place,
    end: null,
  };
}

function answerStory(query: string): StoryRecord {
  return {
    story: {
      id: ANSWER_STORY,
      title: query.split('\n')[0]?.slice(0, 200) ?? '',
      description: '',
      acceptanceCriteria: [],
      verificationSteps: [],
      priority: 1,
      complexity: 1,
      dependsOn: [],
      passes: false,
    },
    status: 'running',
    commit: null,
    attempts: [],
    reason: '',
  };
}

/** Changes what only a question over an input has. Pure. */
export function withRlmFacts(record: RunRecord, facts: Partial<RlmFacts>): RunRecord {
  return record.rlm === undefined ? record : { ...record, rlm: { ...record.rlm, ...facts } };
}

/** The record with what a person should know of it besides, each once: one that goes on brings the notes of before. Pure. */
export function withNotes(record: RunRecord, notes: readonly string[]): RunRecord {
  return { ...record, notes: [...new Set([...record.notes, ...notes])] };
}

/** What is to be said of tools that a question was passed and its one call has no use for. Pure. */
export function unusedTools({ tools }: RlmInput): string[] {
  return tools === undefined
    ? []
    : [
        `tools were not used (${tools.names.join(', ')}): one call held the whole input; --no-direct answers by code`,
      ];
}

/** The record with the attempt that ended. Pure. */
export function withAnswerAttempt(
  record: RunRecord,
  attempt: AttemptRecord,
  status: StoryRecord['status'],
): RunRecord {
  return {
    ...record,
    stories: record.stories.map((entry) => {
      const { openSpending: _told, ...rest } = entry;
      return { ...rest, status, reason: attempt.reason, attempts: [...rest.attempts, attempt] };
    }),
  };
}

/** The record of a question that has ended by itself. Pure. */
export function closeRlm(record: RunRecord, endedAt: string): RunRecord {
  const isAnswered = record.stories.every(({ status }) => isSatisfied(status));
  const reason = record.rlm?.end?.reason ?? record.stories[0]?.reason ?? '';
  return { ...record, status: isAnswered ? 'passed' : 'failed', reason, endedAt };
}
