import {
  CancellationScope,
  defineSignal,
  isCancellation,
  ParentClosePolicy,
  patched,
  setHandler,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import {
  ACTIVITY_POLICIES,
  AGENT_SIGNALS,
  BUILD_TOOLS,
  DEFAULTS,
  storyInputSchema,
  WORKFLOW_TASK_TIMEOUT_MS,
  type StoryInput,
  type StoryResult,
} from '../../contracts/index.js';
import {
  formatModelReference,
  isPassing,
  proofLimitMs,
  setupLimitMs,
  ZERO_SPENDING,
  type AgentResult,
  type AttemptRecord,
  type BlobRef,
  type Evidence,
  type Proof,
} from '../../domain/index.js';
import { attemptOutcome, attemptReason } from './attempt-end.js';
import { agentWorkflow } from '../agent/agent.js';
import { recordActivities, workspaceActivities } from '../lib/activities.js';
import { EventBuffer } from '../lib/event-buffer.js';
import { enduring, Patience } from '../lib/patience.js';
import { tellOwner } from '../lib/owner.js';
import { workflowScope, workflowTime } from '../lib/scope.js';
import { headOf } from './shown-head.js';

/**
 * One attempt at one story: a clean lane, a fresh agent, and the engine's own proof about exactly the tree that may be
 * committed. What the agent claims never counts.
 */
export async function storyWorkflow(raw: StoryInput): Promise<StoryResult> {
  // Runs that an earlier version started lack the fields that were added since.
  const input = storyInputSchema.parse(raw);
  const events = new EventBuffer({ story: input.story.id, attempt: input.attempt });
  const startedAt = workflowTime();
  const relay = new AgentRelay(input.isPaused ?? false);
  const patience = storyPatience(input);
  relay.onTryNow = () => patience.tryNow();
  const attempt: Attempt = { input, events, startedAt, scope: workflowScope(), patience, relay };
  try {
    return await work(attempt);
  } catch (error) {
    // Histories of before 'cancel-outcome' ended as cancelled, and nobody knew what they had spent.
    if (!isCancellation(error) || !patched('cancel-outcome')) throw error;
    return finishCancelled(attempt);
  }
}

/** What the parts of one attempt share. */
interface Attempt {
  readonly input: StoryInput;
  readonly events: EventBuffer;
  readonly startedAt: string;
  readonly scope: string;
  readonly patience: Patience;
  readonly relay: AgentRelay;
  /** Set once the agent has ended. */
  agent?: AgentResult;
}

async function work(attempt: Attempt): Promise<StoryResult> {
  const { input, events, scope, patience, relay } = attempt;
  const facts = { runId: input.runId, lane: input.lane, base: input.base };
  events.add('attempt.start', { text: input.story.title });
  const begun = await events.deliver((pending) =>
    enduring(patience, () =>
      workspaceActivities.beginStory.executeWithOptions(
        {
          ...ACTIVITY_POLICIES.workspace,
          startToCloseTimeout:
            ACTIVITY_POLICIES.workspace.startToCloseTimeout + setupLimitMs(input.setup),
          summary: `${input.story.id} · lane of attempt ${input.attempt}`,
        },
        [{ ...facts, key: { scope, step: 1, index: 0 }, story: input, events: pending }],
      ),
    ),
  );
  const agent = await runAgent(input, begun.prompt, relay);
  attempt.agent = agent;
  if (agent.outcome === 'cancelled') return finishCancelled(attempt);
  if (agent.outcome === 'blocked' || agent.outcome === 'refused')
    return finish(attempt, { agent, proof: null });
  events.add('check.start', { text: `proving the result with ${input.checks.length} checks` });
  const { checks, setup } = input;
  const { verificationSteps } = input.story;
  const policy = ACTIVITY_POLICIES.checks;
  const proof = await events.deliver((pending) =>
    enduring(patience, () =>
      workspaceActivities.proveStory.executeWithOptions(
        {
          ...policy,
          startToCloseTimeout:
            policy.startToCloseTimeout + proofLimitMs({ checks, verificationSteps, setup }),
          summary: `${input.story.id} · proof of attempt ${input.attempt}`,
        },
        [
          {
            ...facts,
            key: { scope, step: 2, index: 0 },
            proofLane: input.proofLane,
            checks,
            statePaths: input.statePaths,
            allowCheckChanges: input.options.allowCheckChanges,
            verificationSteps,
            setup,
            baseline: input.baseline,
            paths: input.paths,
            conflictFiles: input.conflict?.files ?? [],
            head: headOf(input),
            events: pending,
          },
        ],
      ),
    ),
  );
  return finish(attempt, { agent, proof });
}

function storyPatience(input: StoryInput): Patience {
  return new Patience({
    limitMs: input.options.waitLimitMs,
    report: (waiting) => {
      void tellOwner(input.owner, { story: input.story.id, standstill: waiting });
    },
  });
}

/** Passes what the run says on to the agent, whenever that begins. */
class AgentRelay {
  isPaused: boolean;
  /** The story's own steps wait too. */
  onTryNow: () => void = () => undefined;
  private agent: ChildWorkflowHandle<typeof agentWorkflow> | undefined;
  /** Grants that came before the agent had a handle. */
  private readonly early: unknown[][] = [];

  constructor(isPaused: boolean) {
    this.isPaused = isPaused;
    for (const name of Object.values(AGENT_SIGNALS))
      setHandler(defineSignal<unknown[]>(name), (...args) => this.pass(name, args));
  }

  connect(agent: ChildWorkflowHandle<typeof agentWorkflow>, wasPaused: boolean): void {
    this.agent = agent;
    if (this.isPaused !== wasPaused)
      this.pass(this.isPaused ? AGENT_SIGNALS.pause : AGENT_SIGNALS.resume, []);
    const early = this.early.splice(0);
    // Histories of before 'early-grants' dropped them.
    if (early.length > 0 && patched('early-grants'))
      for (const args of early) this.pass(AGENT_SIGNALS.grant, args);
  }

  private pass(name: string, args: unknown[]): void {
    if (name === AGENT_SIGNALS.pause) this.isPaused = true;
    if (name === AGENT_SIGNALS.resume) this.isPaused = false;
    if (name === AGENT_SIGNALS.tryNow) this.onTryNow();
    if (name === AGENT_SIGNALS.grant && this.agent === undefined) this.early.push(args);
    // An agent that has ended needs no word any more.
    this.agent?.signal(name, ...args).catch(() => undefined);
  }
}

async function runAgent(
  input: StoryInput,
  prompt: BlobRef,
  relay: AgentRelay,
): Promise<AgentResult> {
  const { options } = input;
  const { isPaused } = relay;
  const agent = await startChild(agentWorkflow, {
    workflowId: `${workflowInfo().workflowId}/agent`,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    staticSummary: `${input.story.id} · agent · attempt ${input.attempt} · ${formatModelReference(options.model)}`,
    args: [
      {
        runId: input.runId,
        story: input.story.id,
        attempt: input.attempt,
        agent: 'build',
        model: options.model,
        contextWindow: options.contextWindow,
        prompt,
        workspace: input.lane,
        tools: [...BUILD_TOOLS],
        limits: {
          maxTurns: options.maxTurns,
          maxCallsPerTurn: DEFAULTS.maxCallsPerTurn,
          maxTotalTokens: DEFAULTS.maxTotalTokens,
        },
        isPaused,
        waitLimitMs: options.waitLimitMs,
        ...(input.owner === undefined ? {} : { owner: input.owner }),
        ...(input.lease === undefined ? {} : { lease: input.lease }),
      },
    ],
  });
  relay.connect(agent, isPaused);
  return agent.result();
}

/** How an attempt ended. */
interface Ending {
  readonly agent: AgentResult;
  readonly proof: Proof | null;
}

async function finish(attempt: Attempt, ending: Ending): Promise<StoryResult> {
  const { input, events, patience } = attempt;
  const record = attemptRecord(attempt, ending, {
    outcome: attemptOutcome(ending.agent, ending.proof),
    reason: attemptReason(ending.agent, ending.proof),
  });
  tellEnd(events, record);
  await events.deliver((pending) =>
    enduring(patience, () =>
      recordActivities.appendEvents({ runId: input.runId, events: pending }),
    ),
  );
  return { attempt: record, ...ending };
}

/** A cancelled attempt is a result like any other: its spending counts, and its lease comes back. */
function finishCancelled(attempt: Attempt): Promise<StoryResult> {
  const { input, events } = attempt;
  const agent = attempt.agent ?? NO_AGENT;
  const record = attemptRecord(
    attempt,
    { agent, proof: null },
    { outcome: 'cancelled', reason: 'cancelled by request' },
  );
  return CancellationScope.nonCancellable(async () => {
    tellEnd(events, record);
    // One try: whoever cancelled does not wait for a full disk.
    await events
      .deliver((pending) => recordActivities.appendEvents({ runId: input.runId, events: pending }))
      .catch(() => undefined);
    return { attempt: record, agent, proof: null };
  });
}

/** Result of an agent that never began. */
const NO_AGENT: AgentResult = {
  outcome: 'cancelled',
  reason: 'cancelled by request',
  summary: '',
  learnings: [],
  blockers: [],
  spending: ZERO_SPENDING,
  conversation: null,
};

function attemptRecord(
  { input, startedAt }: Attempt,
  { agent, proof }: Ending,
  end: Pick<AttemptRecord, 'outcome' | 'reason'>,
): AttemptRecord {
  const endedAt = workflowTime();
  return {
    number: input.attempt,
    ...end,
    summary: agent.summary,
    learnings: agent.learnings,
    evidence: proof?.evidence ?? [],
    changedDefinitions: proof?.changedDefinitions ?? [],
    changedFiles: proof?.changedFiles ?? [],
    ...(proof?.leftOut === undefined ? {} : { leftOut: proof.leftOut }),
    spending: agent.spending,
    startedAt,
    endedAt,
    durationMs: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)),
  };
}

function tellEnd(events: EventBuffer, attempt: AttemptRecord): void {
  for (const evidence of attempt.evidence) {
    events.add('check.end', {
      text: `${evidence.check}: ${describeEnd(evidence)}`,
      data: {
        check: evidence.check,
        exit_code: evidence.exitCode,
        is_known_failure: evidence.isKnownFailure ?? false,
        tree: evidence.tree,
        definitions: evidence.definitions,
        duration_ms: evidence.durationMs,
      },
    });
  }
  events.add('attempt.end', { text: attempt.reason, data: { outcome: attempt.outcome } });
}

function describeEnd(evidence: Evidence): string {
  if (isPassing(evidence)) return 'passed';
  const how = evidence.isKnownFailure === true ? 'fails as before the run' : 'failed';
  return `${how} (exit ${evidence.exitCode ?? 'none'})`;
}
