import { Context } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import { runSpending, type RunRecord } from '../../src/domain/run/ralph-run.js';
import { fakeCall, fakeProof, fakeRef, fakeReply } from '../support/fake-activities.js';
import type { SwarmScript } from '../support/fake-swarm-activities.js';
import { statuses } from '../support/ralph-workflow.js';
import { evidence } from '../support/run-records.js';
import { subtask, SWARM_INPUT, withSwarm, type OpenSwarm } from '../support/swarm-workflow.js';
import { useDevelopmentServer, useTimeSkipping } from '../support/workflow-environment.js';

type Model = NonNullable<SwarmScript['callModel']>;

const CHECK = { name: 'test', command: 'true', timeoutMs: 1000 };
const says = (text = 'I did it.') => fakeReply({ finishReason: 'stop', calls: [], preview: text });
const agents = (own: Readonly<Record<string, Model>>): Pick<SwarmScript, 'callModel'> => ({
  callModel: (call, count) => own[call.story ?? '']?.(call, count) ?? says(),
});
const fails = (): never => {
  throw ApplicationFailure.nonRetryable('no such model', 'ERR_PROVIDER_MODEL_GONE');
};

/** An answer that never comes: it ends by being cancelled. */
async function never(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 50);
  return context.cancelled.finally(() => clearInterval(timer));
}

const asked = ({ fake }: OpenSwarm, id: string): Promise<void> =>
  vi.waitFor(() => expect(fake.modelInputs.some(({ story }) => story === id)).toBe(true), 20_000);
const kept = ({ fake }: OpenSwarm): string[] =>
  fake.calls.flatMap((name) => /^keepUnlanded (\S+ \d)/.exec(name)?.[1] ?? []);
const left: SwarmScript['left'] = (id) => `kept/${id}`;
const branches = ({ stories }: RunRecord): string[] =>
  stories.map(({ story, branch, reason }) => `${story.id} ${branch ?? 'none'}: ${reason}`);

/** The record with which a swarm ended that was cancelled or failed around its subtasks, and why Temporal says it did. */
async function closed(swarm: OpenSwarm): Promise<{ record: RunRecord; cause: unknown }> {
  const cause = await swarm.handle.result().then(
    () => undefined,
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
  const record = swarm.fake.records.at(-1);
  if (record === undefined) throw new Error('no record was saved');
  return { record, cause };
}

describe('work that does not land', () => {
  const environment = useTimeSkipping();

  it('is kept on a branch when its agent reached a limit or was blocked, and only what an agent changed', async () => {
    const looks = () => fakeReply({ calls: [fakeCall('read_file', { access: 'read' })] });
    const blocked = () =>
      fakeReply({ finishReason: 'stop', calls: [], marker: 'blocked', preview: 'no key' });
    const script: SwarmScript = {
      ...agents({ a: looks, b: blocked, c: looks, d: looks }),
      left: (id) => (id === 'c' ? null : `kept/${id}`),
    };
    const input = {
      options: { ...SWARM_INPUT.options, maxTurns: 2 },
      subtasks: [subtask('a'), subtask('b'), subtask('c'), subtask('d', { agent: 'explore' })],
    };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect(kept(swarm).sort()).toEqual(['a 1', 'b 1', 'c 1']);
      expect(branches(record)).toEqual([
        expect.stringMatching(/^a kept\/a: .+; what it changed is on kept\/a$/),
        'b kept/b: no key; what it changed is on kept/b',
        expect.stringMatching(/^c none: (?!.*what it changed)/),
        expect.stringMatching(/^d none: /),
      ]);
      // an agent would look for the branch in its lane
      expect(record.stories[1]?.attempts[0]?.reason).toBe('no key');
    });
  });

  it('is kept when its landing fails', async () => {
    const script: SwarmScript = {
      ...agents({}),
      left,
      beforeLanding: (ids) => {
        if (ids.includes('b')) throw ApplicationFailure.nonRetryable('a lane is gone', 'ERR_LANE');
      },
    };
    const input = { subtasks: [subtask('a'), subtask('b')] };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect(branches(record)[1]).toBe('b kept/b: a lane is gone; what it changed is on kept/b');
      expect(statuses(record)).toEqual(['a unverified 1', 'b failed 1']);
    });
  });

  it('is kept by its conflict when the merge of its resolution fails', async () => {
    const script: SwarmScript = {
      ...agents({}),
      land: (id, count) =>
        id === 'b' && count === 1
          ? { id, kind: 'conflict', tree: 'marked', files: ['f'], locks: [], own: 'own' }
          : undefined,
      beforeLanding: (ids, count) => {
        if (ids.includes('b') && count > 1)
          throw ApplicationFailure.nonRetryable('a lane is gone', 'ERR_LANE');
      },
    };
    await withSwarm(
      environment(),
      { script, input: { subtasks: [subtask('b')] } },
      async (swarm) => {
        const record = await swarm.ended();
        expect([statuses(record), record.stories[0]?.branch]).toEqual([
          ['b blocked 1'],
          'swarm/task-b',
        ]);
        expect(swarm.fake.calls).toContain('keepSubtask b own');
      },
    );
  });

  it('is named also when it is opened again, and when it cannot be kept the end says so', async () => {
    const carried = await withSwarm(
      environment(),
      { script: { ...agents({ a: fails }), left }, input: { subtasks: [subtask('a')] } },
      (swarm) => swarm.ended(),
    );
    const broken: SwarmScript = {
      ...agents({ a: fails }),
      left: () => {
        throw ApplicationFailure.nonRetryable('no disk', 'ERR_X');
      },
    };
    const input = { subtasks: [subtask('a')], carried };
    await withSwarm(environment(), { script: broken, input }, async (swarm) => {
      const record = await swarm.ended();
      expect([record.stories[0]?.branch, record.stories[0]?.attempts.length]).toEqual([
        'kept/a',
        2,
      ]);
      const notes = swarm.fake.events.filter(({ type }) => type === 'run.note');
      expect(notes.map(({ text }) => text)).toContain('what it left is not kept: no disk');
    });
  });
});

describe('a swarm whose result nobody can have', () => {
  const environment = useTimeSkipping();
  const refuses =
    (own: string) =>
    (step: string): void => {
      if (step === own) throw ApplicationFailure.nonRetryable('no such folder', 'ERR_WRITE');
    };

  it('has failed when its table cannot be written', async () => {
    const rows = {
      table: fakeRef(1),
      columns: ['country'],
      output: '/out.csv',
      template: '{country}?',
      schema: fakeRef(2),
      input: '/in.csv',
    };
    const input = {
      rows,
      hasFiles: false,
      planned: 'rows' as const,
      subtasks: [subtask('row-1', { agent: 'row' })],
    };
    const script = { beforeOwnStep: refuses('saveRows') };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const { record } = await closed(swarm);
      expect([record.status, record.failure, ...statuses(record)]).toEqual([
        'failed',
        { code: 'ERR_WRITE', message: 'no such folder' },
        'row-1 unverified 1',
      ]);
    });
  });

  it('has failed when answers without files cannot be joined', async () => {
    const input = { hasFiles: false, subtasks: [subtask('a'), subtask('b')] };
    const script = { ...agents({}), beforeOwnStep: refuses('joinResults') };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const { record } = await closed(swarm);
      expect([record.status, record.failure?.code]).toEqual(['failed', 'ERR_WRITE']);
    });
  });

  it('ends at once when it cannot read its input', async () => {
    const input = { timeoutMs: -1 };
    await withSwarm(environment(), { input }, async (swarm) => {
      await expect(swarm.handle.result()).rejects.toMatchObject({
        cause: {
          type: 'ERR_WORKFLOW_INPUT_INVALID',
          message: expect.stringContaining('timeoutMs'),
        },
      });
    });
  });
});

describe('the word of others about the result', () => {
  const environment = useTimeSkipping();
  const red = (tree: string) =>
    fakeProof('failed', { tree, evidence: [evidence({ exitCode: 1, tree })] });

  it('counts a judge that fails as no verdict, and everything that judges cost', async () => {
    const pass = () => says('VERDICT: PASS\nok');
    const script = agents({ 'judge-1': pass, 'judge-2': fails, 'judge-3': pass });
    const input = { subtasks: [subtask('a')], verify: 3 };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect([record.status, record.swarm?.isVerified, record.swarm?.judgements]).toEqual([
        'passed',
        true,
        [
          { verdict: 'pass', reason: 'ok' },
          { verdict: 'none', reason: 'no such model' },
          { verdict: 'pass', reason: 'ok' },
        ],
      ]);
      expect(record.overhead?.modelCalls).toBe(2);
    });
  });

  it('is not paid for when the checks are red already', async () => {
    const script = { ...agents({}), proveMerged: (_: number, tree: string) => red(tree) };
    const input = { subtasks: [subtask('a')], verify: 2, checks: [CHECK] };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      const record = await swarm.ended();
      expect([record.swarm?.isVerified, ...statuses(record)]).toEqual([false, 'a failed 1']);
      expect(swarm.fake.calls).not.toContain('beginJudge');
    });
  });

  it('blames nothing that landed since for what an earlier start left red, and fails whoever was to repair it', async () => {
    const script = { ...agents({}), proveMerged: (_: number, tree: string) => red(tree) };
    const subtasks = [subtask('a'), subtask('b', { dependsOn: ['a'] })];
    const input = { subtasks, checks: [CHECK] };
    const first = await withSwarm(environment(), { script, input }, (swarm) => swarm.ended());
    expect(statuses(first)).toEqual(['a failed 1', 'b unverified 1']);
    const again = { ...input, carried: first, subtasks: [...subtasks, subtask('c')] };
    await withSwarm(environment(), { script, input: again }, async (swarm) => {
      const record = await swarm.ended();
      const head = first.headCommit.slice(0, 10);
      expect(
        record.stories.map(({ story, status, reason }) => `${story.id} ${status} ${reason}`),
      ).toEqual([
        `a failed test still fails: it was red before this start of the swarm already, at ${head}`,
        'b unverified the agent answered',
        'c unverified the agent answered',
      ]);
      expect(record.notes).toEqual([
        `test was red before this start of the swarm already, at ${head}: what landed since is not blamed for it`,
      ]);
    });
  });

  it('asks a person about a plan of the model that may cost more than was agreed to, with its price', async () => {
    const confirm = (usd: number) => ({
      limits: { agents: 25, usd },
      price: { input: 1, output: 10 },
    });
    const script: SwarmScript = {
      ...agents({}),
      plan: () => ({ subtasks: [subtask('a'), subtask('b')] }),
    };
    const planned = { subtasks: [], planned: 'model' as const, isConfirmed: false };
    const dear = { ...planned, confirm: confirm(0.1) };
    await withSwarm(environment(), { script, input: dear }, async (swarm) => {
      await vi.waitFor(async () => expect((await swarm.status()).status).toBe('paused'), 20_000);
      expect((await swarm.status()).standstill?.reason).toBe(
        `the plan: 2 agents would make 5 to 21 model calls for $0.02 to $0.42; codetether runs resume ${SWARM_INPUT.runId} starts them`,
      );
      expect(swarm.fake.begunSubtasks).toEqual([]);
      await swarm.update('resume', {});
      expect((await swarm.ended()).status).toBe('passed');
    });
    const cheap = { ...planned, confirm: confirm(5) };
    await withSwarm(environment(), { script, input: cheap }, async (swarm) => {
      expect((await swarm.ended()).status).toBe('passed');
    });
  });
});

describe('a swarm that is ended from outside', () => {
  const environment = useDevelopmentServer();

  it('shows what landed on its branch and keeps what its agents had', async () => {
    const script: SwarmScript = { ...agents({ b: never }), left };
    const input = { subtasks: [subtask('a'), subtask('b')] };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      await asked(swarm, 'b');
      await vi.waitFor(
        async () => expect(statuses(await swarm.status())[0]).toBe('a unverified 1'),
        20_000,
      );
      await swarm.handle.cancel();
      const { record } = await closed(swarm);
      expect([record.status, record.publishedBranch, branches(record)[1]]).toEqual([
        'cancelled',
        'swarm/task',
        'b kept/b: cancelled; what it changed is on kept/b',
      ]);
      expect(swarm.fake.calls).toContain('publishSwarm commit-a-1');
    });
  });

  it('keeps the files of a subtask that is stopped, and of one that works too long', async () => {
    const script: SwarmScript = { ...agents({ a: never, b: never }), left };
    const input = { subtasks: [subtask('a'), subtask('b')], timeoutMs: 3000 };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      await Promise.all([asked(swarm, 'a'), asked(swarm, 'b')]);
      await swarm.update('skip', { story: 'a' });
      const record = await swarm.ended();
      expect(branches(record)).toEqual([
        'a kept/a: stopped by request; what it changed is on kept/a',
        'b kept/b: it did not end within 3 s of work; what it changed is on kept/b',
      ]);
    });
  });

  it('is cancelled also while its judges work, and counts what they cost', async () => {
    const looks = fakeReply({ calls: [fakeCall('read_file', { access: 'read' })] });
    let turns = 0;
    const judge: Model = () => {
      turns += 1;
      return turns === 1 ? looks : never();
    };
    const script = agents({ 'judge-1': judge });
    const input = { subtasks: [subtask('a')], verify: 1 };
    await withSwarm(environment(), { script, input }, async (swarm) => {
      await vi.waitFor(() => expect(turns).toBe(2), 20_000);
      await swarm.handle.cancel();
      const { record, cause } = await closed(swarm);
      expect([record.status, record.swarm?.judgements, cause]).toEqual([
        'cancelled',
        undefined,
        expect.objectContaining({ name: 'CancelledFailure' }),
      ]);
      expect([record.overhead?.modelCalls, runSpending(record).modelCalls]).toEqual([1, 2]);
    });
  });
});
