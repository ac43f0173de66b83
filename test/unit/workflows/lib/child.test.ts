import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  RetryState,
  TerminatedFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AGENT_SIGNALS } from '../../../../src/contracts/messages.js';
import { outsideReason, startOrTakeOver } from '../../../../src/workflows/lib/child.js';
import { standaloneSteps } from '../../../../src/workflows/lib/step.js';
import { playedWorkflow as played } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

const START = {
  type: 'storyWorkflow',
  workflowId: 'child-1',
  input: { story: 'US-001' },
  summary: 'US-001 · `attempt` 1',
  details: ['**model** one', '**run** two'],
  basis: 'scope base',
};
const start = () => startOrTakeOver<{ end: string }>(standaloneSteps('run-1'), START);

/** Temporal knows the id: an execution before a reset had started it. */
function isKnown(): void {
  let isFirst = true;
  played.beforeChild = () => {
    if (!isFirst) return;
    isFirst = false;
    throw new WorkflowExecutionAlreadyStartedError('known', 'child-1', 'storyWorkflow');
  };
}

beforeEach(() => {
  played.calls.length = 0;
  played.children.length = 0;
  played.signals.length = 0;
  played.beforeChild = () => undefined;
});

describe('a child', () => {
  it('is started with words for Temporal’s interface and what its work rests on', async () => {
    played.childResult = async () => ({ end: 'done' });
    const child = await start();
    await child.signal(AGENT_SIGNALS.pause);
    expect(await child.result()).toEqual({ end: 'done' });
    expect(played.children).toMatchObject([
      {
        type: 'storyWorkflow',
        options: {
          workflowId: 'child-1',
          args: [START.input],
          memo: { basis: 'scope base' },
          staticDetails: '- **model** one\n- **run** two',
        },
        signals: [[AGENT_SIGNALS.pause.name, undefined]],
      },
    ]);
    expect(played.calls).toEqual([]);
  });

  it('that an execution before a reset had started is waited for and spoken to', async () => {
    isKnown();
    played.answer = ({ name }) =>
      name === 'findChild' ? { isUsable: true } : { result: { end: 'found' } };
    const child = await start();
    await child.signal(AGENT_SIGNALS.resume);
    expect(await child.result()).toEqual({ end: 'found' });
    expect(played.signals).toEqual([[`child-1 ${AGENT_SIGNALS.resume.name}`, undefined]]);
    expect(played.children).toEqual([]);
    expect(played.calls.map(({ name, input }) => [name, input])).toMatchObject([
      ['findChild', { workflowId: 'child-1', basis: 'scope base' }],
      ['followChild', { workflowId: 'child-1' }],
    ]);
  });

  it('that does something else is begun anew under the same id', async () => {
    isKnown();
    played.answer = () => ({ isUsable: false });
    played.childResult = async () => ({ end: 'anew' });
    expect(await (await start()).result()).toEqual({ end: 'anew' });
    expect(played.children.map(({ options: { workflowId } }) => workflowId)).toEqual(['child-1']);
  });

  it('that cannot be started for another reason fails', async () => {
    const reason = new Error('no such namespace');
    played.beforeChild = () => {
      throw reason;
    };
    await expect(start()).rejects.toBe(reason);
  });
});

const asChild = (cause: Error): ChildWorkflowFailure =>
  new ChildWorkflowFailure(
    undefined,
    { workflowId: 'c', runId: 'r' },
    'storyWorkflow',
    RetryState.NON_RETRYABLE_FAILURE,
    cause,
  );
const asActivity = (cause: Error): ActivityFailure =>
  new ActivityFailure('failed', 'followChild', '1', RetryState.NON_RETRYABLE_FAILURE, 'w', cause);
const failure = (type: string): ApplicationFailure => ApplicationFailure.nonRetryable('no', type);

describe('why a child has no result', () => {
  it.each([
    ['a termination', asChild(new TerminatedFailure('x')), 'terminated by Temporal operator'],
    [
      'a termination of its own child',
      asChild(asChild(new TerminatedFailure('x'))),
      'terminated by Temporal operator',
    ],
    [
      'the end of one that was taken over',
      asActivity(failure('ERR_CHILD_ENDED')),
      'terminated by Temporal operator',
    ],
    [
      'steps that were taken in another way before',
      asChild(asActivity(failure('ERR_JOURNAL_MISMATCH'))),
      'stopped: its steps had been taken in another way before, as after a reset in Temporal (ERR_JOURNAL_MISMATCH)',
    ],
    ['its own failure', asChild(failure('ERR_SETUP_FAILED')), undefined],
    ['a failure of no child', new TerminatedFailure('x'), undefined],
    ['nothing that is known', asChild(new Error('x')), undefined],
  ])('is told of %s', (_name, error, reason) => {
    expect(outsideReason(error)).toBe(reason);
  });
});
