import { setImmediate as nextTurn } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ZERO_USAGE } from '../../../../src/domain/agent/model.js';
import type { ScriptFacts } from '../../../../src/domain/script/script-facts.js';
import { ScriptRun } from '../../../../src/workflows/script/script-run.js';
import { openSwarmRecord, withFurther } from '../../../../src/workflows/swarm/swarm-record.js';
import { fakeRef } from '../../../support/fake-activities.js';
import {
  agentCall,
  asksOnce,
  playedScript,
  returns,
  SCRIPT_TASK,
  waits,
} from '../../../support/played-script.js';
import { agentEnd, agentOf } from '../../../support/played-swarm.js';
import { statuses } from '../../../support/ralph-workflow.js';
import { subtask, SWARM_INPUT } from '../../../support/swarm-workflow.js';
import { playedWorkflow as played, type PlayedChild } from '../../../support/workflow-api.js';

vi.mock('@temporalio/workflow', async (original) => {
  const { playedWorkflow } = await import('../../../support/workflow-api.js');
  return playedWorkflow.module(await original());
});

beforeEach(() => {
  played.patience = 2000;
  played.children.length = 0;
  played.pauses.length = 0;
  played.childResult = async () => agentEnd('done');
  played.onPause = () => undefined;
});

const facts = ({ state }: ReturnType<typeof playedScript>): ScriptFacts => {
  const script = state.record.swarm?.script;
  if (script === undefined) throw new Error('no script');
  return script;
};
const storyOf = (child: PlayedChild): string => agentOf(child).story ?? '';

describe('the run of a script', () => {
  it('asks its agents, tells the script how each has ended, and has its value as answer', async () => {
    const run = playedScript(
      asksOnce([agentCall(0, { phase: 'Look' }), agentCall(1, { schema: fakeRef(44) })], () =>
        returns({ journal: fakeRef(702), hash: 'end' }),
      ),
    );
    expect(run.script).toBeInstanceOf(ScriptRun);
    await run.run();
    expect(run.told.slice(0, 2).map(({ journal }) => journal)).toEqual([null, fakeRef(700)]);
    const ends = run.told.flatMap((input) => input.ends);
    expect(ends.toSorted((a, b) => a.id - b.id)).toEqual([
      { id: 0, spent: expect.any(Number), conversation: fakeRef(1), schema: null },
      { id: 1, spent: expect.any(Number), conversation: fakeRef(1), schema: fakeRef(44) },
    ]);
    expect(statuses(run.state.record)).toEqual(['a1 unverified 1', 'a2 unverified 1']);
    expect(run.state.record.swarm).toMatchObject({
      answer: { ref: fakeRef(800), preview: '"ok"' },
      traits: [{ id: 'a1', phase: 'Look' }, { id: 'a2' }],
    });
    expect(facts(run)).toMatchObject({ state: 'done', calls: 2, hash: 'end', error: null });
    expect([run.script.isOpen, run.script.fault]).toEqual([false, undefined]);
  });

  it('names the same script in every step, and what it runs with', async () => {
    const run = playedScript((_ends, step) => (step < 2 ? waits([agentCall(step)]) : returns()));
    await run.run();
    expect(new Set(run.told.map(({ node }) => node)).size).toBe(1);
    expect(run.told.every(({ task }) => task === SCRIPT_TASK)).toBe(true);
    expect(new Set(run.told.map(({ key }) => key.step)).size).toBe(3);
  });

  it('that asks nothing ends without an agent or a lane', async () => {
    const run = playedScript(() => returns());
    await run.run();
    expect([played.children.length, run.opened]).toEqual([0, []]);
  });

  it('lays its lanes out once, before the first agent, however many steps tell its calls', async () => {
    const all = Array.from({ length: 30 }, (_, id) => agentCall(id));
    let ended = 0;
    const run = playedScript((ends, step) => {
      ended += ends.length;
      if (step < 3) return waits(all.slice(step * 10, step * 10 + 10), { hasMore: step < 2 });
      return ended < 30 ? waits() : returns();
    });
    await run.run();
    expect(run.opened).toEqual([0]);
    expect(run.state.record.stories).toHaveLength(30);
    expect(run.state.record.stories.every(({ status }) => status === 'unverified')).toBe(true);
  });

  it('that goes on lays its lanes out too, and its agents come behind those of before', async () => {
    const at = { workflowId: 'workflow-1', startedAt: '2026-01-02T03:04:05.000Z' };
    const input = { ...SWARM_INPUT, subtasks: [], script: SCRIPT_TASK };
    const carried = withFurther(openSwarmRecord(input, at), [subtask('a1'), subtask('a2')]);
    const stories = carried.stories.map((entry) => ({ ...entry, status: 'unverified' as const }));
    const run = playedScript(asksOnce([agentCall(0), agentCall(1)]), {
      changes: { carried: { ...carried, stories } },
    });
    await run.run();
    expect(run.opened).toEqual([2]);
    expect(statuses(run.state.record)).toEqual([
      'a1 unverified 0',
      'a2 unverified 0',
      'a3 unverified 1',
      'a4 unverified 1',
    ]);
  });

  it('tells at most two hundred ends in one step', async () => {
    const all = Array.from({ length: 250 }, (_, id) => ({
      id,
      kind: 'refused' as const,
      code: 'TypeError',
      message: 'no',
    }));
    let ended = 0;
    const run = playedScript((ends, step) => {
      ended += ends.length;
      if (step === 0) return waits(all);
      return ended < 250 ? waits() : returns();
    });
    await run.run();
    expect(run.told.map(({ ends }) => ends.length)).toEqual([0, 200, 50]);
  });
});

describe('what an agent asked for is', () => {
  it('goes with its subtask: who, where, which model, how long', async () => {
    const call = agentCall(0, {
      agent: 'explore',
      named: 'reviewer',
      touches: ['src/**'],
      model: { provider: 'fake', model: 'two' },
      contextWindow: 500,
      timeoutMs: 1500,
    });
    const run = playedScript((_ends, step) => (step === 0 ? waits([call]) : returns()));
    await run.run();
    expect(run.state.subtask('a1')).toEqual({
      id: 'a1',
      title: 'Call 0',
      instruction: 'Do 0',
      instructionRef: fakeRef(500),
      agent: 'explore',
      named: 'reviewer',
      touches: ['src/**'],
      dependsOn: [],
      priority: 1,
      model: { provider: 'fake', model: 'two' },
      contextWindow: 500,
      timeoutMs: 1500,
    });
  });
});

describe('how an agent ends', () => {
  const endOf = async (
    result: PlayedChild extends never ? never : () => Promise<unknown>,
    land?: () => unknown,
  ) => {
    played.childResult = result;
    const run = playedScript((_ends, step) => (step === 0 ? waits([agentCall(0)]) : returns()), {
      swarmScript: land === undefined ? {} : { land: land as never },
    });
    await run.run();
    return run.told[1]?.ends[0];
  };

  it.each([
    ['that failed', async () => agentEnd('limit', { reason: 'no key' }), 'AgentError', 'no key'],
    [
      'that gave up',
      async () => agentEnd('blocked', { reason: 'no access' }),
      'AgentError',
      'no access',
    ],
    [
      'whose workflow is gone',
      async () => {
        throw ApplicationFailure.nonRetryable('gone', 'ERR_X');
      },
      'AgentError',
      'gone',
    ],
  ] as const)('%s is an error for the script', async (...[, result, code, message]) => {
    expect(await endOf(result)).toMatchObject({
      id: 0,
      code: expect.stringMatching(new RegExp(`^(${code}|ConflictError)$`)),
      message: expect.stringContaining(message),
    });
  });

  it('without a word is an empty text', async () => {
    const { conversation: _none, ...silent } = agentEnd('done');
    expect(await endOf(async () => silent)).toMatchObject({ id: 0, value: '""' });
  });

  it('with a very long reason is told within bounds', async () => {
    const reason = 'x'.repeat(50_000);
    const end = await endOf(async () => agentEnd('limit', { reason }));
    expect(end).toMatchObject({ code: 'AgentError' });
    expect(JSON.stringify(end).length).toBeLessThan(1000);
  });

  it('says what the whole run has spent until then', async () => {
    const usage = { ...ZERO_USAGE, inputTokens: 100, outputTokens: 20 };
    const { spending } = agentEnd('done');
    played.childResult = async () => agentEnd('done', { spending: { ...spending, usage } });
    const run = playedScript((_ends, step) => (step < 3 ? waits([agentCall(step)]) : returns()));
    await run.run();
    expect(run.told.flatMap(({ ends }) => ends.map(({ spent }) => spent))).toEqual([120, 240, 360]);
  });
});

describe('an answer that fits no schema', () => {
  const misfits = [{ id: 0, problems: ['it is no JSON object'] }];
  const steps = (_ends: unknown, step: number) => {
    if (step === 0) return waits([agentCall(0, { schema: fakeRef(44) })]);
    return step === 1 ? waits([], { misfits }) : returns();
  };

  it('is put right by one call whose cost counts for the run', async () => {
    const run = playedScript(steps);
    await run.run();
    expect(run.repairs).toEqual([
      expect.objectContaining({
        conversation: fakeRef(1),
        schema: fakeRef(44),
        problems: ['it is no JSON object'],
        model: SWARM_INPUT.options.model,
      }),
    ]);
    expect(run.told[2]?.ends).toEqual([{ id: 0, spent: 110, ref: fakeRef(600) }]);
    expect(run.state.record.overhead).toMatchObject({ modelCalls: 1, costMicroUsd: 5 });
  });

  it('that cannot be put right is an error for the script', async () => {
    const problems = ['n: expected number', 'x'.repeat(3000)];
    const run = playedScript(steps, { repair: () => ({ answer: null, problems }) });
    await run.run();
    const [end] = run.told[2]?.ends ?? [];
    expect(end).toMatchObject({
      code: 'SchemaError',
      message: expect.stringMatching(/^n: expected number; x+$/),
    });
    expect(JSON.stringify(end).length).toBeLessThan(1000);
  });

  it('whose repair fails for good ends the run with that, and does not leave it waiting', async () => {
    const run = playedScript(steps, {
      repair: async () => {
        // everything else has come to rest by then
        for (let turn = 0; turn < 50; turn += 1) await nextTurn();
        throw ApplicationFailure.nonRetryable('no such model', 'ERR_MODEL_UNKNOWN');
      },
    });
    await expect(run.run()).rejects.toThrow('no such model');
  });
});

describe('what a script waits for beside agents', () => {
  it('is a pause, of at least a moment, and the script goes on after it', async () => {
    const run = playedScript((_ends, step) =>
      step === 0
        ? waits([
            { id: 0, kind: 'sleep', milliseconds: 5000 },
            { id: 1, kind: 'sleep', milliseconds: 0 },
          ])
        : step === 1
          ? waits()
          : returns(),
    );
    // both pauses are over at once here
    const steps = run.told;
    await run.run().catch(() => undefined);
    expect(played.pauses.filter((pause) => pause !== null)).toEqual(
      expect.arrayContaining([5000, 1]),
    );
    expect(steps[1]?.ends).toContainEqual({ id: 0, spent: 0, value: 'null' });
  });

  it('is a question: its default, or nothing, where nobody can be asked', async () => {
    const ask = (id: number, value: string) => ({
      id,
      kind: 'ask' as const,
      question: 'Go on?',
      options: [],
      otherwise: { value },
    });
    let ended = 0;
    const run = playedScript((ends, step) => {
      ended += ends.length;
      return step === 0
        ? waits([ask(0, '"yes"'), ask(1, 'null')])
        : ended < 2
          ? waits()
          : returns();
    });
    await run.run();
    expect(run.told.flatMap(({ ends }) => ends)).toEqual([
      { id: 0, spent: 0, value: '"yes"', again: true },
      { id: 1, spent: 0, value: 'null', again: true },
    ]);
  });

  it('is refused with an error that the script can take', async () => {
    const run = playedScript((_ends, step) =>
      step === 0
        ? waits([{ id: 0, kind: 'refused', code: 'UnknownProfileError', message: 'no agent x' }])
        : returns(),
    );
    await run.run();
    expect(run.told[1]?.ends).toEqual([
      { id: 0, spent: 0, code: 'UnknownProfileError', message: 'no agent x' },
    ]);
    expect(run.state.record.stories).toEqual([]);
  });
});

describe('the end of a script', () => {
  it('stops agents that it no longer waits for: those at work, and those that have not begun', async () => {
    const calls = Array.from({ length: 5 }, (_, id) => agentCall(id));
    played.childResult = async (child) => {
      if (storyOf(child) === 'a1') return agentEnd('done');
      await child.whenCancelled;
      throw new CancelledFailure('cancelled');
    };
    const run = playedScript((_ends, step) => (step === 0 ? waits(calls) : returns()));
    await run.run();
    const [first, ...others] = run.state.record.stories.map(({ status }) => status);
    expect([first, new Set(others)]).toEqual(['unverified', new Set(['skipped'])]);
    expect(facts(run).state).toBe('done');
  });

  it('by an error of its own is in the record, with its line', async () => {
    const error = { message: 'Error: out', line: 7 };
    const run = playedScript(() => waits([], { state: 'failed', error }));
    await run.run();
    expect(facts(run)).toMatchObject({ state: 'failed', error });
    expect(run.state.record.swarm?.answer).toBeNull();
  });

  it('by a fault of the machine ends the run with it', async () => {
    const run = playedScript((_ends, step) => {
      if (step === 0) return waits([agentCall(0)]);
      throw ApplicationFailure.nonRetryable('the state hash differs', 'ERR_SCRIPT_REPLAY');
    });
    await expect(run.run()).rejects.toMatchObject({ type: 'ERR_SCRIPT_REPLAY' });
    expect([run.script.isOpen, run.script.fault]).toEqual([
      false,
      expect.objectContaining({ type: 'ERR_SCRIPT_REPLAY' }),
    ]);
  });
});

describe('what a script says', () => {
  it('is in the record and among the events: its parts, and its last fifty lines', async () => {
    const lines = Array.from({ length: 70 }, (_, at) => ({
      level: 'info' as const,
      text: `line ${at} ${'x'.repeat(1000)}`,
    }));
    const run = playedScript((_ends, step) =>
      step === 0
        ? waits([agentCall(0)], { lines: [{ level: 'phase', text: 'Look' }, ...lines] })
        : returns({
            lines: [
              { level: 'phase', text: 'Do' },
              { level: 'warning', text: 'careful' },
              { level: 'phase', text: 'Look' },
            ],
            taken: 3,
          }),
    );
    await run.run();
    const { phase, phases, lines: kept, calls, taken } = facts(run);
    expect({ phase, phases, calls, taken }).toEqual({
      phase: 'Look',
      phases: ['Look', 'Do'],
      calls: 4,
      taken: 3,
    });
    expect([kept.length, kept.at(-1), Math.max(...kept.map(({ length }) => length))]).toEqual([
      50,
      'careful',
      500,
    ]);
    const notes = run.fake.events.filter(({ type }) => type === 'run.note').map(({ text }) => text);
    expect(notes).toEqual(
      expect.arrayContaining(['phase: Look', 'careful', '3 calls had ended in the run before']),
    );
  });

  it('of more than a hundred parts keeps the first hundred', async () => {
    const lines = Array.from({ length: 150 }, (_, at) => ({
      level: 'phase' as const,
      text: `${at} ${'p'.repeat(500)}`,
    }));
    const run = playedScript(() => returns({ lines }));
    await run.run();
    const { phases, phase } = facts(run);
    expect([phases.length, phase?.length, phase?.slice(0, 4)]).toEqual([100, 200, '149 ']);
  });
});
