import {
  defineSignal,
  ParentClosePolicy,
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
  isAcceptable,
  isPassing,
  isProven,
  proofLimitMs,
  setupLimitMs,
  type AgentResult,
  type AttemptRecord,
  type BlobRef,
  type Evidence,
  type Proof,
} from '../../domain/index.js';
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
  const scope = workflowScope();
  const facts = { runId: input.runId, lane: input.lane, base: input.base };

  events.add('attempt.start', { text: input.story.title });
  const relay = new AgentRelay(input.isPaused ?? false);
  const patience = storyPatience(input);
  relay.onTryNow = () => patience.tryNow();
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
  if (agent.outcome === 'blocked' || agent.outcome === 'refused') {
    return finish({ input, events, startedAt, agent, proof: null, patience });
  }
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
  return finish({ input, events, startedAt, agent, proof, patience });
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

  constructor(isPaused: boolean) {
    this.isPaused = isPaused;
    for (const name of Object.values(AGENT_SIGNALS))
      setHandler(defineSignal<unknown[]>(name), (...args) => this.pass(name, args));
  }

  connect(agent: ChildWorkflowHandle<typeof agentWorkflow>, wasPaused: boolean): void {
    this.agent = agent;
    if (this.isPaused !== wasPaused)
      this.pass(this.isPaused ? AGENT_SIGNALS.pause : AGENT_SIGNALS.resume, []);
  }

  private pass(name: string, args: unknown[]): void {
    if (name === AGENT_SIGNALS.pause) this.isPaused = true;
    if (name === AGENT_SIGNALS.resume) this.isPaused = false;
    if (name === AGENT_SIGNALS.tryNow) this.onTryNow();
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

interface Finish {
  readonly input: StoryInput;
  readonly events: EventBuffer;
  readonly startedAt: string;
  readonly agent: AgentResult;
  readonly proof: Proof | null;
  readonly patience: Patience;
}

async function finish(end: Finish): Promise<StoryResult> {
  const { input, events, startedAt, agent, proof } = end;
  const endedAt = workflowTime();
  const attempt: AttemptRecord = {
    number: input.attempt,
    outcome: attemptOutcome(agent, proof),
    reason: attemptReason(agent, proof),
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
  await events.deliver((pending) =>
    enduring(end.patience, () =>
      recordActivities.appendEvents({ runId: input.runId, events: pending }),
    ),
  );
  return { attempt, agent, proof };
}

function describeEnd(evidence: Evidence): string {
  if (isPassing(evidence)) return 'passed';
  const how = evidence.isKnownFailure === true ? 'fails as before the run' : 'failed';
  return `${how} (exit ${evidence.exitCode ?? 'none'})`;
}

const OUTCOME_OF_VERDICT = {
  passed: 'passed',
  'already-satisfied': 'already_satisfied',
  unverified: 'unverified',
  'setup-failed': 'setup_failed',
  'no-change': 'no_change',
  failed: 'checks_failed',
} as const satisfies Record<Proof['verdict'], AttemptRecord['outcome']>;

/** A proof that holds counts whatever the agent said; else the agent's own end explains more than the checks. */
function attemptOutcome(agent: AgentResult, proof: Proof | null): AttemptRecord['outcome'] {
  if (proof !== null && isProven(proof.verdict)) return OUTCOME_OF_VERDICT[proof.verdict];
  if (agent.outcome === 'blocked' || agent.outcome === 'refused' || agent.outcome === 'stalled')
    return agent.outcome;
  if (agent.outcome === 'limit' || proof === null) return 'limit';
  return OUTCOME_OF_VERDICT[proof.verdict];
}

/** What a verdict says of itself; the others need their evidence. */
const REASONS: Readonly<Partial<Record<Proof['verdict'], string>>> = {
  passed: 'every check passed on the tree that is committed',
  'already-satisfied': 'nothing to change: every verification step and check holds already',
  unverified: 'committed without any check (--no-checks)',
  'setup-failed': 'the dependencies could not be prepared with this change',
  'no-change': 'the agent changed no file',
};

function attemptReason(agent: AgentResult, proof: Proof | null): string {
  if (proof === null) return agent.reason;
  const reason = REASONS[proof.verdict];
  if (isProven(proof.verdict) && reason !== undefined) return reason;
  if (agent.outcome === 'stalled' || agent.outcome === 'limit') return agent.reason;
  return reason ?? failedChecks(proof);
}

function failedChecks(proof: Proof): string {
  const failed = proof.evidence
    .filter((evidence) => !isAcceptable(evidence))
    .map((evidence) => evidence.check);
  const isOnlyBase = proof.evidence.every(
    (evidence) => evidence.definitions === 'base' || isAcceptable(evidence),
  );
  return isOnlyBase && proof.changedDefinitions.length > 0
    ? `checks pass only with changed check definitions (${proof.changedDefinitions.slice(0, 5).join(', ')})`
    : `failed: ${[...new Set(failed)].join(', ')}`;
}
