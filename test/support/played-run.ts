import { ChildWorkflowFailure, RetryState, TerminatedFailure } from '@temporalio/common';
import type { RalphInput, StoryInput, StoryResult } from '../../src/contracts/workflow-types.js';
import type { AttemptRecord } from '../../src/domain/run/ralph-run.js';
import type { Proof } from '../../src/domain/proof/check.js';
import { openRecord } from '../../src/workflows/ralph/ledger.js';
import { RunState } from '../../src/workflows/ralph/run-state.js';
import { FakeActivities, fakeProof, type FakeScript } from './fake-activities.js';
import { attemptRecord } from './ralph-bench.js';
import { RALPH_INPUT } from './ralph-workflow.js';
import { playedWorkflow } from './workflow-api.js';

const AT = '2026-01-02T03:04:05.000Z';

/** The state of a run whose activities are faked; a test file plays Temporal's part. */
export function playedRun(
  changes: Partial<RalphInput> = {},
  script: FakeScript = {},
): { readonly state: RunState; readonly fake: FakeActivities } {
  const fake = new FakeActivities(script);
  playedWorkflow.answer = ({ name, input }) => {
    const activity = Reflect.get(fake, name) as (taken: object) => unknown;
    return activity(input);
  };
  const input = { ...RALPH_INPUT, ...changes };
  const facts = { workflowId: 'workflow-1', startedAt: AT, sandbox: 'full' };
  return { state: new RunState(input, openRecord(input, facts)), fake };
}

/** What Temporal tells of a child that somebody terminated. */
export function terminatedChild(): ChildWorkflowFailure {
  return new ChildWorkflowFailure(
    undefined,
    { workflowId: 'c', runId: 'r' },
    'storyWorkflow',
    RetryState.NON_RETRYABLE_FAILURE,
    new TerminatedFailure('terminated'),
  );
}

/** What the workflow of an attempt gives back. */
export function storyResult(
  input: Pick<StoryInput, 'attempt'>,
  proof: Proof | null = fakeProof('passed'),
  changes: Partial<AttemptRecord> = {},
): StoryResult {
  const attempt = attemptRecord({ number: input.attempt, ...changes });
  return {
    attempt,
    agent: {
      outcome: 'done',
      reason: '',
      summary: '',
      learnings: [],
      blockers: [],
      spending: attempt.spending,
      conversation: null,
    },
    proof,
  };
}
