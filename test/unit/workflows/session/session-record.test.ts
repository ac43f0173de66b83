import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AgentResult } from '../../../../src/domain/agent/agent.js';
import { withTurn, type TurnChange } from '../../../../src/domain/session/session.js';
import { ZERO_SPENDING } from '../../../../src/domain/run/spending.js';
import {
  endOfAgent,
  endOfWork,
  notesBefore,
  UNTOLD,
} from '../../../../src/workflows/session/prompt-end.js';
import { NOTHING } from '../../../../src/workflows/session/prompt-files.js';
import { publishFiles } from '../../../../src/workflows/session/publication.js';
import type { SessionState } from '../../../../src/workflows/session/session-state.js';
import type { PromptWork } from '../../../../src/workflows/session/prompt-work.js';
import type { SessionDesk } from '../../../../src/workflows/session/session-desk.js';
import { showSession } from '../../../../src/workflows/session/session-details.js';
import {
  factsOf,
  idle,
  reopened,
  withoutOpen,
  withHead,
  withPrompt,
  withRewind,
  wordOn,
} from '../../../../src/workflows/session/session-record.js';
import { openingSession, prompt } from '../../../support/session-workflow.js';

const shown = vi.hoisted(() => ({ details: '' }));
vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  getCurrentDetails: () => '',
  setCurrentDetails: (text: string) => {
    shown.details = text;
  },
}));
afterEach(() => {
  shown.details = '';
});

const TALK = { head: { digest: 'a'.repeat(64), bytes: 1 }, depth: 1, contextTokens: 1 };
const AT = '2026-01-02T03:04:05.000Z';
/** Numbers of the public surface that a session's workflow is made of. */
type Parts = [keyof PromptWork, keyof SessionDesk];
const PARTS: Parts = ['run', 'take'];

describe('the record of a session', () => {
  it('gets a story and an entry with each prompt', () => {
    expect(PARTS).toHaveLength(2);
    const one = withPrompt(openingSession({}, { feature: '' }), prompt('a'), AT);
    const two = withPrompt(one, prompt('b'), AT);
    expect([two.feature, two.stories.map(({ story }) => story.id)]).toEqual([
      'prompt a',
      ['T1', 'T2'],
    ]);
    expect(factsOf(two).entries.map((entry) => entry.messageId)).toEqual(['a', 'b']);
    expect(two.stories.map(({ status }) => status)).toEqual(['pending', 'pending']);
    expect(factsOf({ ...two, session: undefined }).entries).toEqual([]);
  });

  it('says whether an agent reads a word, and nothing that may not be so', () => {
    expect(wordOn('T1', true)).toBe('T1 is told before its next model call');
    const unread = wordOn('T1', false);
    expect(unread).toContain('nobody reads it');
    // its agent may be still to come
    expect(unread).not.toContain('ended');
  });

  it('is opened again; what was open goes on only where the same work goes on', () => {
    const open = withPrompt(openingSession(), prompt('a'), AT);
    const where = { workflowId: 'w' };
    const on = reopened(open, { ...where, isContinued: true });
    expect([on.status, on.endedAt, on.stories[0]?.status]).toEqual(['running', null, 'pending']);
    const lost = reopened(open, { ...where, isContinued: false });
    expect(lost.stories[0]).toMatchObject({
      status: 'skipped',
      reason: 'its workflow was ended from outside',
    });
  });

  it('waits as its last prompt ended', () => {
    const open = withPrompt(openingSession(), prompt('a'), AT);
    const ended = (status: 'unverified' | 'failed' | 'skipped') =>
      idle(
        { ...open, stories: open.stories.map((entry) => ({ ...entry, status, reason: 'why' })) },
        AT,
      );
    expect(idle(openingSession(), AT)).toMatchObject({ status: 'passed', endedAt: AT });
    expect(ended('unverified')).toMatchObject({
      status: 'passed',
      reason: 'waits for the next prompt',
    });
    expect(ended('failed')).toMatchObject({ status: 'failed', reason: 'why', failure: null });
    expect(ended('skipped')).toMatchObject({ status: 'cancelled' });
    expect(withoutOpen(open, 'gone').stories[0]?.reason).toBe('gone');
  });

  it('goes on behind an earlier turn at the commit that has its files', () => {
    const request = { messageId: 'r', to: 1, what: 'both' as const };
    const back = withRewind(withPrompt(openingSession(), prompt('a'), AT), request, {
      at: AT,
      head: 'h',
    });
    expect(back.headCommit).toBe('h');
    expect(factsOf(back).entries.at(-1)).toEqual({ kind: 'rewind', ...request, at: AT });
  });

  it('shows in the web interface, whatever is written in it', () => {
    showSession(openingSession({}, { feature: 'x <b>\n# y' }));
    expect(shown.details).toContain('**agent** chat');
    expect(shown.details).not.toContain('<b>');
    const open = withPrompt(openingSession(), prompt('a'), AT);
    showSession({
      ...open,
      stories: open.stories.map((entry) => ({ ...entry, status: 'running' })),
    });
    expect(shown.details).toContain('**now** prompt a');
  });
});

describe('the end of a prompt', () => {
  it('is that of its agent; an answer is checked by nobody', () => {
    const ends = (
      ['done', 'blocked', 'silent', 'limit', 'stalled', 'refused', 'cancelled'] as const
    ).map((outcome) => endOfAgent({ outcome } as AgentResult).status);
    expect(ends).toEqual([
      'unverified',
      'blocked',
      'failed',
      'failed',
      'failed',
      'failed',
      'skipped',
    ]);
    expect(UNTOLD).toEqual(ZERO_SPENDING);
  });

  it('tells the next agent of what was taken back since the prompt before, once', () => {
    const base = withPrompt(openingSession(), prompt('a'), AT);
    const back = (what: 'conversation' | 'files') =>
      withRewind(base, { messageId: what, to: 1, what }, { at: AT, head: 'h' });
    const then = (record: typeof base) => factsOf(withPrompt(record, prompt('b'), AT));
    expect(notesBefore(then(base), 2)).toEqual([]);
    expect(notesBefore(then(back('files')), 2)).toEqual([
      expect.stringContaining('took the files back'),
    ]);
    expect(notesBefore(then(back('conversation')), 2)).toEqual([
      expect.stringContaining('took the conversation back'),
    ]);
    const heard = (record: typeof base, number: number, fields: TurnChange = {}) => ({
      ...record,
      session: withTurn(factsOf(record), number, { conversation: TALK, ...fields }),
    });
    const later = withPrompt(heard(withPrompt(back('files'), prompt('b'), AT), 2), prompt('c'), AT);
    expect(notesBefore(factsOf(later), 3)).toEqual([]);
    // a prompt that nobody answered was read by nobody
    const unheard = withPrompt(withPrompt(back('files'), prompt('b'), AT), prompt('c'), AT);
    expect(notesBefore(factsOf(unheard), 3)).toEqual([
      expect.stringContaining('took the files back'),
    ]);
    const lost = heard(base, 1, { unlanded: 'a key' });
    const told = ['What you changed at prompt 1 is not among the files: a key'];
    expect(notesBefore(then(lost), 2)).toEqual(told);
    const next = heard(withPrompt(lost, prompt('b'), AT), 2);
    expect(notesBefore(factsOf(withPrompt(next, prompt('c'), AT)), 3)).toEqual([]);
    // nobody believes in it any more whose conversation goes on before it
    const forgotten = withRewind(
      lost,
      { messageId: 'r', to: 0, what: 'conversation' },
      { at: AT, head: 'h' },
    );
    expect(notesBefore(then(forgotten), 2)).toEqual([
      expect.stringContaining('took the conversation back'),
    ]);
  });

  it('is bad where the files of an answer did not land, and stays as bad as it was', () => {
    const lost = { status: 'blocked', outcome: 'merge_failed' } as const;
    const end = (outcome: AgentResult['outcome']) => endOfWork({ outcome } as AgentResult, lost);
    expect(end('done')).toEqual(lost);
    expect(end('limit')).toEqual({ status: 'failed', outcome: 'limit' });
    expect(end('cancelled').status).toBe('skipped');
    expect(endOfWork({ outcome: 'done' } as AgentResult, undefined).status).toBe('unverified');
  });

  it('is at the commit that an execution left which could not write it down', () => {
    const open = withPrompt(withPrompt(openingSession(), prompt('a'), AT), prompt('b'), AT);
    const moved = withHead(open, { head: 'new', before: 2 });
    expect(moved.headCommit).toBe('new');
    expect(factsOf(moved).entries.map((entry) => entry.kind === 'turn' && entry.commit)).toEqual([
      'new',
      null,
    ]);
    const known = { ...open, session: withTurn(factsOf(open), 1, { commit: 'own' }) };
    expect(factsOf(withHead(known, { head: 'new', before: 2 }))).toEqual(known.session);
    expect(withHead(open, { head: 'new', before: 1 }).session).toEqual(open.session);
  });
});

describe('the files of a session', () => {
  it('are shown nowhere while they are those that are shown already', async () => {
    const shown = openingSession(
      { access: 'write', published: 'c1' },
      { headCommit: 'c1', baseCommit: 'base' },
    );
    for (const record of [openingSession(), openingSession({ access: 'write' }), shown])
      expect(await publishFiles({ record } as unknown as SessionState)).toBe(false);
    expect(NOTHING).toEqual({ commit: null, files: [], words: '' });
  });
});
