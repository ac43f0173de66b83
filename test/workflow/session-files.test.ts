import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import { filesBehind, sessionStanding } from '../../src/domain/session/session.js';
import { fakeRef, fakeReply } from '../support/fake-activities.js';
import type { FakeSessionActivities, SessionScript } from '../support/fake-session-activities.js';
import { openingSession, withSession } from '../support/session-workflow.js';
import { useDevelopmentServer } from '../support/workflow-environment.js';

const server = useDevelopmentServer();
/** Each answer is a link of its own. */
const answers: SessionScript = {
  callModel: ({ depth }, count) =>
    fakeReply({ finishReason: 'stop', head: fakeRef(100 + count), depth: depth + 1 }),
};
const writer = () => openingSession({ access: 'write', agent: 'build' });
type Landing = ReturnType<NonNullable<SessionScript['land']>>;

const conflict = (id: string, fields: { stale?: string[]; files?: string[] } = {}): Landing => ({
  id,
  kind: 'conflict',
  tree: 'merged',
  files: [],
  locks: ['package-lock.json'],
  own: `own-${id}`,
  ...fields,
});

const notes = ({ events }: FakeSessionActivities): string[] =>
  events.filter(({ type }) => type === 'run.note').map(({ text = '' }) => text);
/** Calls of an activity, by the beginning of their names. */
const calls = (fake: FakeSessionActivities, name: string): string[] =>
  fake.calls.filter((call) => call.startsWith(name));

/** Requests that the present execution of a workflow has begun to answer. */
async function accepted(workflowId: string): Promise<number> {
  const { events } = await server().client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes)
    .length;
}

describe('files whose lock lacks what the manifest asks for', () => {
  it('land with the lock made anew', async () => {
    const script: SessionScript = {
      ...answers,
      land: (id, count) => (count === 1 ? conflict(id) : undefined),
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(calls(fake, 'regenerateLocks')).toEqual(['regenerateLocks package-lock.json']);
      expect(fake.landedBatches.map(({ candidates }) => candidates[0]?.renewedLocks)).toEqual([
        [],
        ['package-lock.json'],
      ]);
      expect(record).toMatchObject({ status: 'passed', headCommit: 'commit-T1-2' });
      expect(record.stories[0]).toMatchObject({ status: 'unverified', commit: 'commit-T1-2' });
    });
  });

  it('land with a whole lock that nobody can make anew, and it is told', async () => {
    const script: SessionScript = {
      ...answers,
      land: (id, count) =>
        count === 1 ? conflict(id, { stale: ['package-lock.json'] }) : undefined,
      beforeLocks: () => {
        throw ApplicationFailure.nonRetryable('npm failed', 'ERR_LOCK_FAILED');
      },
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(fake.landedBatches.at(-1)?.candidates[0]?.keptLocks).toEqual(['package-lock.json']);
      expect(record.stories[0]).toMatchObject({
        status: 'unverified',
        reason: expect.stringContaining('package-lock.json could not be made anew'),
      });
      expect(notes(fake)).toEqual([expect.stringContaining('could not be made anew')]);
    });
  });

  it.each([
    ['whose tool refuses', { code: 'ERR_LOCK_FAILED', rounds: 1 }],
    ['that stays wrong however often it is made', { code: null, rounds: 5 }],
  ])('are kept on a branch of their own behind a lock %s', async (_name, { code, rounds }) => {
    const script: SessionScript = {
      ...answers,
      land: (id) => conflict(id),
      beforeLocks: () => {
        if (code !== null) throw ApplicationFailure.nonRetryable('npm failed', code);
      },
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(fake.landedBatches.length).toBe(rounds);
      expect(calls(fake, 'keepSubtask')).toEqual(['keepSubtask T1 own-T1']);
      expect(record).toMatchObject({ status: 'failed', headCommit: 'base' });
      expect(record.stories[0]).toMatchObject({
        status: 'blocked',
        branch: 'session/demo-T1',
        reason: expect.stringMatching(/package-lock\.json.*on session\/demo-T1/),
        attempts: [{ outcome: 'merge_failed' }],
      });
      // the answer is there, and goes on
      expect(sessionStanding(record.session).conversation?.head).toEqual(fakeRef(101));
      expect(notes(fake)).toEqual([expect.stringContaining('session/demo-T1')]);
    });
  });
});

describe('files that may not land', () => {
  it('are kept and told: to whoever reads, and once to the next agent', async () => {
    const script: SessionScript = {
      ...answers,
      land: (id) =>
        id === 'T1' ? { id, kind: 'refused', reason: 'a key stands in a.txt' } : undefined,
      left: (id) => `session/demo-${id}`,
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const first = await rested();
      expect(first.stories[0]).toMatchObject({
        status: 'failed',
        branch: 'session/demo-T1',
        reason: expect.stringContaining('a key stands in a.txt'),
        attempts: [{ outcome: 'checks_failed' }],
      });
      expect(notes(fake)).toEqual([expect.stringContaining('a key stands in a.txt')]);
      expect(calls(fake, 'publishSwarm')).toEqual([]);
      for (const id of ['b', 'c']) {
        await say(id);
        await rested();
      }
      expect(fake.begunPrompts.map((begun) => begun.notes)).toEqual([
        [],
        [expect.stringMatching(/prompt 1 is not among the files.*a key stands in a\.txt/)],
        [],
      ]);
    });
  });

  it('are told also where they cannot be kept', async () => {
    const script: SessionScript = {
      ...answers,
      land: (id) => ({ id, kind: 'refused', reason: 'a key' }),
      left: () => {
        throw ApplicationFailure.nonRetryable('the lane is gone', 'ERR_LANE');
      },
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(record.stories[0]?.reason).toContain('what it changed is in no commit');
      expect(notes(fake)[0]).toBe('what it left is not kept: the lane is gone');
    });
  });

  it('do not take the answer with them that was paid', async () => {
    const script: SessionScript = {
      ...answers,
      beforeLanding: (_ids, count) => {
        if (count === 1)
          throw ApplicationFailure.nonRetryable('the ref is elsewhere', 'ERR_REF_MOVED');
      },
      left: (id) => `session/demo-${id}`,
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(record).toMatchObject({ status: 'failed', failure: { code: 'ERR_REF_MOVED' } });
      expect(record.session.entries[0]).toMatchObject({
        conversation: { head: fakeRef(101) },
        commit: 'base',
        failure: { code: 'ERR_REF_MOVED', message: 'the ref is elsewhere' },
        unlanded: expect.stringContaining('session/demo-T1'),
      });
      expect(record.stories[0]?.attempts[0]?.spending.modelCalls).toBe(1);
      await say('b');
      expect((await rested()).headCommit).toBe('commit-T2-2');
      expect(fake.modelInputs.at(-1)?.head).toEqual(fakeRef(101));
    });
  });
});

describe('files of an agent that broke off', () => {
  it('are kept and told, and the next prompt goes on from where the session was', async () => {
    const script: SessionScript = {
      callModel: (_input, count) => {
        if (count === 1)
          throw ApplicationFailure.nonRetryable('the key is wrong', 'ERR_PROVIDER_AUTH');
        return fakeReply({ finishReason: 'stop', head: fakeRef(3) });
      },
      left: (id) => `session/demo-${id}`,
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(record.stories[0]).toMatchObject({
        status: 'failed',
        branch: 'session/demo-T1',
        reason: 'the key is wrong; what it changed is on session/demo-T1',
      });
      expect(record.failure).toMatchObject({ code: 'ERR_PROVIDER_AUTH' });
      expect(notes(fake)).toEqual(['what it changed is on session/demo-T1']);
      await say('b');
      await rested();
      expect(fake.begunPrompts.at(-1)?.notes).toEqual([
        'What you changed at prompt 1 is not among the files: it broke off; what it changed is on session/demo-T1',
      ]);
    });
  });

  it('are nothing where it changed nothing', async () => {
    const script: SessionScript = {
      callModel: () => {
        throw ApplicationFailure.nonRetryable('the key is wrong', 'ERR_PROVIDER_AUTH');
      },
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(record.stories[0]?.reason).toBe('the key is wrong');
      expect(record.session.entries[0]).not.toHaveProperty('unlanded');
      expect(calls(fake, 'keepUnlanded').length).toBe(1);
    });
  });
});

describe('the branch of a session', () => {
  it('is tried again by the next prompt, also by one that changes nothing', async () => {
    let isLocked = true;
    const script: SessionScript = {
      ...answers,
      land: (id) => (id === 'T1' ? undefined : { id, kind: 'empty' }),
      publish: () => {
        if (isLocked) throw ApplicationFailure.nonRetryable('locked', 'ERR_GIT_LOCKED');
      },
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      expect((await rested()).publishedBranch).toBeNull();
      isLocked = false;
      await say('b');
      const record = await rested();
      expect(record.publishedBranch).toBe('session/demo');
      await say('c');
      await rested();
      // what is shown already is not shown again
      expect(calls(fake, 'publishSwarm')).toEqual(Array(2).fill('publishSwarm commit-T1-1'));
    });
  });

  it('shows files that came back at once', async () => {
    await withSession(
      server(),
      { script: answers, opening: writer() },
      async ({ say, rested, rewind, fake }) => {
        for (const id of ['a', 'b']) {
          await say(id);
          await rested();
        }
        await rewind({ to: 1, what: 'files' });
        const record = await rested();
        expect(calls(fake, 'publishSwarm').at(-1)).toBe('publishSwarm back-to-commit-T1-1');
        expect(record.session.published).toBe('back-to-commit-T1-1');
      },
    );
  });
});

describe('a session whose execution was ended from outside', () => {
  it('goes on with the commit that it did not write down, and lands on it', async () => {
    const script: SessionScript = {
      ...answers,
      standsAt: (turn) => (turn === 1 ? 'unwritten' : undefined),
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(fake.landedBatches[0]).toMatchObject({
        head: 'unwritten',
        candidates: [{ base: 'unwritten' }],
      });
      expect(record.headCommit).toBe('commit-T1-1');
      expect(notes(fake)).toEqual([
        expect.stringContaining('goes on with unwritten, not with base'),
      ]);
    });
  });
});

describe('a prompt that is said while files come back', () => {
  it('is behind the rewind, and stays in the conversation', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const script: SessionScript = { ...answers, beforeRewind: () => gate };
    await withSession(
      server(),
      { script, opening: writer() },
      async ({ say, rested, rewind, fake, workflowId }) => {
        for (const id of ['a', 'b']) {
          await say(id);
          await rested();
        }
        const rewound = rewind({ to: 1, what: 'both' });
        await vi.waitFor(() => expect(fake.rewound.length).toBe(1), 10_000);
        const said = say('c');
        // its handler has begun
        await vi.waitFor(async () => expect(await accepted(workflowId)).toBe(2), 10_000);
        release();
        await rewound;
        expect(await said).toEqual({ turn: 3, isKnown: false });
        const record = await rested();
        expect(record.session.entries.map(({ kind }) => kind)).toEqual([
          'turn',
          'turn',
          'rewind',
          'turn',
        ]);
        expect(sessionStanding(record.session).path.map(({ number }) => number)).toEqual([1, 3]);
        expect(filesBehind(record.session, { to: 3, base: 'base' })).toBe('commit-T3-3');
        expect(fake.begunPrompts.at(-1)?.notes).toEqual([
          expect.stringContaining('took the files back'),
        ]);
      },
    );
  });
});
