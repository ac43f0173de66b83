import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import {
  ACTIVITY_POLICIES,
  BUILD_TOOLS,
  DEFAULTS,
  WORKFLOW_TASK_TIMEOUT_MS,
  type StoryInput,
  type StoryResult,
} from '../../contracts/index.js';
import {
  formatModelReference,
  type AgentResult,
  type AttemptRecord,
  type BlobRef,
  type Proof,
} from '../../domain/index.js';
import { agentWorkflow } from '../agent/agent.js';
import { recordActivities, workspaceActivities } from '../lib/activities.js';
import { EventBuffer } from '../lib/event-buffer.js';
import { workflowScope, workflowTime } from '../lib/scope.js';

/**
 * One attempt at one story: a clean lane, a fresh agent, and the engine's own proof about exactly the tree that may be
 * committed. What the agent claims never counts.
 */
export async function storyWorkflow(input: StoryInput): Promise<StoryResult> {
  const events = new EventBuffer({ story: input.story.id, attempt: input.attempt });
  const startedAt = workflowTime();
  const scope = workflowScope();
  const facts = { runId: input.runId, lane: input.lane, base: input.base };

  events.add('attempt.start', { text: input.story.title });
  const begun = await events.deliver((pending) =>
    workspaceActivities.beginStory({
      ...facts,
      key: { scope, step: 1, index: 0 },
      story: input,
      events: pending,
    }),
  );
  const agent = await runAgent(input, begun.prompt);
  if (agent.outcome === 'blocked' || agent.outcome === 'refused') {
    return finish({ input, events, startedAt, agent, proof: null });
  }
  events.add('check.start', { text: `proving the result with ${input.checks.length} checks` });
  const limit = input.checks.reduce((sum, check) => sum + check.timeoutMs, 0);
  const policy = ACTIVITY_POLICIES.checks;
  const proof = await events.deliver((pending) =>
    workspaceActivities.proveStory.executeWithOptions(
      {
        ...policy,
        // Twice, because changed check definitions are run a second time with the base's.
        startToCloseTimeout: policy.startToCloseTimeout + 2 * limit,
        summary: `${input.story.id} · proof of attempt ${input.attempt}`,
      },
      [
        {
          ...facts,
          key: { scope, step: 2, index: 0 },
          proofLane: input.proofLane,
          checks: input.checks,
          statePaths: input.statePaths,
          allowCheckChanges: input.options.allowCheckChanges,
          paths: input.paths,
          events: pending,
        },
      ],
    ),
  );
  return finish({ input, events, startedAt, agent, proof });
}

function runAgent(input: StoryInput, prompt: BlobRef): Promise<AgentResult> {
  const { options } = input;
  return executeChild(agentWorkflow, {
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
      },
    ],
  });
}

interface Finish {
  readonly input: StoryInput;
  readonly events: EventBuffer;
  readonly startedAt: string;
  readonly agent: AgentResult;
  readonly proof: Proof | null;
}

async function finish({ input, events, startedAt, agent, proof }: Finish): Promise<StoryResult> {
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
    spending: agent.spending,
    startedAt,
    endedAt,
    durationMs: Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)),
  };
  for (const evidence of attempt.evidence) {
    events.add('check.end', {
      text: `${evidence.check}: ${evidence.exitCode === 0 ? 'passed' : `failed (exit ${evidence.exitCode ?? 'none'})`}`,
      data: {
        check: evidence.check,
        exit_code: evidence.exitCode,
        tree: evidence.tree,
        definitions: evidence.definitions,
        duration_ms: evidence.durationMs,
      },
    });
  }
  events.add('attempt.end', { text: attempt.reason, data: { outcome: attempt.outcome } });
  await events.deliver((pending) =>
    recordActivities.appendEvents({ runId: input.runId, events: pending }),
  );
  return { attempt, agent, proof };
}

function attemptOutcome(agent: AgentResult, proof: Proof | null): AttemptRecord['outcome'] {
  if (proof?.verdict === 'passed') return 'passed';
  if (agent.outcome === 'blocked' || agent.outcome === 'refused' || agent.outcome === 'stalled')
    return agent.outcome;
  if (agent.outcome === 'limit') return 'limit';
  return proof?.verdict === 'no-change' ? 'no_change' : 'checks_failed';
}

function attemptReason(agent: AgentResult, proof: Proof | null): string {
  if (proof?.verdict === 'passed') return 'every check passed on the tree that is committed';
  if (proof === null || agent.outcome === 'stalled' || agent.outcome === 'limit')
    return agent.reason;
  if (proof.verdict === 'no-change') return 'the agent changed no file';
  const failed = proof.evidence
    .filter((evidence) => evidence.exitCode !== 0)
    .map((evidence) => evidence.check);
  const isOnlyBase = proof.evidence.every(
    (evidence) => evidence.definitions === 'base' || evidence.exitCode === 0,
  );
  return isOnlyBase && proof.changedDefinitions.length > 0
    ? `checks pass only with changed check definitions (${proof.changedDefinitions.slice(0, 5).join(', ')})`
    : `failed: ${[...new Set(failed)].join(', ')}`;
}
