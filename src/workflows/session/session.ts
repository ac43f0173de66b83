import {
  allHandlersFinished,
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  answerRequestSchema,
  PROMPTS_PER_EXECUTION,
  RUN_UPDATES,
  runStatusQuery,
  SEARCH_ATTRIBUTES,
  sessionInputSchema,
  type SessionInput,
} from '../../contracts/index.js';
import { boundedRecord, type RunRecord } from '../../domain/index.js';
import { answerQuery, parsedInput } from '../lib/handlers.js';
import { interruptionOf } from '../lib/run-end.js';
import { RunState } from '../lib/run-state.js';
import { refuse, RunSteering, takeWordsOfChildren } from '../lib/run-steering.js';
import { workflowTime } from '../lib/scope.js';
import { standaloneSteps } from '../lib/step.js';
import { SubtaskAgents } from '../swarm/subtask-agents.js';
import { PromptWork } from './prompt-work.js';
import { SessionDesk } from './session-desk.js';
import { showSession } from './session-details.js';
import { idle, reopened, withoutOpen, wordOn } from './session-record.js';
import type { SessionState } from './session-state.js';

/** No prompt has a time limit: a person looks on, and turns are limited. */
const UNLIMITED = { watch: (): void => undefined };
const LONGEST_MS = 365 * 24 * 3_600_000;

/**
 * A conversation of a person with an agent, as long as somebody says something: takes prompts and works them off one after the other, each
 * with an agent that goes on where the one before ended. It ends when there is nothing left to do, and is started again with the next
 * prompt, so that a session that waits costs nothing. Everything that it knows is in its record. Returns the record; throws what cancelled it.
 */
export async function sessionWorkflow(raw: SessionInput): Promise<RunRecord> {
  const input = parsedInput(sessionInputSchema, raw);
  const desk = new SessionDesk();
  const state = await open(input, desk);
  const agents = new SubtaskAgents(state, () => 1, UNLIMITED);
  answerQuery(runStatusQuery, () => boundedRecord(state.record));
  const steering = new RunSteering(state, {
    desk: agents.desk,
    setPaused: (reason, at) => agents.setPaused(reason, at),
    tryNow: () => agents.tryNow(),
  });
  steering.takePauses();
  takeWordsOfPeople(state, agents, steering);
  takeWordsOfChildren(state, agents);
  desk.open(state);
  try {
    await workOff(input, { desk, state, work: new PromptWork(state, agents) });
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    await CancellationScope.nonCancellable(() => closeInterrupted(input, state, error));
    throw error;
  }
  return boundedRecord(state.record);
}

/** What the agent of a prompt is told, unasked or as an answer: both are the next word that it reads. */
function takeWordsOfPeople(
  state: SessionState,
  agents: SubtaskAgents,
  steering: Pick<RunSteering<SessionState['input']>, 'take'>,
): void {
  for (const update of [RUN_UPDATES.message, RUN_UPDATES.answer])
    steering.take({
      update,
      schema: answerRequestSchema,
      check: ({ story, call }) => {
        const { status } =
          state.entry(story) ?? refuse('ERR_STORY_UNKNOWN', `the session has no prompt ${story}`);
        if (status !== 'running')
          refuse('ERR_STORY_NOT_RUNNING', `${story} is ${status}: nobody would read it`);
        agents.asking.refuseOther(story, call);
      },
      run: async ({ story, text, call }) => wordOn(story, await agents.message(story, text, call)),
    });
}

/** Reads the record first of all: what others said meanwhile is in it. */
async function open(input: SessionInput, desk: SessionDesk): Promise<SessionState> {
  const { runId, opening, continued } = input;
  const { workflowId } = workflowInfo();
  try {
    const known = await standaloneSteps(runId).once('openSession', {
      summary: 'reads the record of the session',
      args: { opening },
    });
    const record = reopened(known, { workflowId, isContinued: continued !== undefined });
    const { options } = record;
    return new RunState(
      { runId, options, timeoutMs: LONGEST_MS, carried: record, continued },
      record,
      showSession,
    );
  } catch (error) {
    desk.fail(error);
    await condition(allHandlersFinished);
    throw error;
  }
}

interface OpenSession {
  readonly desk: SessionDesk;
  readonly state: SessionState;
  readonly work: PromptWork;
}

/** Works prompts off until there is none, and nobody is about to say something. */
async function workOff(input: SessionInput, { desk, state, work }: OpenSession): Promise<void> {
  for (let worked = 0; ;) {
    const next = await desk.take();
    if (next !== undefined) {
      if (isFullExecution(worked)) await goOnAfresh(input, state);
      await work.run(next);
      worked += 1;
      continue;
    }
    await condition(allHandlersFinished);
    if (!desk.isIdle) continue;
    await rest(input, state);
    // a prompt that came while the last words were written is taken by nobody else
    await condition(allHandlersFinished);
    if (desk.isIdle) return;
    state.record = { ...state.record, status: 'running', reason: '', endedAt: null };
  }
}

function isFullExecution(worked: number): boolean {
  return worked >= PROMPTS_PER_EXECUTION || workflowInfo().continueAsNewSuggested;
}

/** Only between two prompts: nothing is open then, and what waits is in the record. */
async function goOnAfresh(input: SessionInput, state: SessionState): Promise<never> {
  await condition(allHandlersFinished);
  await state.save();
  const { steps, events } = state;
  return continueAsNew<typeof sessionWorkflow>({
    ...input,
    opening: null,
    continued: { steps: steps.given, events: events.seq },
  });
}

/** Writes down that the session waits; its next prompt finds everything in the record. */
async function rest(input: SessionInput, state: SessionState): Promise<void> {
  state.record = idle(state.record, workflowTime());
  await writeEnd(input, state);
}

/** Cancelled, or ended by a fault around its prompts: what waited for its turn is left out, and can be said again. */
async function closeInterrupted(
  input: SessionInput,
  state: SessionState,
  error: unknown,
): Promise<void> {
  const { isCancelled, reason, failure } = interruptionOf(error, state.isStopWanted);
  state.record = {
    ...withoutOpen(state.record, reason),
    status: isCancelled ? 'cancelled' : 'failed',
    reason,
    endedAt: workflowTime(),
    standstill: null,
    failure,
  };
  await writeEnd(input, state);
  await condition(allHandlersFinished);
}

async function writeEnd({ hasSearchAttributes }: SessionInput, state: SessionState): Promise<void> {
  const { status, reason } = state.record;
  state.events.add('run.end', { text: reason, data: { status } });
  await state.save();
  if (hasSearchAttributes)
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.outcome, value: status }]);
}
