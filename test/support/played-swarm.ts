import type { SwarmInput } from '../../src/contracts/swarm.js';
import type { AgentInput, AgentResult } from '../../src/domain/agent/agent.js';
import { ZERO_SPENDING } from '../../src/domain/run/spending.js';
import { Coordinator } from '../../src/workflows/swarm/coordinator.js';
import { openSwarmRecord } from '../../src/workflows/swarm/swarm-record.js';
import { SwarmState } from '../../src/workflows/swarm/swarm-state.js';
import { fakeRef } from './fake-activities.js';
import { FakeSwarmActivities, type SwarmScript } from './fake-swarm-activities.js';
import { SWARM_INPUT } from './swarm-workflow.js';
import { playedWorkflow, type PlayedChild } from './workflow-api.js';

const AT = '2026-01-02T03:04:05.000Z';

/** A swarm whose activities are faked, with as many lanes as may be in use; a test file plays Temporal's part. */
export function playedSwarm(
  changes: Partial<SwarmInput> = {},
  script: SwarmScript = {},
): {
  readonly state: SwarmState;
  readonly swarm: Coordinator;
  readonly fake: FakeSwarmActivities;
} {
  const fake = new FakeSwarmActivities(script);
  playedWorkflow.answer = ({ name, input }) => {
    const activity = Reflect.get(fake, name) as (taken: object) => unknown;
    return activity(input);
  };
  const input = { ...SWARM_INPUT, ...changes };
  const state = new SwarmState(
    input,
    openSwarmRecord(input, { workflowId: 'workflow-1', startedAt: AT }),
  );
  const swarm = new Coordinator(state);
  swarm.openLanes(
    Array.from({ length: input.options.parallel }, (_, index) => ({
      lane: { id: `lane-${index}`, workdir: '.' },
      proofLane: { id: `proof-${index}`, workdir: '.' },
    })),
  );
  return { state, swarm, fake };
}

/** What a child that is an agent was started with. */
export function agentOf(child: PlayedChild): AgentInput {
  return child.options.args[0] as AgentInput;
}

/** How an agent ended, after one call. */
export function agentEnd(
  outcome: AgentResult['outcome'],
  changes: Partial<AgentResult> = {},
): AgentResult {
  return {
    outcome,
    reason: outcome,
    summary: 'what it did',
    learnings: [],
    blockers: [],
    spending: { ...ZERO_SPENDING, turns: 1, modelCalls: 1, costMicroUsd: 5 },
    conversation: fakeRef(1),
    depth: 2,
    contextTokens: 10,
    ...changes,
  };
}
