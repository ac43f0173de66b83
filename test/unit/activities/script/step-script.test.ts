import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepScriptStep } from '../../../../src/activities/script/step-script.js';
import type { ScriptDependencies } from '../../../../src/activities/script/script-dependencies.js';
import { knownEndsOf } from '../../../../src/domain/script/script-journal.js';
import { readScriptJournal } from '../../../../src/platform/storage/repl-journal.js';
import {
  drive,
  hasScriptThread,
  instructionOf,
  scriptActivityBench,
  type DrivenScript,
  type ScriptActivityBench,
} from '../../../support/script-activity-bench.js';
import { scriptOf } from '../../../support/script-bench.js';

const KEY = `ghp_${'a1B2c3D4e5'.repeat(4)}`;

/** What a run of these calls has paid for, as the next one takes it over. */
async function knownOf(bench: ScriptActivityBench, { last }: DrivenScript) {
  const { blobs } = bench.stores;
  return blobs.put(JSON.stringify(knownEndsOf(await readScriptJournal(last.journal, blobs))));
}

async function valueOf(bench: ScriptActivityBench, { last }: DrivenScript): Promise<unknown> {
  if (last.value === null) throw new Error(`${last.state}: ${last.error?.message ?? ''}`);
  return JSON.parse(await bench.stores.blobs.getText(last.value.ref));
}

const WIDE = scriptOf(`
  const names = ['a', 'b', 'c'];
  const found = await pipeline(names, (name) => agent('find ' + name), (text, name) => agent('check ' + name));
  const votes = await Promise.all([1, 2].map((n) => agent('vote ' + n)));
  log('votes', votes.length);
  return await agent('join ' + found.length + votes.length);
`);

describe.skipIf(!hasScriptThread)('a step of a script', () => {
  it('runs it until it only waits, and then on with the ends that it is told', async () => {
    const dependencies: (keyof ScriptDependencies)[] = ['blobs', 'journal', 'scripts'];
    expect([dependencies.length, Object.keys(stepScriptStep)]).toEqual([
      3,
      expect.arrayContaining(['input', 'journal', 'run']),
    ]);
    const bench = await scriptActivityBench();
    const task = await bench.task(
      scriptOf(`phase('Look'); const a = await agent('one'); log(a); return { a, args };`),
      {},
      { args: { n: 1 } },
    );
    const first = await bench.tell(task, null);
    expect(first).toMatchObject({
      state: 'waiting',
      hasMore: false,
      taken: 0,
      value: null,
      error: null,
      calls: [{ id: 0, kind: 'agent', title: 'one', phase: 'Look' }],
      lines: [{ level: 'phase', text: 'Look' }],
    });
    const last = await bench.tell(task, first.journal, [{ id: 0, spent: 10, value: '"hi"' }]);
    expect(last).toMatchObject({
      state: 'done',
      calls: [],
      lines: [{ level: 'info', text: 'hi' }],
    });
    expect(last.value?.preview).toBe('{"a":"hi","args":{"n":1}}');
    expect(bench.replayed()).toBe(0);
  });

  it('done again under its key gives its result again, and the script does not go on twice', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(scriptOf(`return [await agent('one'), await agent('two')];`));
    const { journal } = await bench.tell(task, null);
    const request = {
      ...bench.step(),
      node: 'w',
      task,
      journal,
      ends: [{ id: 0, spent: 1, value: '1' }],
    };
    const once = await bench.run(() => bench.activities.stepScript(request));
    expect(await bench.run(() => bench.activities.stepScript(request))).toEqual(once);
    await bench.restart();
    expect(await bench.run(() => bench.activities.stepScript(request))).toEqual(once);
    const other = { ...request, ends: [{ id: 0, spent: 1, value: '2' }] };
    await expect(bench.run(() => bench.activities.stepScript(other))).rejects.toMatchObject({
      type: 'ERR_JOURNAL_MISMATCH',
    });
  });

  it('that was lost before it was kept is done anew from the journal before it', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(scriptOf(`return [await agent('one'), await agent('two')];`));
    const { journal } = await bench.tell(task, null);
    const end = { id: 0, spent: 1, value: '1' };
    const lost = await bench.tell(task, journal, [end]);
    const again = await bench.tell(task, journal, [end]);
    expect(again).toEqual(lost);
    expect(bench.replayed()).toBe(1);
  });

  it('tells an answer that does not fit, and the script waits on for one that does', async () => {
    const bench = await scriptActivityBench();
    const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
    const task = await bench.task(
      scriptOf(`return agent('count', { schema: ${JSON.stringify(schema)} });`),
    );
    const first = await bench.tell(task, null);
    const [call] = first.calls;
    const given = call?.kind === 'agent' ? call.schema : null;
    const end = { id: 0, spent: 5, conversation: await bench.said('many'), schema: given };
    const misfit = await bench.tell(task, first.journal, [end]);
    expect(misfit).toMatchObject({
      state: 'waiting',
      calls: [],
      misfits: [{ id: 0, problems: ['it is no JSON object'] }],
    });
    const ref = await bench.stores.blobs.put('{"n":4}');
    const last = await bench.tell(task, misfit.journal, [{ id: 0, spent: 6, ref }]);
    expect(last).toMatchObject({ state: 'done', value: { preview: '{"n":4}' } });
  });

  it('gives a long value back whole, and what is shown of it is short', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(scriptOf(`return 'x'.repeat(100_000);`));
    const { value } = await bench.tell(task, null);
    expect(value?.preview).toHaveLength(4000);
    expect(value === null ? '' : await bench.stores.blobs.getText(value.ref)).toHaveLength(100_002);
  });

  it('carries no secret into what is kept of it: lines, calls, result', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(
      scriptOf(`
        log('key ' + args);
        phase('with ' + args);
        await agent('use ' + args, { label: args });
        return { args };
      `),
      {},
      { args: KEY },
    );
    const driven = await drive(bench, task);
    const first = await bench.tell(task, null);
    expect(JSON.stringify([first.lines, first.calls, driven.last.value])).not.toContain(KEY);
    expect(JSON.stringify(await valueOf(bench, driven))).toMatch(/\[redacted:/);
    // the script itself sees what it was given
    expect(driven.asked).toEqual([expect.stringMatching(/^use \[redacted:/)]);
  });

  it('carries no secret into the error that ends it', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(
      scriptOf(`throw new Error('no entry with ' + args);`),
      {},
      {
        args: KEY,
      },
    );
    const { error } = await bench.tell(task, null);
    expect(error?.message).toMatch(/^Error: no entry with \[redacted:/);
  });

  it('tells a hundred of thousands of lines, and how many it left out', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(
      scriptOf(`for (let at = 0; at < 5000; at += 1) log('line ' + at); return 1;`),
    );
    const { lines } = await bench.tell(task, null);
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toEqual({ level: 'warning', text: '900 more lines' });
    expect(lines[99]).toEqual({ level: 'info', text: 'line 99' });
  });

  it('tells a thousand calls in parts that fit into a history', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(
      scriptOf(`
        const all = await parallel(Array.from({ length: 1000 }, (_, at) => () => agent('n' + at)));
        return all.length;
      `),
    );
    let step = await bench.tell(task, null);
    const sizes = [step.calls.length];
    while (step.hasMore) {
      step = await bench.tell(task, step.journal);
      sizes.push(step.calls.length);
    }
    expect(sizes.filter((size) => size > 0)).toEqual(Array(20).fill(50));
    expect(step.state).toBe('waiting');
  });

  it('refuses ten thousand agents by an error that the script can catch', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(
      scriptOf(`
        const codes = [], ours = [];
        for (let at = 0; at < 10_000; at += 1) {
          const one = agent('n' + at).catch((error) => codes.push(error.code));
          if (at < 5) ours.push(one);
        }
        await Promise.all(ours);
        return [codes.length, codes[0]];
      `),
      { mostAgents: 5 },
    );
    const driven = await drive(bench, task);
    expect(await valueOf(bench, driven)).toEqual([9995, 'LimitError']);
    expect(driven.asked).toHaveLength(5);
  });
});

describe.skipIf(!hasScriptThread)('what is wrong with a script', () => {
  it.each([
    ['throws', `throw new RangeError('out');`, 'RangeError: out'],
    ['loops for ever', 'for (;;) {}', 'it loops for ever, or does too much at once'],
    [
      'goes on for ever in its promises',
      'for (;;) await null;',
      'it was ended: its promises go on for ever',
    ],
    ['waits for nothing', 'await new Promise(() => {});', 'a promise that nobody settles'],
    ['returns no JSON', 'const a = {}; a.a = a; return a;', 'the result of the script is no JSON'],
    ['returns a number that JSON has not', 'return 1n;', 'the result of the script is no JSON'],
    [
      'takes all memory',
      `const all = []; for (;;) all.push('x'.repeat(1_000_000) + all.length);`,
      'memory',
    ],
    ['has no end of itself', 'const f = () => f() + 1; return f();', 'stack'],
  ])('that %s is its end, and none of the worker', async (_name, body, message) => {
    const bench = await scriptActivityBench();
    const last = await bench.tell(await bench.task(scriptOf(body)), null);
    expect(last).toMatchObject({ state: 'failed', value: null, calls: [] });
    expect(last.error?.message).toContain(message);
    // the next script of the worker runs
    expect(await bench.tell(await bench.task(scriptOf('return 1;')), null)).toMatchObject({
      state: 'done',
    });
  });

  // the engine has no memory left for an error: what comes out is "Error: null"
  it('that never ends in promises of promises is out of memory', async () => {
    const bench = await scriptActivityBench();
    const body = 'const on = async () => { await null; return on(); }; await on();';
    const last = await bench.tell(await bench.task(scriptOf(body)), null);
    expect(last.error?.message).toContain('memory');
  });

  it('is found by the same error when it is done again', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(scriptOf(`await agent('one'); throw new Error('after');`));
    const { journal } = await bench.tell(task, null);
    const end = { id: 0, spent: 1, value: '1' };
    const once = await bench.tell(task, journal, [end]);
    await bench.restart();
    expect(await bench.tell(task, journal, [end])).toEqual(once);
    expect(once.error).toEqual({ message: 'Error: after', line: 2 });
  });

  it('a journal that leads elsewhere than it did is a fault with what to do', async () => {
    const bench = await scriptActivityBench();
    const before = await bench.task(scriptOf(`log(1); await agent('one'); return 1;`));
    const { journal } = await bench.tell(before, null);
    await bench.restart();
    const edited = await bench.task(scriptOf(`log(2); await agent('one'); return 1;`));
    await expect(
      bench.tell(edited, journal, [{ id: 0, spent: 1, value: '1' }]),
    ).rejects.toMatchObject({
      type: 'ERR_SCRIPT_REPLAY',
      message: expect.stringContaining('entry 1 of 1 of the journal of a script leads to another'),
    });
  });
});

describe.skipIf(!hasScriptThread)('a script whose worker is killed', () => {
  it('comes to the same state, and asks nothing twice, whenever that is and whatever ends first', async () => {
    const bench = await scriptActivityBench();
    const task = await bench.task(WIDE);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(9), { minLength: 9, maxLength: 9 }),
        fc.array(fc.nat(2), { minLength: 9, maxLength: 9 }),
        async (order, dies) => {
          const picks = [order, order].map((all) => all[Symbol.iterator]());
          const pickOf = (at: number) => (waiting: readonly unknown[]) =>
            Number(picks[at]?.next().value ?? 0) % waiting.length;
          const calm = await drive(bench, task, { pick: pickOf(0) });
          await bench.restart();
          const killed = await drive(bench, task, {
            pick: pickOf(1),
            crashes: (step) => dies[step] === 0,
          });
          expect([killed.last.hash, killed.last.value]).toEqual([calm.last.hash, calm.last.value]);
          expect(killed.asked).toEqual(calm.asked);
          expect(new Set(killed.asked).size).toBe(9);
          expect(bench.replayed()).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 3 },
    );
  });

  it('takes over what a run before has paid for: all of it, or all that an edit leaves', async () => {
    const bench = await scriptActivityBench();
    const before = await drive(bench, await bench.task(WIDE));
    const known = await knownOf(bench, before);
    const again = await drive(bench, await bench.task(WIDE, { known }));
    expect([again.asked, again.taken, again.last.value]).toEqual([[], 9, before.last.value]);
    const edited = await drive(bench, await bench.task(WIDE.replace("'b'", "'B'"), { known }));
    expect([edited.asked, edited.taken]).toEqual([
      ['find B', 'check B', 'vote 1', 'vote 2', 'join 32'],
      4,
    ]);
    const crashed = await drive(
      bench,
      await bench.task(WIDE.replace('vote ', 'elect '), { known }),
      {
        crashes: () => true,
      },
    );
    expect([crashed.asked, crashed.taken]).toEqual([['elect 1', 'elect 2', 'join 32'], 6]);
  });

  it('takes no failure over: it is tried again', async () => {
    const bench = await scriptActivityBench();
    const script = scriptOf(`return parallel(['a', 'b'].map((name) => () => agent(name)));`);
    const before = await drive(bench, await bench.task(script), {
      answer: (call) =>
        instructionOf(call) === 'b'
          ? { code: 'AgentError', message: 'it broke' }
          : { value: '"ok"' },
    });
    expect(await valueOf(bench, before)).toEqual(['ok', null]);
    expect(before.lines).toEqual(['AgentError: it broke']);
    const known = await knownOf(bench, before);
    const again = await drive(bench, await bench.task(script, { known }));
    expect([again.asked, await valueOf(bench, again)]).toEqual([['b'], ['ok', 'did b']]);
  });

  it('takes a thousand known calls over, some hundred a step', async () => {
    const bench = await scriptActivityBench();
    const script = scriptOf(`
      return (await parallel(Array.from({ length: 1000 }, (_, at) => () => agent('n' + at)))).length;
    `);
    let step = await bench.tell(await bench.task(script), null);
    const all = [...step.calls];
    const task = await bench.task(script);
    while (step.hasMore) {
      step = await bench.tell(task, step.journal);
      all.push(...step.calls);
    }
    for (let at = 0; at < all.length; at += 500)
      step = await bench.tell(
        task,
        step.journal,
        all.slice(at, at + 500).map(({ id }) => ({ id, spent: 1, value: '"x"' })),
      );
    expect(step.value?.preview).toBe('1000');
    const known = await knownOf(bench, { last: step, asked: [], lines: [], taken: 0 });
    const next = await bench.task(script, { known });
    let again = await bench.tell(next, null);
    let taken = again.taken;
    while (again.hasMore) {
      expect([again.state, again.calls]).toEqual(['waiting', []]);
      again = await bench.tell(next, again.journal);
      expect(again.taken).toBeLessThanOrEqual(200);
      taken += again.taken;
    }
    expect([again.state, taken]).toEqual(['done', 1000]);
  });
});
