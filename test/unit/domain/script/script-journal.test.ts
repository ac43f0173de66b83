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
      { chain: 'chain-1', value: '"one"' },
      { chain: 'chain-0', ref: fakeRef(7) },
      { chain: 'chain-2', value: 'null' },
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

  it('is taken exactly once for each time that it was asked, in any order', () => {
    const journals = fc
      .array(fc.record({ id: fc.nat(200), chain: fc.constantFrom('a', 'b', 'c') }), {
        maxLength: 30,
      })
      .map((calls) => calls.map(({ chain: of }, id) => ({ id, chain: of })));
    fc.assert(
      fc.property(journals, fc.infiniteStream(fc.nat(100)), fc.nat(30), (chains, stream, made) => {
        const ends = chains.map(({ id }) => ({ id, spent: 0, value: String(id) }));
        const order = ends.toSorted(() => Number((stream.next().value ?? 0) % 2) - 0.5);
        const known = knownEndsOf([
          { ends: null, chains, hash: '' },
          { ends: order, chains: [], hash: '' },
        ]);
        expect(knownEndsSchema.parse(known)).toHaveLength(chains.length);
        const before = chains.slice(0, made).map(({ chain: of }) => of);
        const stock = new KnownStock(known, before);
        const taken = ['a', 'b', 'c'].map((of) => {
          const values: unknown[] = [];
          for (;;) {
            const end = stock.take(of, { id: 1, spent: 2 });
            if (end === undefined) return values;
            values.push(end);
          }
        });
        const left = (of: string) =>
          chains.filter((one) => one.chain === of).length -
          before.filter((one) => one === of).length;
        expect(taken.map(({ length }) => length)).toEqual(['a', 'b', 'c'].map(left));
      }),
    );
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
