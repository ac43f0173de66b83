import { ApplicationFailure } from '@temporalio/common';
import { taskProfile } from '../../src/contracts/agent-profiles.js';
import type { AgentInput } from '../../src/domain/agent/agent.js';
import type { ToolCallSummary } from '../../src/domain/agent/tool-call.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { fakeReply, type FakeScript } from '../support/fake-activities.js';
import { workflowCall } from '../support/workflow-call.js';

/** One path through an agent that starts others. */
export interface SubAgentScenario {
  readonly kind: 'agent';
  readonly script: FakeScript;
  readonly input: Partial<AgentInput>;
  /** How many agents it starts itself: their histories are recorded too. */
  readonly tasks: number;
  readonly signal?: never;
}

const says = () => fakeReply({ finishReason: 'stop', preview: 'I did it.' });

function task(id: string, more: Readonly<Record<string, unknown>> = {}) {
  return workflowCall('task', id, { description: id, prompt: `Do ${id}`, ...more });
}

const SUBTASKS = [
  { id: 'a', instruction: 'Do a', touches: ['a/**'] },
  { id: 'b', instruction: 'Do b', touches: ['b/**'] },
  { id: 'c', instruction: 'Do c', agent: 'explore', depends_on: ['a', 'b'] },
];

/** The first agent does this in its turns; those below it answer at once, but for the one that fails. */
function inTurns(
  ...turns: readonly (readonly ToolCallSummary[])[]
): NonNullable<FakeScript['callModel']> {
  let turn = 0;
  return ({ agent }) => {
    if (agent === 'plan') throw ApplicationFailure.nonRetryable('gone', 'ERR_PROVIDER_MODEL_GONE');
    if (agent !== 'build') return says();
    const calls = turns[turn];
    turn += 1;
    return calls === undefined ? says() : fakeReply({ calls: [...calls] });
  };
}

const swarm = workflowCall('swarm', 'all', { task: 'All of it', subtasks: SUBTASKS });

const input: Partial<AgentInput> = {
  profile: taskProfile('build', 60),
  contextWindow: 100_000,
  lease: { costMicroUsd: null, tokens: null, calls: 100 },
  forks: {
    base: 'base',
    branch: 'work',
    author: { name: 'A', email: 'a@localhost' },
    setup: NO_SETUP,
  },
};

/** Every path of an agent that starts others that has a recorded history. */
export const subAgentScenarios: Readonly<Record<string, SubAgentScenario>> = {
  'agent-sub-agents': {
    kind: 'agent',
    script: {
      callModel: inTurns(
        [task('one', { agent: 'general', background: true })],
        [task('two'), { ...task('fails', { agent: 'plan' }), index: 1 }],
      ),
    },
    input,
    tasks: 3,
  },
  'agent-script': {
    kind: 'agent',
    script: { callModel: inTurns([workflowCall('script', 'all', { source: 'a script' })]) },
    input,
    tasks: 3,
  },
  'agent-swarm': { kind: 'agent', script: { callModel: inTurns([swarm]) }, input, tasks: 3 },
  'agent-cut-blocked': {
    kind: 'agent',
    script: {
      callModel: (_input, count) =>
        count === 1 ? fakeReply({ finishReason: 'length', marker: 'blocked' }) : says(),
    },
    input,
    tasks: 0,
  },
};
