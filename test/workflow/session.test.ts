import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, vi } from 'vitest';
import { runSpending } from '../../src/domain/run/ralph-run.js';
import { sessionStanding } from '../../src/domain/session/session.js';
import type { sessionWorkflow } from '../../src/workflows/session/session.js';
import { fakeRef, fakeReply } from '../support/fake-activities.js';
import type { SessionScript } from '../support/fake-session-activities.js';
import { openingSession, withSession } from '../support/session-workflow.js';
import { useDevelopmentServer } from '../support/workflow-environment.js';

const server = useDevelopmentServer();
/** Each answer is a link of its own. */
const answers: SessionScript = {
  callModel: ({ depth }, count) =>
    fakeReply({ finishReason: 'stop', head: fakeRef(100 + count), depth: depth + 1 }),
};
const writer = () => openingSession({ access: 'write', agent: 'build' });

/** A script whose first model call waits until `release` is called. */
function waiting(): { script: SessionScript; release: () => void; asked: () => boolean } {
  let release = (): void => undefined;
  let isAsked = false;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const callModel: SessionScript['callModel'] = async (_input, count) => {
    isAsked = true;
    if (count === 1) await gate;
    return fakeReply({ finishReason: 'stop', head: fakeRef(100 + count), depth: count });
  };
  return { script: { callModel }, release: () => release(), asked: () => isAsked };
}

describe('a session', () => {
  it('answers prompts in their order, each on the conversation before it, and rests in between', async () => {
    type Ended = Awaited<ReturnType<typeof sessionWorkflow>>;
    await withSession(server(), { script: answers }, async ({ say, rested, fake }) => {
      expect(await say('a')).toEqual({ turn: 1, isKnown: false });
      const first: Ended = await rested();
      expect(first).toMatchObject({ status: 'passed', reason: 'waits for the next prompt' });
      expect(await say('b')).toEqual({ turn: 2, isKnown: false });
      const record = await rested();
      expect(fake.modelInputs.map(({ head }) => head)).toEqual([null, fakeRef(101)]);
      expect(fake.begunPrompts.map(({ isFirst, kind }) => [isFirst, kind])).toEqual([
        [true, 'chat'],
        [false, 'chat'],
      ]);
      expect(record.stories.map(({ story, status }) => [story.id, status])).toEqual([
        ['T1', 'unverified'],
        ['T2', 'unverified'],
      ]);
      expect(sessionStanding(record.session).conversation).toEqual({
        head: fakeRef(102),
        depth: 2,
        contextTokens: 110,
      });
      expect(runSpending(record)).toMatchObject({ modelCalls: 2 });
      // two executions: numbers of events are each one's own
      const sources = new Set(fake.events.map(({ source }) => source));
      expect(fake.calls.filter((call) => call === 'openSession').length).toBe(2);
      expect(sources.size).toBeGreaterThanOrEqual(2);
    });
  });

  it('takes the same message once, while it is worked on and after', async () => {
    const { script, release } = waiting();
    await withSession(server(), { script }, async ({ say, rested, fake }) => {
      const [one, same] = await Promise.all([say('a'), say('a')]);
      expect([one.turn, same.turn]).toEqual([1, 1]);
      release();
      await rested();
      // Temporal itself answers for an execution that has ended
      expect(await say('a')).toMatchObject({ turn: 1 });
      const record = await rested();
      expect(record.stories.length).toBe(1);
      expect(fake.modelInputs.length).toBe(1);
    });
  });

  it('works prompts of several terminals off one after the other', async () => {
    const { script, release } = waiting();
    await withSession(server(), { script }, async ({ say, rested, fake }) => {
      await say('a');
      const later = await Promise.all([say('b'), say('c')]);
      expect(new Set(later.map(({ turn }) => turn))).toEqual(new Set([2, 3]));
      expect(fake.begunPrompts.length).toBeLessThanOrEqual(1);
      release();
      const record = await rested();
      expect(fake.begunPrompts.map(({ turn }) => turn)).toEqual([1, 2, 3]);
      expect(record.stories.every(({ status }) => status === 'unverified')).toBe(true);
    });
  });

  it('goes on in a fresh execution after many prompts, and loses none that wait', async () => {
    const { script, release } = waiting();
    await withSession(server(), { script }, async ({ say, rested, fake }) => {
      await say('0');
      for (let index = 1; index < 43; index += 1) await say(String(index));
      release();
      const record = await rested();
      expect(fake.begunPrompts.map(({ turn }) => turn)).toEqual(
        Array.from({ length: 43 }, (_, index) => index + 1),
      );
      expect(record.stories.every(({ status }) => status === 'unverified')).toBe(true);
      // the same execution chain gives each step and each event a number once
      const keys = fake.begunPrompts.map(({ key }) => `${key.scope} ${key.step}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(fake.calls.filter((call) => call === 'openSession').length).toBe(2);
    });
  });

  it('ends a prompt that cannot be answered and takes the next', async () => {
    const script: SessionScript = {
      callModel: (_input, count) => {
        if (count === 1)
          throw ApplicationFailure.nonRetryable('the key is wrong', 'ERR_PROVIDER_AUTH');
        return fakeReply({ finishReason: 'stop', head: fakeRef(3) });
      },
    };
    await withSession(server(), { script }, async ({ say, rested }) => {
      await say('a');
      const failed = await rested();
      expect(failed).toMatchObject({ status: 'failed', failure: { code: 'ERR_PROVIDER_AUTH' } });
      expect(failed.session.entries[0]).toMatchObject({
        conversation: null,
        failure: { code: 'ERR_PROVIDER_AUTH', message: 'the key is wrong' },
      });
      await say('b');
      expect(await rested()).toMatchObject({ status: 'passed', failure: null });
    });
  });

  it('tells of a repository that moved since the prompt before', async () => {
    const git = { branch: 'main', head: 'a'.repeat(40), dirtyFiles: 0, dirtyDigest: '' };
    await withSession(server(), { script: answers }, async ({ say, rested, fake }) => {
      await say('a', { git });
      await rested();
      await say('b', { git: { ...git, head: 'b'.repeat(40) } });
      await rested();
      const notes = fake.events.filter(({ type }) => type === 'story.note');
      expect(notes.map(({ story, text }) => [story, text])).toEqual([
        ['T2', 'HEAD of the repository moved from aaaaaaaaaa to bbbbbbbbbb'],
      ]);
    });
  });

  it('is left as cancelled by somebody who cancels it; what waited can be said again', async () => {
    const { script, asked, release } = waiting();
    await withSession(server(), { script }, async ({ say, rested, cancel }) => {
      await say('a');
      await say('b');
      await vi.waitFor(() => expect(asked()).toBe(true), 10_000);
      await cancel();
      release();
      const record = await rested();
      expect(record.status).toBe('cancelled');
      expect(record.stories.map(({ status }) => status)).toEqual(['skipped', 'skipped']);
      await say('c');
      const after = await rested();
      expect(after.stories.at(-1)).toMatchObject({ status: 'unverified' });
    });
  });

  it('begins nothing by itself that an execution left which was ended from outside', async () => {
    const opening = openingSession();
    const lost = { ...opening, status: 'running' as const, endedAt: null };
    await withSession(
      server(),
      { script: answers, opening: lost },
      async ({ say, rested, fake }) => {
        fake.records.push({
          ...lost,
          stories: [
            {
              story: {
                id: 'T1',
                title: 'lost',
                description: '',
                acceptanceCriteria: [],
                priority: 1,
                dependsOn: [],
                complexity: 1,
                passes: false,
                verificationSteps: [],
              },
              status: 'running',
              commit: null,
              attempts: [],
              reason: '',
            },
          ],
          session: {
            ...lost.session,
            entries: [
              {
                kind: 'turn',
                number: 1,
                messageId: 'lost',
                prompt: fakeRef(1),
                at: '2026-03-01T00:00:00.000Z',
                model: { provider: 'fake', model: 'one' },
                contextWindow: 1000,
                git: null,
                conversation: null,
                commit: null,
              },
            ],
          },
        });
        expect(await say('next')).toEqual({ turn: 2, isKnown: false });
        const record = await rested();
        expect(record.stories.map(({ status }) => status)).toEqual(['skipped', 'unverified']);
        expect(fake.begunPrompts.map(({ turn }) => turn)).toEqual([2]);
      },
    );
  });

  it('says why it cannot be opened to whoever asks', async () => {
    await withSession(server(), { opening: null }, async ({ say }) => {
      await expect(say('a')).rejects.toMatchObject({ code: 'ERR_SESSION_UNKNOWN', exitCode: 2 });
    });
  });
});

describe('the files of a session', () => {
  it('are committed behind each prompt, also one that reaches a limit', async () => {
    const script: SessionScript = {
      callModel: (_input, count) =>
        fakeReply({ finishReason: count === 1 ? 'stop' : 'refusal', head: fakeRef(count) }),
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested, fake }) => {
      await say('a');
      await rested();
      await say('b');
      const record = await rested();
      expect(fake.landedBatches.map(({ head }) => head)).toEqual(['base', 'commit-T1-1']);
      expect(record.stories.map(({ status, commit }) => [status, commit])).toEqual([
        ['unverified', 'commit-T1-1'],
        ['failed', 'commit-T2-2'],
      ]);
      expect(record.headCommit).toBe('commit-T2-2');
      expect(record.publishedBranch).not.toBeNull();
      expect(fake.begunPrompts.map(({ place }) => place?.base)).toEqual(['base', 'commit-T1-1']);
    });
  });

  it('that may not land are named, and the session goes on from where it was', async () => {
    const script: SessionScript = {
      ...answers,
      land: (id) => ({ id, kind: 'refused', reason: 'a key stands in a.txt' }),
    };
    await withSession(server(), { script, opening: writer() }, async ({ say, rested }) => {
      await say('a');
      const record = await rested();
      expect(record.headCommit).toBe('base');
      expect(record.stories[0]?.reason).toContain('a key stands in a.txt');
    });
  });

  it('come back alone, with the conversation, or stay where only that goes back', async () => {
    await withSession(
      server(),
      { script: answers, opening: writer() },
      async ({ say, rested, rewind, fake }) => {
        for (const id of ['a', 'b', 'c']) {
          await say(id);
          await rested();
        }
        expect(await rewind({ to: 1, what: 'files' })).toBe('the files are as behind prompt 1');
        const files = await rested();
        expect(files.headCommit).toBe('back-to-commit-T1-1');
        expect(sessionStanding(files.session).path.length).toBe(3);
        await rewind({ to: 2, what: 'conversation' });
        const talk = await rested();
        expect(talk.headCommit).toBe('back-to-commit-T1-1');
        expect(sessionStanding(talk.session).path.map(({ number }) => number)).toEqual([1, 2]);
        await say('d');
        await rested();
        expect(fake.modelInputs.at(-1)?.head).toEqual(fakeRef(102));
        expect(fake.begunPrompts.at(-1)?.notes).toEqual([
          expect.stringContaining('took the files back'),
        ]);
        await rewind({ to: 0, what: 'both' });
        await rested();
        expect(fake.rewound.at(-1)).toMatchObject({ to: 'base', head: 'commit-T4-4' });
        await say('e');
        const record = await rested();
        expect(fake.modelInputs.at(-1)?.head).toBeNull();
        expect(record.stories.length).toBe(5);
      },
    );
  });

  it('come back only to a prompt that there is, and while nothing is worked on', async () => {
    const { script, release } = waiting();
    await withSession(server(), { script }, async ({ say, rested, rewind }) => {
      await say('a');
      await expect(rewind({ to: 0 })).rejects.toMatchObject({ code: 'ERR_SESSION_BUSY' });
      release();
      await rested();
      await expect(rewind({ to: 2 })).rejects.toMatchObject({ code: 'ERR_SESSION_TURN' });
      await expect(rewind({ to: 1, what: 'files' })).rejects.toMatchObject({
        code: 'ERR_SESSION_NO_FILES',
      });
      expect(await rewind({ to: 0, messageId: 'once' })).toContain('conversation');
      await rewind({ to: 0, messageId: 'once' });
      expect((await rested()).session.entries.length).toBe(2);
    });
  });
});
