import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import { RUN_UPDATES } from '../../src/contracts/messages.js';
import type { RuleNote } from '../../src/domain/agent/denial.js';
import { fakeCall, fakeRef, fakeReply } from '../support/fake-activities.js';
import type { SessionScript } from '../support/fake-session-activities.js';
import { openingSession, withSession } from '../support/session-workflow.js';
import { useDevelopmentServer } from '../support/workflow-environment.js';

const server = useDevelopmentServer();
const writer = () => openingSession({ access: 'write', agent: 'build' });
const ATTENDED = { questions: { waitMs: 3_600_000, unattended: 'deny' } } as const;
const ASK: RuleNote = { effect: 'ask', rule: 'bash(git push) in a.toml', call: 'bash git push' };
const BASH = fakeCall('bash', { access: 'execute', title: 'bash: git push', digest: 'abc123' });

/** Calls a tool that a rule asks about, then says that it is done. */
function asking(approvals: (string | undefined)[]): SessionScript {
  return {
    callModel: ({ depth }, count) =>
      fakeReply({
        head: fakeRef(100 + count),
        depth: depth + 1,
        ...(count === 1 ? { calls: [BASH] } : { finishReason: 'stop' }),
      }),
    executeTool: async ({ approved }) => {
      approvals.push(approved);
      return approved === undefined ? { isError: true, ruled: ASK } : {};
    },
  };
}

const send = (
  workflowId: string,
  update: 'message' | 'answer',
  word: { readonly story: string; readonly text: string },
) =>
  server()
    .client.workflow.getHandle(workflowId)
    .executeUpdate(RUN_UPDATES[update], { args: [word] });

const refusal = async (asked: Promise<unknown>): Promise<unknown> => {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof WorkflowUpdateFailedError ? error.cause : error;
};

describe('a prompt that somebody looks on at', () => {
  it.each(['message', 'answer'] as const)(
    'waits for a yes to a call that a rule asks about, which comes as %s',
    async (update) => {
      const approvals: (string | undefined)[] = [];
      const start = { script: asking(approvals), opening: writer() };
      await withSession(server(), start, async ({ say, rested, fake, workflowId }) => {
        await say('a', ATTENDED);
        await vi.waitFor(
          () => expect(fake.events.some(({ type }) => type === 'permission.ask')).toBe(true),
          { timeout: 20_000 },
        );
        expect(await send(workflowId, update, { story: 'T1', text: 'yes' })).toBe(
          'T1 is told before its next model call',
        );
        const record = await rested();
        expect(approvals).toEqual([undefined, 'abc123']);
        expect(record.stories[0]?.status).toBe('unverified');
      });
    },
  );

  it('refuses words to prompts that nobody works on', async () => {
    const approvals: (string | undefined)[] = [];
    const start = { script: asking(approvals), opening: writer() };
    await withSession(server(), start, async ({ say, rested, fake, workflowId }) => {
      await say('a', ATTENDED);
      await say('b');
      await vi.waitFor(
        () => expect(fake.events.some(({ type }) => type === 'permission.ask')).toBe(true),
        { timeout: 20_000 },
      );
      expect(await refusal(send(workflowId, 'message', { story: 'T2', text: 'x' }))).toMatchObject({
        type: 'ERR_STORY_NOT_RUNNING',
      });
      expect(await refusal(send(workflowId, 'message', { story: 'T9', text: 'x' }))).toMatchObject({
        type: 'ERR_STORY_UNKNOWN',
      });
      await send(workflowId, 'message', { story: 'T1', text: 'no, use a branch' });
      const record = await rested();
      expect(approvals).toEqual([undefined]);
      expect(record.stories.map(({ status }) => status)).toEqual(['unverified', 'unverified']);
    });
  });
});

describe('a prompt that nobody looks on at', () => {
  it('has such a call refused at once, as before', async () => {
    const approvals: (string | undefined)[] = [];
    const start = { script: asking(approvals), opening: writer() };
    await withSession(server(), start, async ({ say, rested, fake }) => {
      await say('a');
      const record = await rested();
      expect(record.stories[0]?.status).toBe('unverified');
      expect(approvals).toEqual([undefined]);
      expect(fake.events.some(({ type }) => type === 'permission.ask')).toBe(false);
    });
  });
});
