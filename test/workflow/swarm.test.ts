import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { describe, expect, it, vi } from 'vitest';
import type { SwarmInput } from '../../src/contracts/swarm.js';
import { runSpending, type RunRecord } from '../../src/domain/run/ralph-run.js';
import { fakeCall, fakeRef, fakeReply, type FakeScript } from '../support/fake-activities.js';
import type { SwarmScript } from '../support/fake-swarm-activities.js';
import { createDoor, statuses } from '../support/ralph-workflow.js';
import {
  DIAMOND,
  subtask,
  SWARM_INPUT,
  withSwarm,
  type OpenSwarm,
} from '../support/swarm-workflow.js';
import { useDevelopmentServer, useTimeSkipping } from '../support/workflow-environment.js';

/** An agent says what it did and ends. */
const says = (text = 'I did it.') => fakeReply({ finishReason: 'stop', calls: [], preview: text });
const fails = (): never => {
  throw ApplicationFailure.nonRetryable('no such model', 'ERR_PROVIDER_MODEL_GONE');
};
const blocked = () =>
  fakeReply({ finishReason: 'stop', calls: [], marker: 'blocked', preview: 'no key' });

/** Agents that say what they did, but for those of some subtasks. */
function agents(
  own: Readonly<Record<string, NonNullable<FakeScript['callModel']>>> = {},
): Pick<SwarmScript, 'callModel'> {
  return { callModel: (call, count) => own[call.story ?? '']?.(call, count) ?? says() };
}

/** An answer that never comes: it ends by being cancelled. */
async function never(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 50);
  return context.cancelled.finally(() => clearInterval(timer));
}

const options = (changes: Partial<SwarmInput['options']>): Pick<SwarmInput, 'options'> => ({
  options: { ...SWARM_INPUT.options, ...changes },
});
const calls = (limit: number) => ({ costMicroUsd: null, tokens: null, calls: limit });
const order = ({ fake }: OpenSwarm): string[] =>
  fake.calls.filter((name) => /^(beginSubtask|landSubtasks|joinResults|publish)/.test(name));
const reasons = (record: RunRecord): string[] =>
  record.stories.map(({ story, reason }) => `${story.id}: ${reason}`);

/** The code with which a request is refused; what it was answered with when it was not. */
async function refusal(
  swarm: OpenSwarm,
  ...request: Parameters<OpenSwarm['update']>
): Promise<unknown> {
  const error: unknown = await swarm.update(...request).catch((reason: unknown) => reason);
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause.type : cause;
}

describe('a swarm on a server whose clock skips', () => {
  const environment = useTimeSkipping();

  it('works off a chain one after the other, each from what landed before it', async () => {
    const subtasks = [
      subtask('c', { dependsOn: ['b'] }),
      subtask('b', { dependsOn: ['a'] }),
      subtask('a'),
    ];
    await withSwarm(environment(), { script: agents(), input: { subtasks } }, async (swarm) => {
      const record = await swarm.ended();
      expect([record.status, record.reason]).toEqual([
        'passed',
        'all 3 subtasks done, nobody checked the result',
      ]);
      expect(order(swarm)).toEqual([
        'beginSubtask a 1',
        'landSubtasks a',
        'beginSubtask b 1',
        'landSubtasks b',
        'beginSubtask c 1',
        'landSubtasks c',
        'publishSwarm commit-c-3',
        'joinResults',
      ]);
      expect(swarm.fake.begunSubtasks.map(({ place }) => place?.base)).toEqual([
        'base',
        'commit-a-1',
        'commit-b-2',
      ]);
    });
  });

  it('blocks by a failing subtask only what depends on it', async () => {
    const script = agents({ b: fails });
    await withSwarm(environment(), { script }, async (swarm) => {
      const record = await swarm.ended();
      expect([record.status, ...statuses(record)]).toEqual([
        'failed',
        'a unverified 1',
        'b failed 1',
        'c unverified 1',
        'd waiting_on_dependency 0',
      ]);
      expect(reasons(record).slice(1)).toEqual([
        'b: no such model',
        expect.any(String),
        expect.stringMatching(/^d: waits for b/),
      ]);
      // what is there is published and joined all the same
      expect(order(swarm).slice(-2)).toEqual(['publishSwarm commit-c-2', 'joinResults']);
      expect(swarm.fake.joined[0]?.subtasks.map(({ id, status }) => `${id} ${status}`)).toEqual([
        'a done',
        'b failed',
        'c done',
        'd waiting on dependency',
      ]);
    });
  });

  it('does not count the time that an agent waits for its provider', async () => {
    let count = 0;
    const quota = (): ReturnType<typeof says> => {
      count += 1;
      if (count > 1) return says();
      throw ApplicationFailure.create({
        type: 'ERR_PROVIDER_WAIT',
        message: 'quota',
        nonRetryable: true,
        details: [{ resumeAt: new Date(Date.now() + 900_000).toISOString() }],
      });
    };
    const input = { subtasks: [subtask('a')], timeoutMs: 60_000 };
    const script = agents({ a: quota });
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect([count, ...statuses(record)]).toEqual([2, 'a unverified 1']);
    });
  });

  it('goes on with the agent that lost a conflict, and counts what both of its calls cost', async () => {
    const conflict: SwarmScript['land'] = (id, count) =>
      id === 'b' && count === 1
        ? {
            id,
            kind: 'conflict',
            tree: 'marked',
            files: ['f'],
            locks: ['package-lock.json'],
            own: 'own',
          }
        : undefined;
    const input = { subtasks: [subtask('a'), subtask('b')] };
    await withSwarm(
      environment(),
      { script: { ...agents(), land: conflict }, input },
      async (swarm) => {
        const record = await swarm.ended();
        expect(statuses(record)).toEqual(['a unverified 1', 'b unverified 1']);
        expect(swarm.fake.calls).toContain('regenerateLocks package-lock.json');
        expect(record.stories.map(({ attempts }) => attempts[0]?.spending.modelCalls)).toEqual([
          1, 2,
        ]);
      },
    );
  });

  it('keeps on a branch what conflicts when the agent that goes on fails, and forgets no call that was paid', async () => {
    const conflict: SwarmScript['land'] = (id) =>
      id === 'b'
        ? { id, kind: 'conflict', tree: 'marked', files: ['f'], locks: [], own: 'own' }
        : undefined;
    const input = { subtasks: [subtask('a'), subtask('b')] };
    let asked = 0;
    const script = agents({
      b: () => {
        asked += 1;
        return asked === 1 ? says() : fails();
      },
    });
    await withSwarm(
      environment(),
      { script: { ...script, land: conflict }, input },
      async (swarm) => {
        const record = await swarm.ended();
        expect([record.status, ...statuses(record)]).toEqual([
          'failed',
          'a unverified 1',
          'b blocked 1',
        ]);
        expect(record.stories[1]).toMatchObject({
          branch: 'swarm/task-b',
          attempts: [{ spending: { modelCalls: 1 } }],
        });
        expect(swarm.fake.calls).toContain('keepSubtask b own');
      },
    );
  });

  it('lands the others of a batch when one cannot be landed', async () => {
    const both = createDoor();
    const asked = new Set<string>();
    const together: SwarmScript['callModel'] = async ({ story }) => {
      asked.add(story ?? '');
      if (asked.size === 3) both.open();
      await both.opened;
      return says();
    };
    const script: SwarmScript = {
      callModel: together,
      beforeLanding: (ids) => {
        if (ids.includes('b')) throw ApplicationFailure.nonRetryable('a lane is gone', 'ERR_LANE');
      },
    };
    const input = { subtasks: ['a', 'b', 'c'].map((id) => subtask(id)) };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect(statuses(record)).toEqual(['a unverified 1', 'b failed 1', 'c unverified 1']);
      expect(reasons(record)[1]).toBe('b: a lane is gone');
      // its agent was paid
      expect(runSpending(record).modelCalls).toBe(3 + 1);
    });
  });

  it('fails whoever added what may not land, and lands the others', async () => {
    const reason = 'Lines that you added hold a secret: a.txt:1 (github-token).';
    const script: SwarmScript = {
      land: (id) => (id === 'a' ? { id, kind: 'refused', reason } : undefined),
    };
    const input = { subtasks: [subtask('a'), subtask('b'), subtask('c', { dependsOn: ['a'] })] };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect(statuses(record)).toEqual([
        'a failed 1',
        'b unverified 1',
        expect.stringContaining('c '),
      ]);
      expect(reasons(record)[0]).toBe(`a: ${reason}`);
      expect(record.stories[2]?.attempts).toEqual([]);
    });
  });

  it('asks before more agents start than a person agreed to', async () => {
    const many = Array.from({ length: 26 }, (_, index) => subtask(`s${index}`));
    const script: SwarmScript = { ...agents(), plan: () => ({ subtasks: many }) };
    const input = { subtasks: [], planned: 'model' as const, isConfirmed: false };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      await vi.waitFor(async () => expect((await swarm.status()).status).toBe('paused'), 20_000);
      expect((await swarm.status()).standstill?.reason).toContain('the plan has 26 agents');
      expect(swarm.fake.begunSubtasks).toEqual([]);
      await swarm.update('resume', {});
      const record = await swarm.ended();
      expect([record.status, record.stories.length]).toEqual(['passed', 26]);
    });
  });

  it('pauses when its budget is used up, and goes on with more', async () => {
    const input = options({ budget: calls(2), parallel: 1 });
    await withSwarm(environment(), { script: agents(), input }, async (swarm) => {
      await vi.waitFor(async () => expect((await swarm.status()).status).toBe('paused'), 20_000);
      const paused = await swarm.status();
      expect([paused.standstill?.reason, swarm.fake.modelInputs.length]).toEqual([
        'the budget of 2 model calls is used up',
        2,
      ]);
      await swarm.update('resume', { budget: { calls: 5 } });
      const record = await swarm.ended();
      expect([record.status, runSpending(record).modelCalls]).toEqual(['passed', 5]);
    });
  });

  it('works with exactly the budget that it needs, whatever is leased meanwhile', async () => {
    const subtasks = Array.from({ length: 12 }, (_, index) =>
      subtask(`s${index}`, { dependsOn: index % 4 === 3 ? [`s${index - 1}`] : [] }),
    );
    const input = { subtasks, ...options({ budget: calls(13), parallel: 5 }) };
    await withSwarm(environment(), { script: agents(), input }, async (swarm) => {
      const record = await swarm.ended();
      expect([record.status, runSpending(record).modelCalls]).toEqual(['passed', 13]);
      expect(swarm.fake.events.filter(({ type }) => type === 'run.pause')).toEqual([]);
    });
  });

  it('asks row by row, repairs an answer once, and fails only the row that still does not fit', async () => {
    const rows = {
      table: fakeRef(1),
      columns: ['country'],
      output: '/out.csv',
      template: '{country}?',
      schema: fakeRef(2),
      input: '/in.csv',
    };
    const subtasks = [1, 2, 3].map((row) => subtask(`row-${row}`, { agent: 'row' }));
    const script: SwarmScript = {
      answerRow: (row, count) =>
        row === 2 || (row === 1 && count === 1)
          ? { answer: null, problems: ['no JSON object'], said: 'no' }
          : {},
    };
    const input = { subtasks, rows, hasFiles: false, planned: 'rows' as const };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect(statuses(record)).toEqual([
        'row-1 unverified 1',
        'row-2 unverified 1',
        'row-3 failed 1',
      ]);
      expect(record.stories.map(({ attempts }) => attempts[0]?.spending.modelCalls)).toEqual([
        1, 2, 2,
      ]);
      expect(swarm.fake.calls.at(-1)).toBe('saveRows done done failed');
    });
  });
});

describe('a swarm that somebody steers', () => {
  const environment = useDevelopmentServer();

  /** Waits until the model was asked about a subtask. */
  const asked = ({ fake }: OpenSwarm, id: string, times = 1): Promise<void> =>
    vi.waitFor(
      () =>
        expect(fake.modelInputs.filter(({ story }) => story === id).length).toBeGreaterThanOrEqual(
          times,
        ),
      { timeout: 20_000 },
    );

  it('stops a subtask at work and one that has not begun, and leaves the others alone', async () => {
    const door = createDoor();
    const subtasks = [
      subtask('a'),
      subtask('b'),
      subtask('later', { dependsOn: ['b'] }),
      subtask('after', { dependsOn: ['later'] }),
    ];
    const script = agents({ a: never, b: async () => door.opened.then(() => says()) });
    await withSwarm(environment(), { script, input: { subtasks } }, async (swarm) => {
      await Promise.all([asked(swarm, 'a'), asked(swarm, 'b')]);
      expect(await swarm.update('skip', { story: 'a' })).toBe('a is being stopped');
      expect(await swarm.update('skip', { story: 'later' })).toBe(
        'later is stopped before it began',
      );
      expect(await refusal(swarm, 'skip', { story: 'z' })).toBe('ERR_STORY_UNKNOWN');
      door.open();
      const record = await swarm.ended();
      expect(statuses(record)).toEqual([
        'a skipped 1',
        'b unverified 1',
        'later skipped 0',
        'after waiting_on_dependency 0',
      ]);
      expect(reasons(record)[0]).toBe('a: stopped by request');
    });
  });

  it('ends an agent that works longer than a subtask may', async () => {
    const input = { subtasks: [subtask('a'), subtask('b')], timeoutMs: 2000 };
    const script = agents({ a: never });
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect(reasons(record)[0]).toBe('a: it did not end within 2 s of work');
      expect(statuses(record)).toEqual(['a failed 1', 'b unverified 1']);
    });
  });

  it('fails a subtask whose agent was terminated in Temporal, and its siblings live', async () => {
    const script = agents({ b: never });
    await withSwarm(environment(), { script }, async (swarm) => {
      await asked(swarm, 'b');
      await swarm.agent('b').terminate('no');
      const record = await swarm.ended();
      expect(statuses(record)).toEqual([
        'a unverified 1',
        'b failed 1',
        'c unverified 1',
        'd waiting_on_dependency 0',
      ]);
      expect(reasons(record)[1]).toBe('b: terminated by Temporal operator');
    });
  });

  it('opens a failed subtask again while others work, and with it what waited for it', async () => {
    const door = createDoor();
    let isBroken = true;
    const script = agents({
      b: () => (isBroken ? blocked() : says()),
      c: async () => door.opened.then(() => says()),
    });
    await withSwarm(environment(), { script }, async (swarm) => {
      await vi.waitFor(async () => expect(statuses(await swarm.status())[1]).toBe('b blocked 1'), {
        timeout: 20_000,
      });
      isBroken = false;
      expect(await swarm.update('retry', { story: 'b' })).toBe('b is open again');
      await asked(swarm, 'b', 2);
      door.open();
      const record = await swarm.ended();
      expect([record.status, ...statuses(record)]).toEqual([
        'passed',
        'a unverified 1',
        'b unverified 2',
        'c unverified 1',
        'd unverified 1',
      ]);
    });
  });

  it('has a lane for each subtask that is opened again beside the one it was started for', async () => {
    const carried = await withSwarm(
      environment(),
      { script: agents({ b: blocked, c: blocked }) },
      (swarm) => swarm.ended(),
    );
    const door = createDoor();
    const script = agents({ b: async () => door.opened.then(() => says()) });
    const input = { carried, reopen: ['b'], runId: '01hx0000000000000000000001' };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      await asked(swarm, 'b');
      await swarm.update('retry', { story: 'c' });
      await vi.waitFor(
        async () => expect(statuses(await swarm.status())[2]).toBe('c unverified 2'),
        { timeout: 20_000 },
      );
      door.open();
      const record = await swarm.ended();
      expect([record.status, ...statuses(record)]).toEqual([
        'passed',
        'a unverified 1',
        'b unverified 2',
        'c unverified 2',
        'd unverified 1',
      ]);
    });
  });

  it('pauses before the next subtask begins, does not count that time, and goes on', async () => {
    const door = createDoor();
    const script = agents({ a: async () => door.opened.then(() => says()) });
    const input = { timeoutMs: 60_000 };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      await asked(swarm, 'a');
      await swarm.update('pause', { reason: 'lunch' });
      door.open();
      await vi.waitFor(
        async () => expect(statuses(await swarm.status())[0]).toBe('a unverified 1'),
        { timeout: 20_000 },
      );
      expect((await swarm.status()).standstill?.reason).toBe('lunch');
      expect(swarm.fake.begunSubtasks).toHaveLength(1);
      await swarm.update('resume', {});
      expect((await swarm.ended()).status).toBe('passed');
    });
  });

  it('tells an agent at work something, and refuses to tell one that is not', async () => {
    const door = createDoor();
    let turns = 0;
    const script = agents({
      a: async () => {
        turns += 1;
        if (turns > 1) return says();
        await door.opened;
        return fakeReply({ calls: [fakeCall('read_file', { access: 'read' })] });
      },
    });
    await withSwarm(environment(), { script }, async (swarm) => {
      await asked(swarm, 'a');
      expect(await swarm.update('message', { story: 'a', text: 'the blue one' })).toBe(
        'a is told before its next model call',
      );
      expect(await refusal(swarm, 'message', { story: 'd', text: 'x' })).toBe(
        'ERR_STORY_NOT_RUNNING',
      );
      door.open();
      const record = await swarm.ended();
      expect(record.status).toBe('passed');
      expect(swarm.fake.modelInputs[1]?.newMessages.at(-1)).toMatchObject({
        text: expect.stringContaining('the blue one'),
      });
    });
  });

  it('ends every subtask when it is cancelled', async () => {
    const script = agents({ b: never, c: never });
    await withSwarm(environment(), { script, input: { subtasks: [...DIAMOND] } }, async (swarm) => {
      await Promise.all([asked(swarm, 'b'), asked(swarm, 'c')]);
      await swarm.handle.cancel();
      await expect(swarm.handle.result()).rejects.toThrow();
      const record = swarm.fake.records.at(-1);
      expect([record?.status, ...statuses(record as RunRecord)]).toEqual([
        'cancelled',
        'a unverified 1',
        'b skipped 1',
        'c skipped 1',
        'd pending 0',
      ]);
    });
  });
});
