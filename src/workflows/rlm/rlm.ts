import { CancellationScope, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import {
  answerRequestSchema,
  rlmInputSchema,
  rlmProfile,
  RUN_UPDATES,
  runStatusQuery,
  type RlmInput,
} from '../../contracts/index.js';
import {
  boundedRecord,
  type AgentResult,
  type AgentSpending,
  type AttemptRecord,
  type RlmEnd,
  type RlmTask,
  type RunRecord,
} from '../../domain/index.js';
import { answerQuery } from '../lib/handlers.js';
import { closeInterrupted, closeRun, interruptionOf, runFailed } from '../lib/run-end.js';
import { RunState } from '../lib/run-state.js';
import { refuse, RunSteering, takeWordsOfChildren } from '../lib/run-steering.js';
import { workflowTime } from '../lib/scope.js';
import type { StepResult } from '../lib/step.js';
import { attemptRecord } from '../lib/ledger.js';
import { SubtaskAgents } from '../swarm/subtask-agents.js';
import { answerDirectly, directEnd } from './direct-answer.js';
import { showRlm } from './rlm-details.js';
import {
  ANSWER_STORY,
  attemptNumber,
  closeRlm,
  openRlmRecord,
  replPlace,
  unusedTools,
  withAnswerAttempt,
  withNotes,
  withRlmFacts,
} from './rlm-record.js';

type State = RunState<RlmInput>;
type Ingested = StepResult<'ingestInput'>;

/**
 * A question over an input of any size. The input is stored first; a small one is answered by one call that holds all of it, any other by
 * an agent that writes code. Returns the final record of a question that was answered; throws `RunFailed` with the record of one that was
 * not, and what ended it else, after saving the record.
 */
export async function rlmWorkflow(raw: RlmInput): Promise<RunRecord> {
  const input = rlmInputSchema.parse(raw);
  const { workflowId } = workflowInfo();
  const state: State = new RunState(
    input,
    openRlmRecord(input, { workflowId, startedAt: workflowTime() }),
    showRlm,
  );
  const agents = new SubtaskAgents(state, () => 1);
  answerQuery(runStatusQuery, () => boundedRecord(state.record));
  takeRequests(state, agents);
  let ended: RunRecord;
  try {
    await conduct(state, agents);
    ended = boundedRecord(await closeRun(state, closeRlm(state.record, workflowTime())));
  } catch (error) {
    await CancellationScope.nonCancellable(() =>
      closeInterrupted(state, interruptionOf(error, state.isStopWanted)),
    );
    throw error;
  }
  if (ended.status === 'passed') return ended;
  throw runFailed(ended);
}

/** Takes what people and the agent ask while a question is open. Handlers exist before the first await. */
function takeRequests(state: State, agents: SubtaskAgents): void {
  const steering = new RunSteering(state, {
    desk: agents.desk,
    setPaused: (reason, at) => agents.setPaused(reason, at),
    tryNow: () => agents.tryNow(),
  });
  steering.takePauses();
  steering.take({
    update: RUN_UPDATES.message,
    schema: answerRequestSchema,
    check: () => {
      const { rlm } = state.record;
      if (rlm?.route !== 'repl')
        refuse('ERR_STORY_NOT_RUNNING', 'no agent works on it: nobody would read it');
    },
    run: async ({ text }) => {
      const isRead = await agents.message(ANSWER_STORY, text);
      return isRead ? 'told before its next model call' : 'it ended before it could be told';
    },
  });
  takeWordsOfChildren(state, agents);
  steering.watchClock().catch(() => undefined);
}

async function conduct(state: State, agents: SubtaskAgents): Promise<void> {
  const { input, events } = state;
  events.add('run.start', { text: `${input.project}: ${input.query.slice(0, 200)}` });
  // First of all: the record on disk may be that of a run which ended and now goes on.
  await state.save();
  const ingested = await ingest(state);
  const startedAt = workflowTime();
  const { direct } = ingested;
  const isDirect = direct !== null && (input.earlier?.journal ?? null) === null;
  state.record = withNotes(
    withRlmFacts(state.record, { route: isDirect ? 'direct' : 'repl' }),
    isDirect ? unusedTools(input) : [],
  );
  await state.save();
  if (isDirect)
    settle(state, { ...(await answerDirectly(state, direct)), startedAt, conversation: null });
  else await answerByCode(state, { agents, ingested, startedAt });
}

async function ingest(state: State): Promise<Ingested> {
  const { input } = state;
  const { query, files, content, requestedType, schema, maxIterations, earlier, tools } = input;
  const ingested = await state.steps.run('ingestInput', {
    who: 'preparation',
    summary:
      earlier === null
        ? `stores ${content === null ? `${files.length} files` : 'the input'}`
        : 'opens the stored input',
    args: {
      query,
      files,
      content,
      type: requestedType,
      schema,
      maxIterations,
      maxCalls: input.options.budget.calls,
      levels: input.maxDepth,
      directTokens: input.directTokens,
      earlier,
      ...(tools === undefined ? {} : { tools: { ...tools, folder: input.folder } }),
    },
  });
  const { sources: _count, ...facts } = ingested.facts;
  state.record = withRlmFacts(state.record, { context: ingested.context, input: facts });
  const notes = facts.replaced === 0 ? [] : [`${facts.replaced} places of the input were no UTF-8`];
  state.record = withNotes(state.record, [...notes, ...(ingested.notes ?? [])]);
  state.events.add('setup.end', {
    text: `input: ${facts.type}, ${facts.bytes} bytes, ${facts.lines} lines`,
  });
  return ingested;
}

async function answerByCode(
  state: State,
  {
    agents,
    ingested,
    startedAt,
  }: { readonly agents: SubtaskAgents; readonly ingested: Ingested; readonly startedAt: string },
): Promise<void> {
  const { input } = state;
  const attempt = attemptNumber(state);
  const { result, stopped } = await agents.run({
    id: ANSWER_STORY,
    title: input.query.slice(0, 200),
    place: String(attempt),
    attempt,
    profile: { ...rlmProfile(input.maxIterations), ...ingested.frozen },
    prompt: ingested.prompt,
    workspace: input.tools?.workspace ?? null,
    basis: ingested.prompt.digest,
    rlm: taskOf(input, ingested),
  });
  // an agent that was cancelled has a result, and what it spent is noted
  if (CancellationScope.current().consideredCancelled) {
    state.record = withRlmFacts(state.record, { journal: result.rlm?.journal ?? null });
    throw new CancelledFailure('cancelled');
  }
  const end = result.rlm ?? directEnd('exhausted', result.reason, null);
  settle(state, {
    end:
      stopped === 'timed-out' ? { ...end, reason: 'the time limit is reached', isCut: true } : end,
    spending: result.spending,
    startedAt,
    conversation: result.conversation,
    summary: result.summary,
  });
}

function taskOf(input: RlmInput, { context }: Ingested): RlmTask {
  const { maxDepth, maxIterations, subModel, subWindow, schema, parallel, earlier, tools } = input;
  return {
    context,
    depth: 0,
    maxDepth,
    maxIterations,
    subModel,
    subWindow,
    engineWindow: earlier?.window ?? subWindow,
    ...(input.answerTokens === undefined ? {} : { answerTokens: input.answerTokens }),
    schema,
    parallel,
    journal: earlier?.journal ?? null,
    ...(tools === undefined ? {} : { tools: tools.names }),
    ...replPlace(input),
  };
}

function settle(
  state: State,
  ended: {
    readonly end: RlmEnd;
    readonly spending: AgentSpending;
    readonly startedAt: string;
    readonly conversation: AgentResult['conversation'];
    /** What was seen last, where there is no answer. */
    readonly summary?: string;
  },
): void {
  const { end, spending, startedAt, conversation, summary = '' } = ended;
  const isAnswered = end.status === 'answered';
  const attempt: AttemptRecord = {
    ...attemptRecord({
      number: attemptNumber(state),
      outcome: isAnswered ? 'unverified' : 'limit',
      reason: end.reason,
      summary: (end.answer?.preview ?? summary).slice(0, 1000),
      spending,
      startedAt,
    }),
    ...(conversation === null ? {} : { conversation }),
  };
  state.noteSpending(ANSWER_STORY, null);
  state.record = withRlmFacts(
    withAnswerAttempt(state.record, attempt, isAnswered ? 'unverified' : 'failed'),
    { end },
  );
}
