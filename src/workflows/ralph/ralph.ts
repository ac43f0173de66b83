import { ApplicationFailure, CancellationScope, patched, workflowInfo } from '@temporalio/workflow';
import { ralphInputSchema, runStatusQuery, type RalphInput } from '../../contracts/index.js';
import {
  boundedRecord,
  describeTraffic,
  isAbsent,
  isRed,
  proofLimitMs,
  type Evidence,
  type RunRecord,
  type SetupReport,
} from '../../domain/index.js';
import { answerQuery, parsedInput } from '../lib/handlers.js';
import { closeRun, interruptionOf, runFailed } from '../lib/run-end.js';
import { workflowTime } from '../lib/scope.js';
import { askChanges } from './answers.js';
import { closeRecord, openRecord } from './ledger.js';
import { RunState } from './run-state.js';
import { Scheduler } from './scheduler.js';
import { takeRequests } from './steering.js';

/**
 * A PRD, story by story: each attempt is a child workflow with a fresh agent, each passed story one commit on the run's
 * ref. Returns the final run record of a run that passed; throws `RunFailed` with the record of one that did not, and what
 * ended it else (infrastructure, bad input, cancellation), after saving the record.
 */
export async function ralphWorkflow(raw: RalphInput): Promise<RunRecord> {
  // A command of an earlier version may have left out fields that were added since.
  const input = parsedInput(ralphInputSchema, raw);
  const { workflowId } = workflowInfo();
  const facts = { workflowId, startedAt: workflowTime(), sandbox: '' };
  const state = new RunState(input, openRecord(input, facts));
  const scheduler = new Scheduler(state);
  answerQuery(runStatusQuery, () => boundedRecord(state.record));
  takeRequests(state, scheduler);
  let ended: RunRecord;
  try {
    await prepare(state, scheduler);
    await scheduler.workOff();
    ended = boundedRecord(await closeRun(state, closeRecord(state.record, workflowTime())));
  } catch (error) {
    await CancellationScope.nonCancellable(() => fail(state, error));
    throw error;
  }
  // Histories of before 'failed-close' show every run as completed, whatever became of it.
  if (ended.status === 'passed' || !patched('failed-close')) return ended;
  throw runFailed(ended);
}

/** Lanes, and the checks on the untouched base: everything that can fail before anything is paid. */
async function prepare(state: RunState, scheduler: Scheduler): Promise<void> {
  const { input, events } = state;
  events.add('run.start', { text: `${input.project}: ${input.feature}` });
  const { repository, workdir, prdPath, baseCommit, setup } = input;
  const lanes = input.options.parallel;
  const prepared = await state.steps.run('prepareRun', {
    who: 'preparation',
    summary: `clone and ${lanes === 1 ? 'lane' : `${lanes} lanes`} at ${baseCommit.slice(0, 10)}`,
    args: { repository, workdir, prdPath, baseCommit, lanes, setup },
  });
  // Absent where an earlier version prepared the run.
  const notes = [...new Set([...state.record.notes, ...(prepared.notes ?? [])])];
  state.record = { ...state.record, sandbox: prepared.sandbox, notes };
  scheduler.open(prepared);
  for (const request of input.changes ?? []) await askChanges(state, scheduler, request);
  await state.save();
  if (input.checks.length > 0 || input.setup.steps.length > 0) await checkBase(state, scheduler);
}

async function checkBase(state: RunState, scheduler: Scheduler): Promise<void> {
  const { input, events } = state;
  const { first } = scheduler.lanes;
  if (first === undefined) return;
  const { steps } = input.setup;
  if (steps.length > 0) {
    const commands = steps.map((step) => step.command).join('; ');
    events.add('setup.start', { text: `preparing dependencies: ${commands}` });
  }
  events.add('baseline.start', {
    text: `checking the untouched base ${input.baseCommit.slice(0, 10)}`,
  });
  await state.save();
  const { checks, setup } = input;
  const baseline = await state.steps.run('checkBaseline', {
    who: 'preparation',
    summary: 'checks of the untouched base',
    extraMs: proofLimitMs({ checks, verificationSteps: [], setup }),
    args: {
      proofLane: first.proofLane,
      base: input.baseCommit,
      checks,
      setup,
      head: { branch: input.branch, author: input.author, subject: input.feature },
      canaries: input.options.canaries,
    },
  });
  state.record = { ...state.record, baseline };
  const red = baseline.evidence.filter(isRed);
  const absent = baseline.evidence.filter(isAbsent);
  if (baseline.setup !== null) events.add('setup.end', { text: describeSetup(baseline.setup) });
  events.add('baseline.end', {
    text: describeBaseline({
      red: red.length,
      absent: absent.length,
      checks: baseline.evidence.length,
    }),
  });
  for (const name of baseline.cannotFail ?? [])
    events.add('baseline.end', {
      text: `this check cannot fail: ${name} stays green whatever is wrong with the files`,
    });
  for (const text of baseline.flaky ?? []) events.add('baseline.end', { text });
  await state.save();
  if (red.length > 0 && !input.options.allowRedBaseline) {
    const names = red.map(describeRed).join(', ');
    throw ApplicationFailure.nonRetryable(
      `red before any change: ${names}; repair it, or run with --allow-red-baseline`,
      'ERR_BASELINE_RED',
    );
  }
}

function describeRed({ check, command, exitCode, isTimedOut }: Evidence): string {
  const end = isTimedOut ? 'did not end within its time limit' : `exit code ${exitCode ?? 'none'}`;
  return `${check} (${command}; ${end})`;
}

function describeBaseline(counts: {
  readonly red: number;
  readonly absent: number;
  readonly checks: number;
}): string {
  const { red, absent, checks } = counts;
  if (checks === 0) return 'base: no checks';
  const missing = absent === 0 ? '' : `${absent} of ${checks} checks do not exist yet`;
  if (absent === checks) return `base: ${missing}`;
  const rest = checks - absent;
  const state = red === 0 ? `all ${rest} checks pass` : `${red} of ${checks} checks are red`;
  return `base: ${state}${missing === '' ? '' : `, ${missing}`}`;
}

function describeSetup(report: SetupReport): string {
  const { commands, isReused, durationMs, bytes } = report;
  const size = `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
  const time = isReused ? 'as before' : `${(durationMs / 1000).toFixed(1)} s`;
  const traffic = describeTraffic(report);
  return `dependencies: ${commands.join('; ')} (${time}, ${size})${traffic === '' ? '' : `; network: ${traffic}`}`;
}

const SETUP_FAILURES = new Set(['ERR_SETUP_FAILED', 'ERR_EGRESS_REFUSED']);

async function fail(state: RunState, error: unknown): Promise<void> {
  const end = interruptionOf(error, state.isStopWanted);
  const { code, message, isCancelled, reason, failure } = end;
  const stories = state.record.stories.map((entry) =>
    entry.status === 'running'
      ? { ...entry, status: 'pending' as const, reason: isCancelled ? 'cancelled' : message }
      : entry,
  );
  await closeRun(state, {
    ...state.record,
    stories,
    status: isCancelled ? 'cancelled' : SETUP_FAILURES.has(code) ? 'setup_failed' : 'failed',
    reason,
    endedAt: workflowTime(),
    failure,
  });
}
