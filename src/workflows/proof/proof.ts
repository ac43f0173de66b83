import {
  ApplicationFailure,
  CancellationScope,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  proofInputSchema,
  runStatusQuery,
  SEARCH_ATTRIBUTES,
  stopSignal,
  type ProofInput,
} from '../../contracts/index.js';
import {
  boundedRecord,
  existingChecks,
  isRed,
  markdownCode,
  markdownText,
  proofLimitMs,
  type Baseline,
  type Proof,
  type RunRecord,
} from '../../domain/index.js';
import { reasonLine, showDetails, waitLine } from '../lib/current-details.js';
import { EventBuffer } from '../lib/event-buffer.js';
import { answerQuery, takeSignal, parsedInput } from '../lib/handlers.js';
import { enduring, Patience, type Waiting } from '../lib/patience.js';
import { interruptionOf, runFailed } from '../lib/run-end.js';
import { workflowTime } from '../lib/scope.js';
import { Steps, type StepResult } from '../lib/step.js';
import { tellEvidence } from './proof-events.js';
import { openProofRecord, PROOF_STORY, withProof } from './proof-record.js';

/**
 * The proof of one given tree against another, without an agent: lanes, the checks on the base, then the head as a story is proven.
 * Returns the record of a proof that passed; throws `RunFailed` with the record of one that did not, and what ended it else, after
 * saving the record.
 */
export async function proofWorkflow(raw: ProofInput): Promise<RunRecord> {
  const input = parsedInput(proofInputSchema, raw);
  const { workflowId } = workflowInfo();
  const run = new ProofRun(
    input,
    openProofRecord(input, { workflowId, startedAt: workflowTime() }),
  );
  let isStopWanted = false;
  answerQuery(runStatusQuery, () => boundedRecord(run.record));
  takeSignal(stopSignal, () => {
    isStopWanted = true;
  });
  try {
    await prove(run);
  } catch (error) {
    await CancellationScope.nonCancellable(() => fail(run, error, isStopWanted));
    throw error;
  }
  const ended = boundedRecord(run.record);
  if (ended.status === 'passed') return ended;
  throw runFailed(ended);
}

/** The record of a proof, its events, and how both reach the disk. */
class ProofRun {
  readonly input: ProofInput;
  readonly events = new EventBuffer({});
  readonly steps: Steps;
  private newest: RunRecord;

  constructor(input: ProofInput, record: RunRecord) {
    this.input = input;
    this.newest = record;
    this.steps = new Steps({
      runId: input.runId,
      events: this.events,
      endure: (call) =>
        enduring(
          new Patience({
            limitMs: input.waitLimitMs,
            report: (waiting) => this.reportWaiting(waiting),
          }),
          call,
        ),
    });
    showProof(record);
  }

  get record(): RunRecord {
    return this.newest;
  }

  /** Every change shows in Temporal's web interface at once. */
  set record(record: RunRecord) {
    this.newest = record;
    showProof(record);
  }

  save(): Promise<void> {
    return this.steps.run('saveRun', {
      summary: `record: ${this.record.status}`,
      args: () => ({ record: this.record }),
    });
  }

  private reportWaiting(waiting: Waiting | null): void {
    if (waiting === null) {
      this.record = { ...this.record, status: 'running', standstill: null };
      this.events.add('run.resume', { text: 'works again' });
      return;
    }
    const { reason, until, isPaused = false } = waiting;
    const kind = isPaused ? 'paused' : 'waiting';
    this.record = {
      ...this.record,
      status: kind,
      standstill: { kind, reason, since: workflowTime(), until },
    };
    this.events.add('run.wait', { text: reason, data: { until } });
  }
}

async function prove(run: ProofRun): Promise<void> {
  const { input, events } = run;
  events.add('run.start', { text: `${input.project}: ${run.record.feature}` });
  const prepared = await prepare(run);
  const baseline = await checkBase(run, prepared);
  const startedAt = workflowTime();
  const proof = await proveHead(run, { prepared, baseline });
  run.record = withProof(run.record, { proof, startedAt, endedAt: workflowTime() });
  tellEvidence(events, proof);
  await close(run);
}

type Prepared = StepResult<'prepareRun'>;

async function prepare(run: ProofRun): Promise<Prepared> {
  const { repository, workdir, base, head, setup } = run.input;
  const prepared = await run.steps.run('prepareRun', {
    summary: `clone and lanes at ${base.commit.slice(0, 10)}`,
    args: {
      repository,
      workdir,
      setup,
      prdPath: run.record.prdPath,
      baseCommit: base.commit,
      commits: [base.commit, head.commit],
      lanes: 1,
    },
  });
  const notes = [...new Set([...run.record.notes, ...(prepared.notes ?? [])])];
  run.record = { ...run.record, sandbox: prepared.sandbox, notes };
  await run.save();
  return prepared;
}

async function checkBase(run: ProofRun, { proofLane }: Prepared): Promise<Baseline> {
  const { input, events } = run;
  const { checks, setup, base, canaries } = input;
  const { steps: commands } = setup;
  if (commands.length > 0)
    events.add('setup.start', {
      text: `preparing dependencies: ${commands.map(({ command }) => command).join('; ')}`,
    });
  events.add('baseline.start', { text: `checking the base ${base.commit.slice(0, 10)}` });
  await run.save();
  const baseline = await run.steps.run('checkBaseline', {
    summary: 'checks of the base',
    extraMs: proofLimitMs({ checks, verificationSteps: [], setup }),
    args: { proofLane, checks, setup, canaries, base: base.commit, head: shownHead(input) },
  });
  run.record = { ...run.record, baseline };
  const red = baseline.evidence.filter(isRed);
  events.add('baseline.end', {
    text: `base: ${red.length} of ${baseline.evidence.length} checks are red`,
  });
  for (const name of baseline.cannotFail ?? [])
    events.add('baseline.end', {
      text: `this check cannot fail: ${name} stays green whatever is wrong with the files`,
    });
  for (const text of baseline.flaky ?? []) events.add('baseline.end', { text });
  await run.save();
  if (red.length > 0 && !input.allowRedBaseline) {
    const names = red.map(({ check, command, isTimedOut, exitCode }) => {
      const end = isTimedOut ? 'stopped at its time limit' : `exit code ${exitCode ?? 'none'}`;
      return `${check} (${command}; ${end})`;
    });
    throw ApplicationFailure.nonRetryable(
      `red on the base already: ${names.join(', ')}; choose a base where it passes, or add --allow-red-baseline`,
      'ERR_BASELINE_RED',
    );
  }
  return baseline;
}

async function proveHead(
  run: ProofRun,
  { prepared, baseline }: { readonly prepared: Prepared; readonly baseline: Baseline },
): Promise<Proof> {
  const { input, events } = run;
  const { checks, setup, base, head, canaries, allowCheckChanges } = input;
  const { lane, proofLane } = prepared;
  events.add('story.start', {
    story: PROOF_STORY,
    text: `proving ${head.name} (${head.commit.slice(0, 10)})`,
  });
  await run.save();
  return run.steps.run('proveStory', {
    summary: `proof of ${head.commit.slice(0, 10)} on ${base.commit.slice(0, 10)}`,
    extraMs: proofLimitMs({ checks, verificationSteps: [], setup }),
    args: {
      lane,
      proofLane,
      checks,
      setup,
      canaries,
      allowCheckChanges,
      base: base.commit,
      approved: base.commit,
      tree: head.tree,
      statePaths: [],
      baseline: input.allowRedBaseline ? baseline : null,
      existing: existingChecks(run.record),
      head: shownHead(input),
    },
  });
}

/** What git shows in the proof lane. */
function shownHead({ head, author }: ProofInput) {
  return { branch: 'proof', author, subject: `proof of ${head.name}` };
}

async function close(run: ProofRun): Promise<void> {
  const { record, events, input } = run;
  events.add('run.end', { text: record.reason, data: { status: record.status } });
  await run.save();
  if (input.hasSearchAttributes)
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.outcome, value: record.status }]);
}

const VERDICTS: Readonly<Record<string, RunRecord['proofVerdict']>> = {
  ERR_BASELINE_RED: 'base-red',
  ERR_SETUP_FAILED: 'setup-failed',
  ERR_EGRESS_REFUSED: 'setup-failed',
};

async function fail(run: ProofRun, error: unknown, isStopWanted: boolean): Promise<void> {
  const { code, isCancelled, reason, failure } = interruptionOf(error, isStopWanted);
  const verdict = VERDICTS[code];
  run.record = {
    ...run.record,
    status: isCancelled ? 'cancelled' : verdict === 'setup-failed' ? 'setup_failed' : 'failed',
    reason,
    endedAt: workflowTime(),
    standstill: null,
    failure,
    ...(verdict === undefined ? {} : { proofVerdict: verdict }),
    stories: run.record.stories.map((entry) => ({ ...entry, status: 'pending', reason })),
  };
  await close(run);
}

function showProof(record: RunRecord): void {
  const { baseline, reason, standstill, checks } = record;
  const [story] = record.stories;
  showDetails(`${record.status}: ${markdownText(record.feature)}`, [
    {
      lines: [
        reason === '' ? undefined : `**why** ${reasonLine(reason)}`,
        waitLine(standstill),
        markdownText(story?.story.title ?? ''),
        `**checks** ${checks.length}${baseline === undefined ? '' : ', base checked'}`,
        `**run** ${markdownCode(record.runId)}`,
      ],
    },
  ]);
}
