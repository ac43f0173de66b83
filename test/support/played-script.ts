import type { SwarmInput } from '../../src/contracts/swarm.js';
import type { ScriptActivities } from '../../src/activities/script/script-activities.js';
import type { ScriptTask } from '../../src/domain/script/script-task.js';
import { ScriptQuestions } from '../../src/workflows/script/script-questions.js';
import { ScriptRun } from '../../src/workflows/script/script-run.js';
import { ZERO_USAGE } from '../../src/domain/agent/model.js';
import { fakeRef } from './fake-activities.js';
import type { SwarmScript } from './fake-swarm-activities.js';
import { playedSwarm } from './played-swarm.js';
import { playedWorkflow } from './workflow-api.js';

type StepInput = Parameters<ScriptActivities['stepScript']>[0];
type StepResult = Awaited<ReturnType<ScriptActivities['stepScript']>>;
type RepairInput = Parameters<ScriptActivities['repairAnswer']>[0];
type RepairResult = Awaited<ReturnType<ScriptActivities['repairAnswer']>>;
export type AskedCall = StepResult['calls'][number];

/** A script as a run carries it out. */
export const SCRIPT_TASK: ScriptTask = {
  name: 'test',
  path: '/nowhere/test.js',
  source: fakeRef(901),
  args: fakeRef(902),
  budgetTokens: null,
  mostAgents: 1000,
  seed: 'seed',
  nowMs: 0,
  mayWrite: true,
  profiles: [],
  models: [],
  known: null,
};

/** An agent that a script asks for. */
export function agentCall(
  id: number,
  fields: Partial<Extract<AskedCall, { kind: 'agent' }>> = {},
): AskedCall {
  return {
    id,
    kind: 'agent',
    title: `Call ${id}`,
    phase: null,
    instruction: `Do ${id}`,
    instructionRef: fakeRef(500 + id),
    schema: null,
    agent: 'build',
    touches: [],
    ...fields,
  };
}

/** A step after which the script waits, with defaults for everything that a test does not care about. */
export function waits(
  calls: readonly AskedCall[] = [],
  fields: Partial<StepResult> = {},
): StepResult {
  return {
    state: 'waiting',
    journal: fakeRef(700),
    hash: 'h',
    calls: [...calls],
    hasMore: false,
    lines: [],
    misfits: [],
    taken: 0,
    value: null,
    error: null,
    ...fields,
  };
}

/** The step with which a script has returned. */
export function returns(fields: Partial<StepResult> = {}): StepResult {
  const value = { ref: fakeRef(800), preview: '"ok"' };
  return waits([], { state: 'done', value, ...fields });
}

/** Steps of a script that asks this, waits until all of it has ended, and returns. */
export function asksOnce(calls: readonly AskedCall[], end: () => StepResult = returns) {
  let ended = 0;
  return (ends: StepInput['ends'], step: number): StepResult => {
    ended += ends.length;
    if (step === 0) return waits(calls);
    return ended < calls.length ? waits() : end();
  };
}

/** A script whose steps a test makes up, in a run whose agents are played. */
export function playedScript(
  /** What each step comes to, by the ends that it is told and its number from 0. */
  steps: (ends: StepInput['ends'], step: number) => StepResult | Promise<StepResult>,
  {
    changes = {},
    swarmScript = {},
    repair = () => ({}),
  }: {
    readonly changes?: Partial<SwarmInput>;
    readonly swarmScript?: SwarmScript;
    readonly repair?: (
      input: RepairInput,
    ) => Partial<RepairResult> | Promise<Partial<RepairResult>>;
  } = {},
) {
  const played = playedSwarm(
    { planned: 'script', subtasks: [], script: SCRIPT_TASK, ...changes },
    swarmScript,
  );
  const { state, swarm } = played;
  const told: StepInput[] = [];
  const repairs: RepairInput[] = [];
  const others = playedWorkflow.answer;
  playedWorkflow.answer = async (call) => {
    if (call.name === 'stepScript') {
      const input = call.input as StepInput;
      told.push(input);
      return steps(input.ends, told.length - 1);
    }
    if (call.name !== 'repairAnswer') return others(call);
    const input = call.input as RepairInput;
    repairs.push(input);
    return {
      answer: fakeRef(600),
      problems: [],
      usage: { ...ZERO_USAGE, inputTokens: 100, outputTokens: 10 },
      isUsageEstimated: false,
      costMicroUsd: 5,
      repeatedCalls: 0,
      durationMs: 1,
      ...(await repair(input)),
    } satisfies RepairResult;
  };
  const opened: number[] = [];
  const questions = new ScriptQuestions(state);
  const script = new ScriptRun(state, {
    swarm,
    questions,
    task: SCRIPT_TASK,
    openLanes: () => {
      opened.push(state.record.stories.length);
      return Promise.resolve();
    },
  });
  swarm.script = script;
  return {
    ...played,
    script,
    questions,
    /** What the steps were asked. */
    told,
    repairs,
    /** Agents that there were when lanes were laid out. */
    opened,
    /** Runs it to its end, with its agents. */
    run: async (): Promise<void> => {
      const running = script.run();
      await swarm.workOff();
      await running;
    },
  };
}
