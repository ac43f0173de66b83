import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { movedSince, type GitState } from '../../../../src/domain/session/git-state.js';
import {
  entryOfMessage,
  filesBehind,
  MOST_SESSION_TURNS,
  sessionFactsSchema,
  sessionStanding,
  turnOfStory,
  turnStory,
  withTurn,
  type SessionEntry,
  type SessionTurn,
} from '../../../../src/domain/session/session.js';

const digest = (seed: number): string => seed.toString(16).padStart(64, '0');
const AT = '2026-01-02T03:04:05.000Z';

function turn(number: number, fields: Partial<SessionTurn> = {}): SessionTurn {
  return {
    kind: 'turn',
    number,
    messageId: `m${number}`,
    prompt: { digest: digest(number), bytes: 1 },
    at: AT,
    model: { provider: 'fake', model: 'one' },
    contextWindow: 1000,
    git: null,
    conversation: {
      head: { digest: digest(100 + number), bytes: 1 },
      depth: number,
      contextTokens: 10,
    },
    commit: `c${number}`,
    ...fields,
  };
}

function rewind(to: number, what: 'conversation' | 'files' | 'both' = 'both'): SessionEntry {
  return { kind: 'rewind', messageId: `r${to}${what}`, to, what, at: AT };
}

const numbers = (entries: readonly SessionEntry[]): number[] =>
  sessionStanding({ entries: [...entries] }).path.map(({ number }) => number);

describe('how a session stands', () => {
  it('is behind its last turn, or behind the one that it was taken back to', () => {
    const entries = [turn(1), turn(2), turn(3)];
    expect(numbers(entries)).toEqual([1, 2, 3]);
    expect(numbers([...entries, rewind(1)])).toEqual([1]);
    expect(numbers([...entries, rewind(1, 'files')])).toEqual([1, 2, 3]);
    expect(numbers([...entries, rewind(2, 'conversation'), turn(4)])).toEqual([1, 2, 4]);
    expect(numbers([...entries, rewind(0)])).toEqual([]);
    const standing = sessionStanding({ entries: [...entries, rewind(1), turn(4)] });
    expect([standing.next, standing.all.length, standing.conversation?.depth]).toEqual([5, 4, 4]);
  });

  it('goes on with the last turn that said something', () => {
    const entries = [turn(1), turn(2, { conversation: null })];
    expect(sessionStanding({ entries }).conversation?.depth).toBe(1);
    expect(sessionStanding({ entries: [] }).conversation).toBeNull();
  });

  it('never gives a number twice, and never goes on with what was taken back', () => {
    const step = fc.oneof(
      fc.constant('say' as const),
      fc.record({
        to: fc.nat(12),
        what: fc.constantFrom('conversation' as const, 'files' as const, 'both' as const),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const entries: SessionEntry[] = [];
        const given: number[] = [];
        for (const one of steps) {
          const { next, path } = sessionStanding({ entries });
          const before = entries.length;
          if (one === 'say') {
            given.push(next);
            entries.push(turn(next));
          } else if (one.to === 0 || path.some(({ number }) => number === one.to))
            entries.push(rewind(one.to, one.what));
          const after = sessionStanding({ entries });
          const order = after.path.map(({ number }) => number);
          expect(order).toEqual(order.toSorted((left, right) => left - right));
          if (one !== 'say' && one.what !== 'files' && entries.length > before)
            expect(order.every((number) => number <= one.to)).toBe(true);
        }
        expect(new Set(given).size).toBe(given.length);
      }),
    );
  });

  it('knows the files behind each turn', () => {
    const facts = { entries: [turn(1), turn(2, { commit: null }), turn(3)] };
    const behind = (to: number): string => filesBehind(facts, { to, base: 'base' });
    expect([0, 1, 2, 3, 9].map(behind)).toEqual(['base', 'c1', 'c1', 'c3', 'c3']);
  });

  it('knows that files were taken back before a turn that came to no commit', () => {
    const entries = [turn(1), turn(2), rewind(1, 'files'), turn(3, { commit: null })];
    expect(filesBehind({ entries }, { to: 3, base: 'base' })).toBe('c1');
    const talk = [turn(1), turn(2), rewind(1, 'conversation'), turn(3, { commit: null })];
    expect(filesBehind({ entries: talk }, { to: 3, base: 'base' })).toBe('c2');
  });

  it('finds for each turn the files that were there when it ended', () => {
    const step = fc.oneof(
      fc.constant('commit' as const),
      fc.constant('nothing' as const),
      fc.record({
        to: fc.nat(12),
        what: fc.constantFrom('conversation' as const, 'files' as const, 'both' as const),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const entries: SessionEntry[] = [];
        const ended = new Map([[0, 'base']]);
        let files = 'base';
        for (const one of steps) {
          const { next, all } = sessionStanding({ entries });
          if (typeof one === 'string') {
            if (one === 'commit') files = `c${next}`;
            entries.push(turn(next, { commit: one === 'commit' ? files : null }));
            ended.set(next, files);
          } else if (one.to <= all.length) {
            if (one.what !== 'conversation') files = ended.get(one.to) ?? '';
            entries.push(rewind(one.to, one.what));
          }
        }
        for (const [to, then] of ended)
          expect(filesBehind({ entries }, { to, base: 'base' })).toBe(then);
      }),
    );
  });

  it('finds the entry of a message, and changes one turn alone', () => {
    const facts = {
      folder: '/f',
      access: 'write' as const,
      agent: 'build',
      author: { name: 'a', email: 'b' },
      entries: [turn(1), rewind(0, 'files'), turn(2)],
    };
    expect(entryOfMessage(facts, 'm2')).toEqual(turn(2));
    expect(entryOfMessage(facts, 'r0files')?.kind).toBe('rewind');
    expect(entryOfMessage(facts, 'none')).toBeUndefined();
    const changed = withTurn(facts, 2, { commit: 'new', conversation: null });
    expect(changed.entries).toEqual([
      turn(1),
      rewind(0, 'files'),
      turn(2, { commit: 'new', conversation: null }),
    ]);
    expect(sessionFactsSchema.parse(facts)).toEqual(facts);
  });

  it('has bounds', () => {
    const entries = Array.from({ length: MOST_SESSION_TURNS * 2 + 1 }, (_, at) => turn(at + 1));
    const facts = { folder: '/f', access: 'chat', agent: null, author: { name: '', email: '' } };
    expect(sessionFactsSchema.safeParse({ ...facts, entries }).success).toBe(false);
    expect(
      sessionFactsSchema.safeParse({ ...facts, entries: [turn(1, { messageId: '' })] }).success,
    ).toBe(false);
  });

  it('names its turns, and takes no other name for one', () => {
    expect(turnOfStory(turnStory(12))).toBe(12);
    for (const name of ['T0', 'T', 'T01', 'T1 ', 'US-001', 'T1234567'])
      expect(turnOfStory(name)).toBeUndefined();
  });
});

describe('a repository that moved', () => {
  const state: GitState = { branch: 'main', head: 'a'.repeat(40), dirtyFiles: 0, dirtyDigest: '' };

  it('is told of, and only then', () => {
    expect(movedSince(null, state)).toEqual([]);
    expect(movedSince(state, null)).toEqual([]);
    expect(movedSince(state, { ...state })).toEqual([]);
    expect(
      movedSince(state, { branch: null, head: null, dirtyFiles: 1, dirtyDigest: 'x' }),
    ).toEqual([
      'the repository is on no branch; at the prompt before it was on main',
      'HEAD of the repository moved from aaaaaaaaaa to no commit',
      'uncommitted changes in the repository are others than at the prompt before (0 files then, 1 file now)',
    ]);
  });

  it('is seen by what is in its changed files, not by their number alone', () => {
    const dirty = { ...state, dirtyFiles: 2, dirtyDigest: 'x' };
    expect(movedSince(dirty, { ...dirty, dirtyDigest: 'y' })).toEqual([
      expect.stringContaining('(2 files then, 2 files now)'),
    ]);
  });
});
