import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  programOf,
  endOf,
  openScript,
  play,
  promptOf,
  scriptOf,
  valueOf,
} from '../../../support/script-bench.js';

const prompts = (calls: Parameters<typeof promptOf>[0][]): string[] => calls.map(promptOf);

describe('a script', () => {
  it('asks agents, goes on with their answers, and returns a value', async () => {
    const played = await play(
      scriptOf(`
        phase('Look');
        const first = await agent('one', { label: 'first' });
        log('heard', first, { n: 1 });
        phase('Do');
        return { first, second: await agent('two after ' + first) };
      `),
    );
    expect(valueOf(played)).toEqual({ first: 'did one', second: 'did two after did one' });
    expect(played.lines).toEqual(['phase: Look', 'heard did one {"n":1}', 'phase: Do']);
    expect(played.calls.map(({ payload }) => JSON.parse(payload) as object)).toEqual([
      { prompt: 'one', label: 'first', phase: 'Look' },
      { prompt: 'two after did one', phase: 'Do' },
    ]);
  });

  it('has many work at once, and each item of a pipeline go on by itself', async () => {
    const script = scriptOf(`
      return pipeline(['a', 'b'], (item) => agent('draft ' + item), (draft, item, at) => agent(at + ' check ' + item + ': ' + draft));
    `);
    const played = await play(script, { pick: (waiting) => waiting.length - 1 });
    expect(prompts([...played.calls])).toEqual([
      'draft a',
      'draft b',
      '1 check b: did draft b',
      '0 check a: did draft a',
    ]);
    expect(valueOf(played)).toEqual(['did 0 check a: did draft a', 'did 1 check b: did draft b']);
  });

  it('takes a failure as an exception, as null of a strand, or as a value', async () => {
    const answer = (call: Parameters<typeof promptOf>[0]): unknown => {
      if (promptOf(call) === 'bad') throw new Error('broke');
      return 1;
    };
    const played = await play(
      scriptOf(`
        const strands = await parallel([() => agent('good'), () => agent('bad')]);
        const settled = await agent('bad', { settle: true });
        let caught;
        try { await agent('bad'); } catch (error) { caught = [error.name, error.code, error.message]; }
        return { strands, settled, caught, other: await parallel([() => agent('bad')], { settle: true }) };
      `),
      { answer },
    );
    const reason = { code: 'AgentError', message: 'Error: broke' };
    expect(valueOf(played)).toEqual({
      strands: [1, null],
      settled: { status: 'rejected', reason },
      caught: ['AgentError', 'AgentError', 'Error: broke'],
      other: [{ status: 'rejected', reason }],
    });
    expect(played.lines).toEqual(['warning: AgentError: Error: broke']);
  });

  it('knows its arguments, and its budget as of the last end', async () => {
    const played = await play(
      scriptOf(`
        const before = [budget.total, budget.spent(), budget.remaining()];
        await agent('x');
        return [args.files, before, budget.spent(), budget.remaining()];
      `),
      { args: '{"files":["a.ts"]}', budget: 15 },
    );
    expect(valueOf(played)).toEqual([['a.ts'], [15, 0, 15], 10, 5]);
  });

  it('starts other scripts by name, with arguments of their own, and knows when there is none', async () => {
    const nested = {
      inner: scriptOf(
        `phase('Inner'); return { got: args, said: await agent('inner ' + args.n) };`,
      ),
    };
    const played = await play(
      scriptOf(`
        phase('Outer');
        const both = await parallel([1, 2].map((n) => () => workflow('inner', { n })));
        let missing; try { await workflow('other'); } catch (error) { missing = error.message; }
        await agent('last');
        return { both, missing, own: args };
      `),
      { nested, args: '"mine"' },
    );
    expect(valueOf(played)).toEqual({
      both: [1, 2].map((n) => ({ got: { n }, said: `did inner ${n}` })),
      missing: 'there is no script other; there are inner',
      own: 'mine',
    });
  });

  it('that starts itself without an end is ended', async () => {
    const self = scriptOf(`return workflow('self');`);
    const { last } = await play(self, { nested: { self } });
    expect(last.error?.message).toContain('five deep');
  });

  it('has no file, network, module, clock or chance', async () => {
    const names = [
      'require',
      'process',
      'fetch',
      'setTimeout',
      'performance',
      'WebAssembly',
      'Buffer',
    ];
    const played = await play(
      scriptOf(`
        const seen = ${JSON.stringify(names)}.filter((name) => typeof globalThis[name] !== 'undefined');
        let code; try { code = await import('fs'); } catch (error) { code = 'no import'; }
        return { seen, code, now: Date.now(), same: Math.random() === Math.random(), first: Math.random() };
      `),
    );
    const again = await play(scriptOf('Math.random(); Math.random(); return Math.random();'));
    expect(valueOf(played)).toMatchObject({
      seen: [],
      code: 'no import',
      now: Date.UTC(2026, 0, 1),
      same: false,
      first: valueOf(again),
    });
  });
});

describe('what is wrong with a script while it runs', () => {
  it.each([
    ['throws', 'throw new RangeError("out");', 'RangeError: out', 2],
    ['throws nothing that is an error', 'throw "plain";', 'Error: plain', null],
    [
      'waits for ever',
      'await new Promise(() => {});',
      'it waits for a promise that nobody settles',
      null,
    ],
    ['loops for ever', 'for (;;) {}', 'used up its computing time', null],
    [
      'returns what is no JSON',
      'const a = {}; a.a = a; return a;',
      'the result of the script is no JSON',
      null,
    ],
    [
      'passes what is no JSON',
      'const a = {}; a.a = a; return agent("x", { schema: a });',
      'agent: what is passed is no JSON',
      1,
    ],
    ['passes nothing', 'return agent();', 'agent(prompt, options): the prompt is a text', 1],
    [
      'passes an option that there is not',
      'return agent("x", { modle: "m" });',
      'agent: unknown option modle',
      1,
    ],
    ['takes a global for something else', 'agent = 1;', 'TypeError', 2],
  ])('%s: it fails with what and where', async (...[, body, message, line]) => {
    const { last } = await play(scriptOf(body));
    expect(last).toMatchObject({ state: 'failed', value: null });
    expect(last.error?.message).toContain(message);
    if (line === 2) expect(last.error?.line).toBe(2);
  });

  it('starts no more agents than it may', async () => {
    const played = await play(
      scriptOf(`
        const all = [];
        for (let at = 0; at < 10_000; at += 1) all.push(agent('n' + at).catch((error) => error.code));
        const over = (await Promise.all(all.slice(0, 4000))).filter((one) => one === 'LimitError');
        return over.length;
      `),
      { mostAgents: 7 },
    );
    expect(valueOf(played)).toBe(3993);
    expect(played.calls).toHaveLength(7);
  });

  it('takes no more at once than the engine has memory for', async () => {
    const { last } = await play(
      scriptOf('return parallel(Array.from({ length: 5000 }, (_, at) => () => agent("n" + at)));'),
    );
    expect(last.error?.message).toBe(
      'RangeError: at most 4096 at once, not 5000: take them in parts',
    );
    const whole = await play(
      scriptOf(
        'return (await parallel(Array.from({ length: 4096 }, (_, at) => () => at))).length;',
      ),
    );
    expect(valueOf(whole)).toBe(4096);
  });

  it('cannot pass on more than fits into a step', async () => {
    const played = await play(scriptOf('return agent("x".repeat(300_000), { settle: true });'));
    expect(valueOf(played)).toMatchObject({ reason: { code: 'TooLargeError' } });
  });
});

const WIDE = scriptOf(`
  const names = ['a', 'b', 'c'];
  const found = await pipeline(names, (name) => agent('find ' + name), (text, name) => agent('check ' + name));
  const votes = await Promise.all([1, 2].map((n) => agent('vote ' + n)));
  return await agent('join ' + found.length + votes.length);
`);

describe('the state of a script', () => {
  it('is the same when the ends of its calls are told again, all in one step or one by one', async () => {
    const { ends, last } = await play(WIDE);
    const at = await openScript();
    at.start(programOf(WIDE));
    expect(at.settle(ends)).toMatchObject({ hash: last.hash, state: 'done', value: last.value });
    const other = await play(WIDE, { answer: () => 'other' });
    expect(other.last.hash).not.toBe(last.hash);
  });

  it('does not hang on the order in which ends come, as far as its calls go', async () => {
    const calm = await play(WIDE);
    const chains = (played: typeof calm) =>
      Object.fromEntries(played.calls.map((call) => [promptOf(call), call.chain]));
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(10)), async (stream) => {
        const played = await play(WIDE, {
          pick: (waiting) => (stream.next().value ?? 0) % waiting.length,
        });
        expect(chains(played)).toEqual(chains(calm));
      }),
      { numRuns: 20 },
    );
  });

  it('tells which calls an edit touches: those that changed, and those that came after them', async () => {
    const before = await play(WIDE);
    const known = new Set(before.calls.map(({ chain }) => chain));
    const anew = async (script: string) =>
      (await play(script)).calls.filter(({ chain }) => !known.has(chain)).map(promptOf);
    expect(await anew(WIDE)).toEqual([]);
    expect(await anew(WIDE.replace("'b'", "'B'"))).toEqual([
      'find B',
      'check B',
      'vote 1',
      'vote 2',
      'join 32',
    ]);
    expect(await anew(WIDE.replace('vote ', 'elect '))).toEqual(['elect 1', 'elect 2', 'join 32']);
    expect(
      await anew(WIDE.replace("agent('check ' + name)", "agent('check ' + name, { label: 'c' })")),
    ).toEqual([]);
    expect(await anew(WIDE.replace("'join '", "'put together '"))).toEqual(['put together 32']);
  });

  it('passes over ends of calls that do not wait', async () => {
    const at = await openScript();
    const { calls } = at.start(programOf(scriptOf('return [await agent("x"), await agent("y")];')));
    const [first] = calls;
    if (first === undefined) throw new Error('nothing was asked');
    const end = endOf(first, () => 1);
    at.settle([end]);
    const again = at.settle([end, { ...end, id: 99 }]);
    expect(again).toMatchObject({ state: 'waiting', calls: [] });
  });
});
