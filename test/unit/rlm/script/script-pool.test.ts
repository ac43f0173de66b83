import { describe, expect, it, onTestFinished } from 'vitest';
import type { BlobRef } from '../../../../src/domain/blob.js';
import type { ScriptEnd } from '../../../../src/domain/script/script-journal.js';
import { addToScript } from '../../../../src/platform/storage/repl-journal.js';
import { ScriptPool, type ScriptPlace } from '../../../../src/rlm/script/script-pool.js';
import type { ScriptStep } from '../../../../src/rlm/script/script-step.js';
import { MemoryBlobs } from '../../../support/rlm-bench.js';
import { hasScriptThread, scriptThread } from '../../../support/script-activity-bench.js';
import { programOf, scriptOf } from '../../../support/script-bench.js';

const SETTINGS = { budget: null, mostAgents: 100, seed: 's', nowMs: 0 };
const TWO = scriptOf(`return [await agent('one'), await agent('two')];`);

/** Pools over one store, and scripts that they carry out, each with a journal as a run keeps it. */
function setup() {
  const blobs = new MemoryBlobs();
  const pools: ScriptPool[] = [];
  const names = new Set<string>();
  let reads = 0;
  const fresh = (): ScriptPool => {
    const pool = new ScriptPool(blobs, scriptThread);
    pools.push(pool);
    return pool;
  };
  onTestFinished(async () => {
    for (const pool of pools) for (const name of names) await pool.close(name);
  });
  const place = (node: string, script: string, journal: BlobRef | null): ScriptPlace => {
    names.add(node);
    return {
      node,
      journal,
      settings: SETTINGS,
      readProgram: () => {
        reads += 1;
        return Promise.resolve(programOf(script));
      },
    };
  };
  /** A step that is kept; gives it with the journal that holds it. */
  async function step(pool: ScriptPool, at: ScriptPlace, ends: readonly ScriptEnd[] | null) {
    const { outcome, kept } = await pool.step(at, ends);
    if (outcome.kind === 'killed') throw new Error(outcome.reason);
    const chains = outcome.step.calls.map(({ id, chain }) => ({ id, chain }));
    const entry = { ends: ends === null ? null : [...ends], chains, hash: outcome.step.hash };
    const journal = await addToScript(at.journal, entry, blobs);
    kept(journal);
    return { step: outcome.step, journal };
  }
  return { blobs, fresh, place, step, reads: () => reads };
}

const end = (id: number, value: unknown): ScriptEnd => ({
  id,
  spent: id,
  value: JSON.stringify(value),
});
const promptsOf = ({ calls }: ScriptStep) =>
  calls.map(({ payload }) => (JSON.parse(payload) as { prompt: string }).prompt);

describe.skipIf(!hasScriptThread)('the scripts of a worker', () => {
  it('go on in their thread, which reads their program once', async () => {
    const { fresh, place, step, reads } = setup();
    const pool = fresh();
    const first = await step(pool, place('a', TWO, null), null);
    const second = await step(pool, place('a', TWO, first.journal), [end(0, 1)]);
    const last = await step(pool, place('a', TWO, second.journal), [end(1, 2)]);
    expect([promptsOf(first.step), promptsOf(second.step), last.step.value]).toEqual([
      ['one'],
      ['two'],
      '[1,2]',
    ]);
    expect([reads(), pool.replayed]).toEqual([1, 0]);
  });

  it('are made again from their journal by a worker that has just started, to the same state', async () => {
    const { fresh, place, step, blobs } = setup();
    const first = await step(fresh(), place('a', TWO, null), null);
    const long = { id: 0, spent: 0, ref: await blobs.put(JSON.stringify('x'.repeat(50_000))) };
    const second = await step(fresh(), place('a', TWO, first.journal), [long]);
    const pool = fresh();
    const last = await step(pool, place('a', TWO, second.journal), [end(1, 2)]);
    expect([pool.replayed, last.step.state]).toEqual([1, 'done']);
    const calm = fresh();
    const one = await step(calm, place('b', TWO, null), null);
    const two = await step(calm, place('b', TWO, one.journal), [long]);
    const three = await step(calm, place('b', TWO, two.journal), [end(1, 2)]);
    expect([last.step.hash, last.step.value]).toEqual([three.step.hash, three.step.value]);
  });

  it('are made again where the step before was not kept', async () => {
    const { fresh, place, step } = setup();
    const pool = fresh();
    const first = await step(pool, place('a', TWO, null), null);
    const at = place('a', TWO, first.journal);
    await pool.step(at, [end(0, 1)]);
    const again = await step(pool, at, [end(0, 1)]);
    expect([promptsOf(again.step), pool.replayed]).toEqual([['two'], 1]);
  });

  it('are more than are kept warm: the others are made again, and none is mixed up', async () => {
    const { fresh, place, step } = setup();
    const pool = fresh();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const script = (name: string) => scriptOf(`return '${name}' + await agent('${name}');`);
    const begun = new Map<string, BlobRef>();
    for (const name of names)
      begun.set(name, (await step(pool, place(name, script(name), null), null)).journal);
    const values: unknown[] = [];
    for (const name of names) {
      const at = place(name, script(name), begun.get(name) ?? null);
      values.push((await step(pool, at, [end(0, name)])).step.value);
    }
    expect(values).toEqual(names.map((name) => JSON.stringify(name + name)));
    expect(pool.replayed).toBeGreaterThanOrEqual(2);
  });

  it('whose journal leads elsewhere are not gone on with', async () => {
    const { fresh, place, step } = setup();
    const first = await step(fresh(), place('a', TWO, null), null);
    const other = scriptOf(`return await agent('other');`);
    const pool = fresh();
    await expect(pool.step(place('a', other, first.journal), [end(0, 1)])).rejects.toMatchObject({
      code: 'ERR_SCRIPT_REPLAY',
      message: expect.stringMatching(/^entry 1 of 1 .*: the state hash differs$/),
      hint: expect.stringContaining('codetether script retry'),
    });
    // with its own text it goes on all the same
    const second = await step(pool, place('a', TWO, first.journal), [end(0, 1)]);
    expect(promptsOf(second.step)).toEqual(['two']);
  });

  it('that cannot be read are asked for again by the next step', async () => {
    const { fresh, place, step } = setup();
    const pool = fresh();
    const broken = {
      ...place('a', TWO, null),
      readProgram: () => Promise.reject(new Error('the disk is gone')),
    };
    await expect(pool.step(broken, null)).rejects.toThrow('the disk is gone');
    expect(promptsOf((await step(pool, place('a', TWO, null), null)).step)).toEqual(['one']);
  });

  it('are killed where they hold the engine up, and others of the worker go on', async () => {
    const { fresh, place, step } = setup();
    const pool = fresh();
    const other = await step(pool, place('b', TWO, null), null);
    const runaway = scriptOf('for (;;) await null;');
    const { outcome } = await pool.step(place('a', runaway, null), null);
    expect(outcome).toEqual({ kind: 'killed', reason: 'its promises go on for ever' });
    const next = await step(pool, place('b', TWO, other.journal), [end(0, 1)]);
    expect([promptsOf(next.step), pool.replayed]).toEqual([['two'], 0]);
  });

  it('end with whoever waits for them, and begin again after that', async () => {
    const { fresh, place, step } = setup();
    const pool = fresh();
    const aborting = new AbortController();
    const waiting = pool.step(place('a', scriptOf('for (;;) {}'), null), null, aborting.signal);
    aborting.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(promptsOf((await step(pool, place('a', TWO, null), null)).step)).toEqual(['one']);
  });
});
