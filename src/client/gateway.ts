import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import {
  OPEN_WORKFLOWS,
  runStatusQuery,
  SESSION_UPDATES,
  stopSignal,
  WORKFLOW_TYPES,
  type ProofInput,
  type RalphInput,
  type RewindRequest,
  type RlmInput,
  type SayRequest,
  type SessionInput,
  type SwarmInput,
  type TakenPrompt,
} from '../contracts/index.js';
import {
  InfrastructureError,
  InvalidInputError,
  isEnded,
  type RunPlan,
  type RunRecord,
} from '../domain/index.js';
import type { EventPort, RunRecordPort } from './ports.js';
import { planOfRalph, ralphStart } from './start-ralph.js';
import { planOfProof, proofStart } from './start-proof.js';
import { planOfRlm, rlmStart } from './start-rlm.js';
import { askSession, planOfSession } from './start-session.js';
import { planOfSwarm, swarmStart } from './start-swarm.js';
import { isOpen, liftHolds, operatorHolds } from './operator.js';
import { createSteering, type Steering } from './steering.js';

/** Dependencies of {@link createGateway}. */
export interface GatewayOptions {
  readonly temporal: Client;
  readonly records: RunRecordPort;
  readonly events: EventPort;
  /** Queue on which coordinators run. */
  readonly taskQueue: string;
  /** Stores what a run was agreed to be, before its workflow starts. */
  readonly savePlan: (plan: RunPlan) => Promise<void>;
  /** Most root runs that may be open at once. */
  readonly maxOpenRuns: number;
}

/** What happened to a workflow, seen from outside. */
export type WorkflowCondition = 'open' | 'closed' | 'unknown';

/** Starts, follows, steers and cancels runs. What command line, API and TUI talk to. */
export interface Gateway extends Steering {
  /**
   * Starts a Ralph run. Throws `ERR_RUN_ALREADY_OPEN` (exit 2) when a run works on the same branch of the same repository,
   * `ERR_TOO_MANY_RUNS` (exit 3) at the admission cap.
   */
  startRalph(workflowId: string, input: RalphInput): Promise<void>;
  /** Starts a proof of two given trees. Throws `ERR_TOO_MANY_RUNS` (exit 3) at the admission cap. */
  startProof(workflowId: string, input: ProofInput): Promise<void>;
  /**
   * Starts a swarm, or lets an ended one go on under its id. Throws `ERR_RUN_ALREADY_OPEN` (exit 2), `ERR_TOO_MANY_RUNS` (exit 3) at
   * the admission cap.
   */
  startSwarm(workflowId: string, input: SwarmInput): Promise<void>;
  /** Asks a question over an input, or lets an ended one go on under its id. Throws as {@link startSwarm} does. */
  startRlm(workflowId: string, input: RlmInput): Promise<void>;
  /**
   * Says something in a session, and starts its workflow where it does not run. Resolves once the prompt is taken: it is worked off whatever
   * becomes of this process, and the same message again is the same prompt. Throws `ERR_SESSION_FULL` and others of a session that refuses,
   * `ERR_TOO_MANY_RUNS` (exit 3) at the admission cap.
   */
  say(input: SessionInput, request: SayRequest): Promise<TakenPrompt>;
  /** Lets a session go on behind an earlier prompt; says what it did. Throws `ERR_SESSION_BUSY`, `ERR_SESSION_TURN`, `ERR_SESSION_NO_FILES`. */
  rewindSession(input: SessionInput, request: RewindRequest): Promise<string>;
  /** The record of a run by id; from the running workflow when there is one, else from disk. Throws `ERR_RUN_NOT_FOUND`. */
  readRun(runId: string): Promise<RunRecord>;
  /** Newest first. */
  listRuns(limit: number): Promise<RunRecord[]>;
  /** Whether Temporal still works on the workflow; `unknown` while the server does not answer. */
  condition(workflowId: string): Promise<WorkflowCondition>;
  /** Asks a run to stop; it saves its record first. Throws `ERR_RUN_NOT_FOUND`, `ERR_RUN_ENDED`. */
  cancelRun(runId: string): Promise<void>;
  readonly events: EventPort;
  readonly records: RunRecordPort;
}

/** The gateway over one Temporal client. Holds no state of its own. */
export function createGateway(options: GatewayOptions): Gateway {
  const { temporal, records } = options;
  const readRecord = async (runId: string): Promise<RunRecord> => {
    const record = await records.read(runId);
    if (record === undefined) throw runNotFound(runId);
    return record;
  };
  return {
    ...createSteering(temporal, readRecord),
    events: options.events,
    records,
    listRuns: (limit) => records.list(limit),
    async startRalph(workflowId, input) {
      await admit(options);
      await options.savePlan(planOfRalph(input));
      const start = ralphStart(workflowId, options.taskQueue, input);
      await startOnce(
        temporal.workflow.start(WORKFLOW_TYPES.ralph, start),
        alreadyOpen(workflowId, input.branch),
      );
    },
    startProof: (workflowId, input) => startProof(options, workflowId, input),
    startSwarm: (workflowId, input) => startSwarm(options, workflowId, input),
    startRlm: (workflowId, input) => startRlm(options, workflowId, input),
    say: (input, request) => say(options, input, request),
    rewindSession: (input, request) =>
      askSession(options, { input, update: SESSION_UPDATES.rewind, request }),
    async readRun(runId) {
      const record = await readRecord(runId);
      if (isEnded(record.status)) return record;
      const live = await queryRecord(temporal.workflow.getHandle(record.workflowId), runId);
      return live === undefined ? record : withLive(record, live);
    },
    async condition(workflowId) {
      try {
        const description = await temporal.workflow.getHandle(workflowId).describe();
        return isOpen(description) ? 'open' : 'closed';
      } catch (error) {
        return error instanceof WorkflowNotFoundError ? 'closed' : 'unknown';
      }
    },
    async cancelRun(runId) {
      const record = await readRecord(runId);
      if (isEnded(record.status)) {
        throw new InvalidInputError('ERR_RUN_ENDED', {
          message: `run ${runId} has ended already: ${record.status}`,
          hint: `codetether runs show ${runId}`,
        });
      }
      const handle = temporal.workflow.getHandle(record.workflowId);
      // So that the record does not say that somebody else did it; a run of an earlier version takes no notice.
      await handle.signal(stopSignal).catch(() => undefined);
      await handle.cancel();
      // What an operator paused would hear of it only when it goes on.
      await liftHolds(temporal, await operatorHolds(temporal, record));
    },
  };
}

async function startProof(
  options: GatewayOptions,
  workflowId: string,
  input: ProofInput,
): Promise<void> {
  await admit(options);
  await options.savePlan(planOfProof(input));
  const { temporal, taskQueue } = options;
  await temporal.workflow.start(WORKFLOW_TYPES.proof, proofStart(workflowId, taskQueue, input));
}

async function startSwarm(
  options: GatewayOptions,
  workflowId: string,
  input: SwarmInput,
): Promise<void> {
  await admit(options);
  await options.savePlan(planOfSwarm(input));
  const { temporal, taskQueue } = options;
  await startOnce(
    temporal.workflow.start(WORKFLOW_TYPES.swarm, swarmStart(workflowId, taskQueue, input)),
    alreadyOpen(workflowId, input.branch),
  );
}

async function startRlm(
  options: GatewayOptions,
  workflowId: string,
  input: RlmInput,
): Promise<void> {
  await admit(options);
  await options.savePlan(planOfRlm(input));
  const { temporal, taskQueue } = options;
  await startOnce(
    temporal.workflow.start(WORKFLOW_TYPES.rlm, rlmStart(workflowId, taskQueue, input)),
    alreadyAsked(workflowId, input.runId),
  );
}

async function say(
  options: GatewayOptions,
  input: SessionInput,
  request: SayRequest,
): Promise<TakenPrompt> {
  await admit(options);
  if (input.opening !== null) await options.savePlan(planOfSession(input.opening));
  return askSession(options, { input, update: SESSION_UPDATES.say, request });
}

/** Waits for a start; throws `refusal` when an open run has the id. */
async function startOnce(start: Promise<unknown>, refusal: InvalidInputError): Promise<void> {
  try {
    await start;
  } catch (error) {
    throw error instanceof WorkflowExecutionAlreadyStartedError ? refusal : error;
  }
}

/** Workflows that count as runs. */
const ROOTS = [
  WORKFLOW_TYPES.ralph,
  WORKFLOW_TYPES.proof,
  WORKFLOW_TYPES.swarm,
  WORKFLOW_TYPES.rlm,
  WORKFLOW_TYPES.session,
];

async function admit(options: GatewayOptions): Promise<void> {
  const { count } = await options.temporal.workflow.count(
    `${OPEN_WORKFLOWS} AND WorkflowType IN (${ROOTS.map((type) => `'${type}'`).join(', ')})`,
  );
  if (count < options.maxOpenRuns) return;
  throw new InfrastructureError('ERR_TOO_MANY_RUNS', {
    message: `${count} runs are open already; this service takes ${options.maxOpenRuns}`,
    hint: 'wait until one has ended, or cancel one: codetether runs list',
  });
}

/** Undefined when the workflow does not answer, or answers about a later run on the same branch. */
async function queryRecord(handle: WorkflowHandle, runId: string): Promise<RunRecord | undefined> {
  try {
    const record = await handle.query(runStatusQuery);
    return record.runId === runId ? record : undefined;
  } catch {
    return undefined;
  }
}

/** The record on disk, which has everything and what was paid, with how the run stands at this moment. */
function withLive(record: RunRecord, live: RunRecord): RunRecord {
  const stories = new Map(live.stories.map((entry) => [entry.story.id, entry]));
  const known = new Set(record.stories.map((entry) => entry.story.id));
  return {
    ...(live.isCut === true ? record : { ...live, stories: record.stories }),
    status: live.status,
    reason: live.reason,
    standstill: live.standstill,
    endedAt: live.endedAt,
    stories: [
      ...record.stories.map((entry) => {
        const now = stories.get(entry.story.id);
        if (now === undefined) return entry;
        if (live.isCut === true || now.attempts.length === entry.attempts.length)
          return { ...entry, status: now.status, reason: now.reason };
        return now;
      }),
      ...live.stories.filter((entry) => live.isCut !== true && !known.has(entry.story.id)),
    ],
  };
}

function alreadyAsked(workflowId: string, runId: string): InvalidInputError {
  return new InvalidInputError('ERR_RUN_ALREADY_OPEN', {
    message: `question ${runId} is being answered already`,
    where: { field: 'run' },
    hint: `codetether attach ${workflowId} to watch it, or codetether rlm cancel ${runId} first`,
    data: { workflowId },
  });
}

function alreadyOpen(workflowId: string, branch: string): InvalidInputError {
  return new InvalidInputError('ERR_RUN_ALREADY_OPEN', {
    message: `a run already works on branch ${branch} of this repository`,
    where: { field: 'branch' },
    hint: `codetether attach ${workflowId} to watch it, or choose another --branch`,
    data: { workflowId },
  });
}

function runNotFound(runId: string): InvalidInputError {
  return new InvalidInputError('ERR_RUN_NOT_FOUND', {
    message: `there is no run ${runId}`,
    hint: 'codetether runs list shows the known ones',
  });
}
