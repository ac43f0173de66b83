import {
  ApplicationFailure,
  CancelledFailure,
  CancellationScope,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import {
  DEFAULTS,
  runStatusQuery,
  swarmInputSchema,
  type SwarmInput,
} from '../../contracts/index.js';
import {
  boundedRecord,
  estimateWords,
  estimateWork,
  isRed,
  isSatisfied,
  needsYes,
  proofLimitMs,
  type RunRecord,
  type ScriptTask,
} from '../../domain/index.js';
import { failureFacts } from '../lib/failure.js';
import { answerQuery, parsedInput } from '../lib/handlers.js';
import { closeInterrupted, closeRun, interruptionOf, runFailed } from '../lib/run-end.js';
import { workflowTime } from '../lib/scope.js';
import { Coordinator } from './coordinator.js';
import { joinResults } from './joined-answer.js';
import { planSubtasks } from './planning.js';
import { publish, publishAtEnd } from './publication.js';
import { closeDryRun, closeScript, closeSwarm, openSwarmRecord } from './swarm-record.js';
import { SwarmState } from './swarm-state.js';
import { takeSwarmRequests } from './swarm-steering.js';
import { Verification } from './verification.js';
import { ScriptQuestions } from '../script/script-questions.js';
import { ScriptRun } from '../script/script-run.js';

/**
 * A task, carried out by many agents: cut, worked off as dependencies allow, merged, checked, joined. Returns the final record of a swarm
 * whose subtasks all ended well; throws `RunFailed` with the record of one that did not, and what ended it else, after saving the
 * record.
 */
export async function swarmWorkflow(raw: SwarmInput): Promise<RunRecord> {
  const input = parsedInput(swarmInputSchema, raw);
  const { workflowId } = workflowInfo();
  const state = new SwarmState(
    input,
    openSwarmRecord(input, { workflowId, startedAt: workflowTime() }),
  );
  const swarm = new Coordinator(state);
  answerQuery(runStatusQuery, () => boundedRecord(state.record));
  const questions = new ScriptQuestions(state);
  takeSwarmRequests(state, swarm, questions);
  let ended: RunRecord;
  try {
    await conduct(state, swarm, questions);
    const end = input.isDryRun
      ? closeDryRun
      : input.script === undefined
        ? closeSwarm
        : closeScript;
    ended = boundedRecord(await closeRun(state, end(state.record, workflowTime())));
  } catch (error) {
    const end = whatEnded(input, error);
    await CancellationScope.nonCancellable(() => fail(state, end));
    throw end;
  }
  if (ended.status === 'passed') return ended;
  throw runFailed(ended);
}

/** What fails because the swarm is cancelled is a cancellation, whatever it says of itself. */
function whatEnded({ edition }: SwarmInput, error: unknown): unknown {
  const { consideredCancelled } = CancellationScope.current();
  return edition >= 2 && consideredCancelled && !isCancellation(error)
    ? new CancelledFailure(failureFacts(error).message)
    : error;
}

async function conduct(
  state: SwarmState,
  swarm: Coordinator,
  questions: ScriptQuestions,
): Promise<void> {
  const { input, events } = state;
  events.add('run.start', { text: `${input.project}: ${input.task.slice(0, 200)}` });
  // First of all: the record on disk may be that of a run which ended and now goes on.
  await state.save();
  if (input.hasFiles) await prepareBase(state, swarm);
  if (input.script === undefined) await planSubtasks(state, swarm);
  if (input.isDryRun) return;
  askForYes(state, swarm);
  if (input.script === undefined) {
    if (input.hasFiles) await prepareLanes(state, swarm);
    await swarm.workOff();
  } else await workScript(state, { swarm, questions, task: input.script });
  await publish(state);
  // what a script returns is its answer
  if (input.script === undefined) await joinOrSay(state, swarm);
  await new Verification(state, swarm).run();
}

/** Results that nobody can join are results all the same: the files are there, and checked. */
async function joinOrSay(state: SwarmState, swarm: Coordinator): Promise<void> {
  try {
    await joinResults(state, swarm);
  } catch (error) {
    // Where there are no files the answer, or the table, is the whole result: without it the swarm has failed.
    if (isCancellation(error) || !state.input.hasFiles) throw error;
    const note = `there is no joined answer: ${failureFacts(error).message}`;
    state.record = { ...state.record, notes: [...state.record.notes, note] };
    state.events.add('run.note', { text: note });
  }
}

/** A plan of the model that has many agents, or may cost much, waits for a person who agreed to nothing before it was made. */
function askForYes(state: SwarmState, swarm: Coordinator): void {
  const { isConfirmed, planned, runId } = state.input;
  if (isConfirmed || planned !== 'model') return;
  const words = wordsOfPlan(state);
  if (words === undefined) return;
  const reason = `${words}; codetether runs resume ${runId} starts them`;
  state.events.add('run.pause', { text: reason });
  swarm.agents.setPaused(reason, workflowTime());
  state.save().catch(() => undefined);
}

/** What a person is asked about the plan; undefined where nobody has to be asked. */
function wordsOfPlan({ input, record }: SwarmState): string | undefined {
  const { confirm, verify, options } = input;
  const subtasks = record.stories.length;
  if (confirm === undefined)
    return subtasks <= DEFAULTS.confirmAboveAgents ? undefined : `the plan has ${subtasks} agents`;
  const { maxTurns } = options;
  const estimate = estimateWork({ subtasks, verify, maxTurns, isTable: false }, confirm.price);
  return needsYes(estimate, confirm.limits) ? `the plan: ${estimateWords(estimate)}` : undefined;
}

/** Clone, one lane, and the checks on the untouched base: everything that can fail before anything is paid. */
async function prepareBase(state: SwarmState, swarm: Coordinator): Promise<void> {
  await openLanes(state, swarm, 1);
  await state.save();
  const { checks, setup, baseCommit, branch, author, options } = state.input;
  const { first } = swarm.lanes;
  if (checks.length === 0 && setup.steps.length === 0) return;
  state.events.add('baseline.start', {
    text: `checking the untouched base ${baseCommit.slice(0, 10)}`,
  });
  const baseline = await state.steps.run('checkBaseline', {
    who: 'preparation',
    summary: 'checks of the untouched base',
    extraMs: proofLimitMs({ checks, verificationSteps: [], setup }),
    args: {
      proofLane: first.proofLane,
      base: baseCommit,
      checks,
      setup,
      head: { branch, author, subject: 'swarm' },
      canaries: 'off',
    },
  });
  state.record = { ...state.record, baseline };
  const red = baseline.evidence.filter(isRed).map(({ check, command }) => `${check} (${command})`);
  state.events.add('baseline.end', {
    text: `base: ${red.length} of ${baseline.evidence.length} checks are red`,
  });
  await state.save();
  if (red.length === 0 || options.allowRedBaseline) return;
  throw ApplicationFailure.nonRetryable(
    `red before any change: ${red.join(', ')}; repair it, or run with --allow-red-baseline or --no-checks`,
    'ERR_BASELINE_RED',
  );
}

/** The program asks, its agents work, until it has ended and none of them works any more. */
async function workScript(
  state: SwarmState,
  parts: {
    readonly swarm: Coordinator;
    readonly questions: ScriptQuestions;
    readonly task: ScriptTask;
  },
): Promise<void> {
  const { swarm } = parts;
  const script = new ScriptRun(state, {
    ...parts,
    openLanes: () =>
      state.input.hasFiles
        ? openLanes(state, swarm, state.input.options.parallel)
        : Promise.resolve(),
  });
  swarm.script = script;
  const running = script.run();
  await swarm.workOff();
  await running;
}

function prepareLanes(state: SwarmState, swarm: Coordinator): Promise<void> {
  // what is not done may be opened again while others work
  const open = state.record.stories.filter(({ status }) => !isSatisfied(status)).length;
  const wanted = Math.max(1, Math.min(state.input.options.parallel, open));
  return wanted === 1 ? Promise.resolve() : openLanes(state, swarm, wanted);
}

async function openLanes(state: SwarmState, swarm: Coordinator, lanes: number): Promise<void> {
  const { repository, workdir, baseCommit, setup } = state.input;
  const prepared = await state.steps.run('prepareRun', {
    who: 'preparation',
    summary: `clone and ${lanes === 1 ? 'a lane' : `${lanes} lanes`} at ${baseCommit.slice(0, 10)}`,
    args: { repository, workdir, prdPath: '', baseCommit, lanes, setup },
  });
  const notes = [...new Set([...state.record.notes, ...(prepared.notes ?? [])])];
  state.record = { ...state.record, sandbox: prepared.sandbox, notes };
  swarm.openLanes(prepared.lanes);
}

async function fail(state: SwarmState, error: unknown): Promise<void> {
  const interruption = interruptionOf(error, state.isStopWanted);
  if (state.input.edition >= 2) await publishAtEnd(state);
  await closeInterrupted(state, interruption);
}
