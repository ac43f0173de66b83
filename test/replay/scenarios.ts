import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { RUN_UPDATES } from '../../src/contracts/messages.js';
import type { ProofInput } from '../../src/contracts/proof.js';
import { type RalphInput } from '../../src/contracts/workflow-types.js';
import { NO_SETUP } from '../../src/domain/workspace-setup.js';
import { type AgentInput } from '../../src/domain/agent/agent.js';
import { type Evidence } from '../../src/domain/proof/check.js';
import {
  fakeCall,
  fakeCompaction,
  fakeProof,
  fakeRef,
  fakeReply,
  fakeResult,
  storyDone,
  type FakeScript,
} from '../support/fake-activities.js';
import { RUN_LIMITS, story } from '../support/stories.js';
import { remoteTaskScenarios, type RemoteTaskScenario } from './remote-task-scenarios.js';
import { rlmScenarios, type RlmScenario } from './rlm-scenarios.js';
import { sessionScenarios, type SessionScenario } from './session-scenarios.js';
import { subAgentScenarios, type SubAgentScenario } from './sub-agent-scenarios.js';
import { swarmScenarios, type SwarmScenario } from './swarm-scenarios.js';

/** One path through the workflows, to be recorded and replayed. */
export type Scenario =
  | {
      readonly kind: 'agent';
      readonly script: FakeScript;
      readonly input?: Partial<AgentInput>;
      /** Sent once the agent stands still. */
      readonly signal?: string;
      readonly tasks?: never;
    }
  | {
      readonly kind: 'ralph';
      readonly script: FakeScript;
      readonly input?: Partial<RalphInput>;
      /** Cancels once a model call is in flight. */
      readonly isCancelled?: boolean;
      /** Requests to the open run, sent one after the other once a model call was made. */
      readonly requests?: readonly { readonly update: string; readonly input: object }[];
      /** Sent by hand to the run, once a model call was made. */
      readonly signal?: { readonly name: string; readonly input: object };
      /** The first attempt of the first story is cancelled in Temporal itself, once a model call was made. */
      readonly endsAttempt?: true;
      /** The first agent that resolves a conflict is terminated in Temporal itself, once a call of it was made. */
      readonly endsMerge?: true;
      /** Each request waits until the run shows this status. */
      readonly requestsAt?: 'paused';
    }
  | RlmScenario
  | SubAgentScenario
  | SwarmScenario
  | RemoteTaskScenario
  | SessionScenario
  | {
      readonly kind: 'proof';
      readonly script: FakeScript;
      readonly input?: Partial<ProofInput>;
    };

/** Model of every scenario. */
const MODEL = { provider: 'fake', model: 'one' };

/** A quota that is over at the second call. */
const QUOTA_ONCE: FakeScript = {
  callModel: (_input, count) => {
    if (count > 1) return fakeReply({ calls: [storyDone()] });
    throw ApplicationFailure.create({
      type: 'ERR_PROVIDER_WAIT',
      message: 'quota',
      nonRetryable: true,
      details: [{ resumeAt: '2026-01-01T00:00:00.000Z' }],
    });
  },
};

/** Input of an agent. */
export const agentInput: AgentInput = {
  runId: '01hx0000000000000000000000',
  story: 'US-001',
  attempt: 1,
  agent: 'build',
  model: MODEL,
  contextWindow: 1000,
  prompt: fakeRef(9),
  workspace: { id: 'r/1/lane-1', workdir: '.' },
  tools: ['bash', 'story_done'],
  limits: { maxTurns: 60, maxCallsPerTurn: 3, maxTotalTokens: 1_000_000 },
};

/** Input of a Ralph run. */
export const ralphInput: RalphInput = {
  runId: '01hx0000000000000000000000',
  project: 'demo',
  feature: 'Hello',
  prdPath: '/repository/prd.json',
  repository: '/repository',
  workdir: '.',
  branch: 'feature/hello',
  baseCommit: 'base',
  author: { name: 'A', email: 'a@localhost' },
  stories: [story('US-001'), story('US-002', { dependsOn: ['US-001'] })],
  technicalRequirements: [],
  checks: [{ name: 'test', command: 'true', timeoutMs: 1000 }],
  options: {
    model: MODEL,
    contextWindow: 1000,
    maxAttempts: 2,
    maxIterations: 20,
    allowCheckChanges: false,
    canaries: 'auto',
    maxTurns: 10,
    ...RUN_LIMITS,
  },
  setup: NO_SETUP,
  notes: [],
  hasSearchAttributes: false,
};

const independent = [story('US-001'), story('US-002')];
const calledFirst = (count: number) => (count > 1 ? storyDone() : fakeCall('edit'));
const oneCall = { ...ralphInput.options, budget: { costMicroUsd: null, tokens: null, calls: 1 } };
const twoLanes = { ...ralphInput.options, parallel: 2 };
const RED: Evidence = {
  check: 'test',
  command: 'true',
  exitCode: 1,
  isTimedOut: false,
  tree: 'base',
  definitions: 'story',
  output: fakeRef(3),
  durationMs: 1,
  sandbox: 'full',
};

/** No answer before both stories have asked, so that they are worked on side by side. */
function bothAtOnce(): NonNullable<FakeScript['callModel']> {
  const asked = new Set<string>();
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async (call) => {
    asked.add(call.story ?? '');
    if (asked.size === independent.length) open();
    await opened;
    return fakeReply({ calls: [storyDone()] });
  };
}

/** An answer that leaves time to send something meanwhile. */
async function slowly(): Promise<ReturnType<typeof fakeReply>> {
  await delay(1500);
  return fakeReply({ calls: [storyDone()] });
}

/** A first merge that conflicts. */
const oneConflict: NonNullable<FakeScript['merge']> = (_story, count) =>
  count === 1
    ? { kind: 'conflict', tree: 'marked', files: ['shared.md'] }
    : { kind: 'clean', tree: 'merged' };

/** An answer of both stories at once, then those of agents that resolve a conflict, which leave time to end them. */
function thenSlowly(): NonNullable<FakeScript['callModel']> {
  const first = bothAtOnce();
  return (call, count) => (count <= independent.length ? first(call, count) : slowly());
}

/** One write of the record that the disk has no room for, once the proof of a story has failed. */
function fullOnce(): FakeScript {
  let isFull = false;
  return {
    prove: () => {
      isFull = true;
      return fakeProof('failed');
    },
    beforeSave: async () => {
      if (!isFull) return;
      isFull = false;
      throw ApplicationFailure.nonRetryable('the disk is full', 'ERR_DISK_FULL');
    },
  };
}

/** The failed attempt of the first story cannot be noted for half a minute; the second story lands meanwhile. */
function fullAtNote(): FakeScript {
  let isFull = true;
  return {
    callModel: bothAtOnce(),
    prove: (id, attempt) => fakeProof(id === 'US-001' && attempt === 1 ? 'failed' : 'passed'),
    beforeNote: () => {
      if (!isFull) return;
      isFull = false;
      throw ApplicationFailure.nonRetryable('the disk is full', 'ERR_DISK_FULL');
    },
  };
}

const shell = fakeCall('bash', { index: 1, execution: 'activity', access: 'execute' });

/** Every path that has a recorded history; the file names are these keys. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'agent-tools': {
    kind: 'agent',
    script: {
      callModel: (_input, count) =>
        count === 1
          ? fakeReply({
              calls: [
                fakeCall('read_file', { access: 'read' }),
                shell,
                fakeCall('todo_write', {
                  index: 2,
                  execution: 'workflow',
                  arguments: '{"todos":[{"content":"a","status":"pending"}]}',
                }),
              ],
            })
          : fakeReply({ calls: [storyDone()] }),
    },
  },
  // Behind `patched('quick-tools')`: the first command ends within its first second, the second does not.
  'agent-quick-tools': {
    kind: 'agent',
    script: {
      callModel: (_input, count) =>
        fakeReply({ calls: [count <= 2 ? { ...shell, index: 0 } : storyDone()] }),
      tryTool: ({ key }) => (key.step < 3 ? fakeResult() : null),
    },
  },
  'agent-stalled': {
    kind: 'agent',
    script: {
      callModel: () => fakeReply({ calls: [fakeCall('grep', { access: 'read' })] }),
      executeTool: () => ({ ref: fakeRef(5), progress: [] }),
    },
  },
  'agent-silent': {
    kind: 'agent',
    script: { callModel: () => fakeReply({ finishReason: 'stop' }) },
  },
  'agent-provider-wait': {
    kind: 'agent',
    script: QUOTA_ONCE,
  },
  'agent-compaction': {
    kind: 'agent',
    script: {
      callModel: (_input, count) =>
        count === 1
          ? fakeReply({ calls: [fakeCall('edit')], contextTokens: 900 })
          : fakeReply({ calls: [storyDone()] }),
    },
  },
  // Behind `patched('worthwhile-compaction')`: shortened every third turn, which frees much each time.
  'agent-worthwhile-compaction': {
    kind: 'agent',
    script: {
      callModel: (_input, count) =>
        count <= 10
          ? fakeReply({ calls: [fakeCall('edit')], contextTokens: count % 3 === 1 ? 900 : 500 })
          : fakeReply({ calls: [storyDone()] }),
      executeTool: ({ key }) => ({ ref: fakeRef(key.step), progress: [`edit ${key.step}`] }),
      compact: () => fakeCompaction({ contextTokens: 300, freedTokens: 600 }),
    },
  },
  'agent-overflow': {
    kind: 'agent',
    script: {
      callModel: (_input, count) => {
        if (count === 1) return fakeReply({ calls: [fakeCall('edit')] });
        if (count > 3) return fakeReply({ calls: [storyDone()] });
        throw ApplicationFailure.nonRetryable('too long', 'ERR_PROVIDER_CONTEXT_OVERFLOW');
      },
    },
  },
  'agent-unread-call': {
    kind: 'agent',
    script: { callModel: () => fakeReply({ finishReason: 'stop', trouble: 'unparsed-call' }) },
  },
  'agent-continued': {
    kind: 'agent',
    script: {
      callModel: (_input, count) =>
        fakeReply({ calls: [count < 14 ? fakeCall('edit') : storyDone()] }),
    },
  },
  'ralph-passed': { kind: 'ralph', script: {} },
  'ralph-retried': {
    kind: 'ralph',
    script: { prove: (_id, attempt) => fakeProof(attempt === 1 ? 'failed' : 'passed') },
  },
  'ralph-blocked': {
    kind: 'ralph',
    script: { callModel: () => fakeReply({ calls: [storyDone('blocked')] }) },
  },
  'ralph-infrastructure': {
    kind: 'ralph',
    script: {
      callModel: () => {
        throw ApplicationFailure.nonRetryable('no such model', 'ERR_PROVIDER_MODEL_GONE');
      },
    },
  },
  'ralph-failed-later': {
    kind: 'ralph',
    script: {
      callModel: (_input, count) => {
        if (count === 1) return fakeReply({ calls: [fakeCall('edit')] });
        throw ApplicationFailure.nonRetryable('no such model', 'ERR_PROVIDER_MODEL_GONE');
      },
    },
  },
  'ralph-cancelled': { kind: 'ralph', script: {}, isCancelled: true },
  'ralph-parallel': {
    kind: 'ralph',
    input: { stories: independent, options: twoLanes },
    script: { callModel: bothAtOnce() },
  },
  'ralph-conflict': {
    kind: 'ralph',
    input: { stories: independent, options: twoLanes },
    script: {
      callModel: bothAtOnce(),
      merge: oneConflict,
    },
  },
  'ralph-budget': {
    kind: 'ralph',
    input: { options: oneCall },
    script: {},
    requests: [{ update: RUN_UPDATES.resume.name, input: { budget: { calls: 9 } } }],
  },
  'ralph-steered': {
    kind: 'ralph',
    input: { stories: [...independent, story('US-003')] },
    script: {},
    requests: [
      { update: RUN_UPDATES.pause.name, input: { reason: 'lunch' } },
      { update: RUN_UPDATES.skip.name, input: { story: 'US-003' } },
      { update: RUN_UPDATES.add.name, input: { story: story('US-004') } },
      { update: RUN_UPDATES.resume.name, input: {} },
    ],
  },
  'ralph-told': {
    kind: 'ralph',
    input: { stories: [story('US-001')], options: oneCall },
    script: { callModel: (_, count) => fakeReply({ calls: [calledFirst(count)] }) },
    requests: [
      { update: RUN_UPDATES.message.name, input: { story: 'US-001', text: 'use tabs' } },
      { update: RUN_UPDATES.resume.name, input: { budget: { calls: 9 } } },
    ],
    requestsAt: 'paused',
  },
  // Paths behind `patched('pause-on-damage')`, 'compaction-reserve', 'early-grants' and 'cancel-outcome'.
  'ralph-damaged': {
    kind: 'ralph',
    input: { stories: [story('US-001')] },
    script: {
      callModel: (_input, count) => {
        if (count > 1) return fakeReply({ calls: [storyDone()] });
        throw ApplicationFailure.nonRetryable('the blob is damaged', 'ERR_BLOB_CORRUPT');
      },
    },
    requests: [{ update: RUN_UPDATES.resume.name, input: {} }],
    requestsAt: 'paused',
  },
  'agent-compaction-leased': {
    kind: 'agent',
    input: { lease: { costMicroUsd: null, tokens: null, calls: 9 } },
    script: {
      callModel: (_input, count) =>
        count === 1
          ? fakeReply({ calls: [fakeCall('edit')], contextTokens: 900 })
          : fakeReply({ calls: [storyDone()] }),
    },
  },
  'ralph-conflict-granted': {
    kind: 'ralph',
    input: {
      stories: independent,
      options: { ...twoLanes, budget: { costMicroUsd: null, tokens: null, calls: 9 } },
    },
    script: {
      callModel: bothAtOnce(),
      merge: oneConflict,
    },
  },
  'ralph-cancelled-outcome': { kind: 'ralph', script: {}, isCancelled: true },
  'ralph-red-base': {
    kind: 'ralph',
    script: {
      baseline: () => ({ base: 'base', evidence: [RED], setup: null, failures: { test: ['x'] } }),
    },
  },
  // Paths behind `patched('failed-close')`, 'operator-end', 'resume-all', 'known-holders',
  // 'pause-told' and 'wake-after-save'.
  'ralph-failed-close': { kind: 'ralph', script: { prove: () => fakeProof('failed') } },
  'ralph-operator-end': {
    kind: 'ralph',
    input: { stories: [story('US-001')] },
    script: { callModel: slowly },
    endsAttempt: true,
    requests: [{ update: RUN_UPDATES.resume.name, input: {} }],
    requestsAt: 'paused',
  },
  'ralph-resumed-unpaused': {
    kind: 'ralph',
    input: { stories: [story('US-001')] },
    script: { callModel: slowly },
    requests: [{ update: RUN_UPDATES.resume.name, input: {} }],
  },
  'ralph-unknown-holder': {
    kind: 'ralph',
    input: { stories: [story('US-001')] },
    script: { callModel: slowly },
    signal: {
      name: 'agentStandstill',
      input: { story: 'US-001', holder: 'nobody', standstill: { reason: 'by hand', until: null } },
    },
  },
  'agent-paused-told': {
    kind: 'agent',
    input: { isPaused: true, owner: 'nobody' },
    script: {},
    signal: 'resumeAgent',
  },
  // Paths behind `patched('merge-again')`, 'whole-save' and 'last-word'.
  'ralph-merge-again': {
    kind: 'ralph',
    input: { stories: independent, options: twoLanes },
    script: { callModel: thenSlowly(), merge: oneConflict },
    endsMerge: true,
    requests: [{ update: RUN_UPDATES.resume.name, input: {} }],
    requestsAt: 'paused',
  },
  'ralph-skipped-save': {
    kind: 'ralph',
    input: { stories: [story('US-001')] },
    script: fullOnce(),
    requests: [{ update: RUN_UPDATES.skip.name, input: { story: 'US-001' } }],
    requestsAt: 'paused',
  },
  'agent-last-word': {
    kind: 'agent',
    input: { owner: 'nobody' },
    script: QUOTA_ONCE,
  },
  // Path behind `patched('one-attempt')`.
  'ralph-full-at-note': {
    kind: 'ralph',
    input: { stories: independent, options: twoLanes },
    script: fullAtNote(),
  },
  ...remoteTaskScenarios,
  'proof-passed': { kind: 'proof', script: {} },
  'proof-refused': { kind: 'proof', script: { prove: () => fakeProof('failed') } },
  'proof-red-base': {
    kind: 'proof',
    script: {
      baseline: () => ({ base: 'base', evidence: [RED], setup: null, failures: { test: ['x'] } }),
    },
  },
  'ralph-satisfied': { kind: 'ralph', script: { prove: () => fakeProof('already-satisfied') } },
  'ralph-edited': {
    kind: 'ralph',
    script: {
      refreshPrd: ({ digest }) =>
        digest === ''
          ? { digest: 'one', stories: [...ralphInput.stories, story('US-009')], problem: null }
          : { digest, stories: null, problem: null },
    },
  },
  ...rlmScenarios,
  ...sessionScenarios,
  ...subAgentScenarios,
  ...swarmScenarios,
};
