import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownStock } from '../../../../src/domain/script/known-stock.js';
import {
  knownEndsOf,
  knownEndsSchema,
  scriptEndSchema,
  scriptEntrySchema,
  SHORT_VALUE,
  type ScriptEntry,
} from '../../../../src/domain/script/script-journal.js';
import {
  MOST_SCRIPT_AGENTS,
  scriptAgentCallSchema,
  scriptTaskSchema,
} from '../../../../src/domain/script/script-task.js';
import { fakeRef } from '../../../support/fake-activities.js';
import { SCRIPT_TASK } from '../../../support/played-script.js';

const chain = (id: number) => ({ id, chain: `chain-${id}` });
const entry = (chains: readonly number[], ends: ScriptEntry['ends'] = []): ScriptEntry => ({
  ends,
  chains: chains.map(chain),
  hash: 'h',
});

describe('what a journal has paid for', () => {
  it('is each value by what was asked, short ones as they are and long ones by reference', () => {
    expect(
      knownEndsOf([
        entry([0, 1], null),
        entry([2], [{ id: 1, spent: 5, value: '"one"' }]),
        entry(
          [],
          [
            { id: 0, spent: 6, ref: fakeRef(7) },
            { id: 2, spent: 7, value: 'null' },
          ],
        ),
      ]),
    ).toEqual([
      expect.objectContaining({ chain: 'chain-1', nth: 0, at: 0, value: '"one"' }),
      expect.objectContaining({ chain: 'chain-0', nth: 0, at: 1, ref: fakeRef(7) }),
      expect.objectContaining({ chain: 'chain-2', nth: 0, at: 2, value: 'null' }),
    ]);
  });

  it('is no failure, nothing that has not ended, and no end of what was never asked', () => {
    expect(
      knownEndsOf([
        entry([0, 1], null),
        entry(
          [],
          [
            { id: 0, spent: 1, code: 'AgentError', message: 'broke' },
            { id: 9, spent: 1, value: '1' },
          ],
        ),
      ]),
    ).toEqual([]);
    expect(knownEndsOf([])).toEqual([]);
  });

  it('is told once to each call that asks the same as often, in the order of that time', () => {
    const journals = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 })
      .map((all) => all.map((chain, id) => ({ id, chain })));
    fc.assert(
      fc.property(journals, fc.infiniteStream(fc.nat(100)), (chains, stream) => {
        const ends = chains.map(({ id }) => ({ id, spent: 0, value: String(id) }));
        const order = ends
          .map((end) => ({ end, by: stream.next().value ?? 0 }))
          .toSorted((left, right) => left.by - right.by)
          .map(({ end }) => end);
        const known = knownEndsOf([
          { ends: null, chains, hash: '' },
          { ends: order, chains: [], hash: '' },
        ]);
        expect(knownEndsSchema.parse(known)).toHaveLength(chains.length);
        const stock = new KnownStock(known);
        expect(stock.ask(chains)).toEqual(new Set(chains.map(({ id }) => id)));
        expect(order.map(() => stock.next())).toEqual(order);
        expect(stock.next()).toBeUndefined();
      }),
    );
  });

  it('is also what the run before that had, where this one did not come to it', () => {
    const chains = [{ id: 0, chain: 'a' }];
    const ends = [{ id: 0, spent: 1, value: '"new"' }];
    const before = [
      { chain: 'a', nth: 0, at: 0, spent: 1, value: '"old"' },
      { chain: 'a', nth: 1, at: 1, spent: 2, value: '"again"' },
      { chain: 'b', nth: 0, at: 2, spent: 3, value: '"b"' },
    ];
    const entries = [
      { ends: null, chains, hash: '' },
      { ends, chains: [], hash: '' },
    ];
    expect(knownEndsOf(entries, before)).toEqual([
      { chain: 'a', nth: 0, at: 0, spent: 1, value: '"new"' },
      { chain: 'a', nth: 1, at: 1, spent: 2, value: '"again"' },
      { chain: 'b', nth: 0, at: 2, spent: 3, value: '"b"' },
    ]);
    expect(knownEndsOf([], before)).toEqual(before);
  });

  it('is no answer that nobody gave: it is asked for again', () => {
    const chains = [{ id: 0, chain: 'a' }];
    expect(
      knownEndsOf([
        { ends: null, chains, hash: '' },
        { ends: [{ id: 0, spent: 0, value: 'null', again: true }], chains: [], hash: '' },
      ]),
    ).toEqual([]);
  });
});

describe('what is kept of a script', () => {
  it('is an end with a number and a value, a reference or an error, within bounds', () => {
    const fits = (end: object) => scriptEndSchema.safeParse({ id: 0, spent: 0, ...end }).success;
    expect([
      fits({ value: '1' }),
      fits({ value: 'x'.repeat(SHORT_VALUE) }),
      fits({ ref: fakeRef(1) }),
      fits({ code: 'A', message: '' }),
    ]).toEqual([true, true, true, true]);
    expect([
      fits({}),
      fits({ value: 'x'.repeat(SHORT_VALUE + 1) }),
      fits({ code: 'A' }),
      fits({ code: 'x'.repeat(61), message: '' }),
      fits({ value: '1', id: 1.5 }),
      fits({ value: '1', spent: Number.NaN }),
    ]).toEqual(Array(6).fill(false));
    expect(
      scriptEntrySchema.safeParse({ ends: null, chains: [{ id: -1 }], hash: '' }).success,
    ).toBe(false);
  });

  it('is a task whose lists and texts are bounded', () => {
    const fits = (fields: object) =>
      scriptTaskSchema.safeParse({ ...SCRIPT_TASK, ...fields }).success;
    expect([fits({}), fits({ mostAgents: MOST_SCRIPT_AGENTS }), fits({ budgetTokens: 1 })]).toEqual(
      [true, true, true],
    );
    const profile = { name: 'a', agent: 'build' };
    expect([
      fits({ mostAgents: MOST_SCRIPT_AGENTS + 1 }),
      fits({ mostAgents: 0 }),
      fits({ budgetTokens: 0 }),
      fits({ name: 'x'.repeat(65) }),
      fits({ path: 'x'.repeat(4097) }),
      fits({ profiles: Array(201).fill(profile) }),
      fits({ profiles: [{ name: 'a', agent: 'root' }] }),
      fits({ models: Array(51).fill({}) }),
    ]).toEqual(Array(8).fill(false));
  });

  it('is a call whose fields are known; what other tools add is dropped', () => {
    const call = scriptAgentCallSchema.parse({
      prompt: 'a',
      effort: 'high',
      isolation: 'worktree',
      maxTurns: 3,
    });
    expect(call).toEqual({ prompt: 'a', effort: 'high', isolation: 'worktree' });
  });
});
