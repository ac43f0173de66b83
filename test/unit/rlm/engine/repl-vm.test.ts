import { describe, expect, it } from 'vitest';
import { COMMANDS_ONLY } from '../../../../src/rlm/engine/cell-source.js';
import { openRepl, runCell } from '../../../support/rlm-bench.js';

const output = async (code: string, text?: string): Promise<string> => {
  const { output: shown, error } = runCell(await openRepl(text), code);
  return error ?? shown;
};

describe('a cell', () => {
  it('shows what bare commands give, and its last value when nothing else was shown', async () => {
    expect(await output('head(1)\ngrep("a$")')).toBe('alpha\n1:alpha\n2:beta\n3:gamma');
    expect(await output('const n = count("a"); n + 1')).toBe('4');
    expect(await output('print("x"); 5')).toBe('x');
  });

  it('keeps its names for the next one, which may declare them anew', async () => {
    const vm = await openRepl();
    runCell(vm, 'const n = 1; let m = 2; class A { f() { return 3 } } function g() { return 4 }');
    expect(runCell(vm, 'print(n, m, new A().f(), g())').output).toBe('1 2 3 4');
    expect(runCell(vm, 'const n = 7; print(n)').output).toBe('7');
    expect(runCell(vm, 'const lines = [1, 2]; print(lines.length, rlm.lines(1, 1))').output).toBe(
      '2 alpha',
    );
  });

  it('refuses names that belong to the engine', async () => {
    for (const name of ['context', 'FINAL', 'print', 'llm_query'])
      expect(await output(`const ${name} = 1`)).toContain(`${name} is read-only`);
    expect(await output('context = "x"; print(context.length)')).toBe('17');
  });

  it('says which line has a fault, and that Python is not spoken', async () => {
    expect(await output('const = 1')).toContain('SyntaxError');
    expect(await output('for line in lines:\n  print(line)')).toContain('looks like Python');
  });

  it('takes commands one a line without minding quotes', async () => {
    const { final } = runCell(await openRepl(), 'FINAL("He said "no", twice")');
    expect(final).toEqual({ value: 'He said "no", twice', evidence: [] });
  });

  it('fills variables into texts of command lines, and never into what the input says', async () => {
    const vm = await openRepl("import {total} from 'x'\n");
    runCell(vm, 'let total = 3');
    const line = `${COMMANDS_ONLY}print("{total} of ${'$'}{total}, {other}")`;
    expect(runCell(vm, line).output).toBe('3 of 3, {other}');
    expect(runCell(vm, 'print(head(1)); FINAL(head(1))')).toMatchObject({
      output: "import {total} from 'x'",
      final: { value: "import {total} from 'x'" },
    });
  });

  it('gives no answer that nobody gave', async () => {
    const vm = await openRepl();
    const refused = runCell(vm, 'FINAL(llm_query("Q"))', () => new Error('no money'));
    expect([refused.final, refused.error]).toEqual([null, 'BudgetError: no money']);
    for (const nothing of ['undefined', 'null', 'NaN'])
      expect(runCell(vm, `FINAL(${nothing})`)).toMatchObject({
        final: null,
        error: expect.stringContaining('FINAL was given no value'),
      });
    expect(runCell(vm, 'FINAL(0)').final?.value).toBe(0);
  });

  it('shows so much and says what it left out', async () => {
    const step = runCell(
      await openRepl(undefined, { outputLimit: 10 }),
      'print("0123456789abcdef")',
    );
    expect([step.output, step.cut]).toEqual(['0123456789', 6]);
  });

  it('that takes the place of one that was left open is asked nothing of it, and does not wait for it', async () => {
    const vm = await openRepl();
    const open = vm.run('early = llm_query("Q"); await early');
    expect(open).toMatchObject({ isDone: false, questions: [{ id: 0 }] });
    const next = vm.run('await early');
    expect([next.isDone, next.questions]).toEqual([true, []]);
    expect(next.error).toContain('nobody settles');
    expect(runCell(vm, 'print(await llm_query("Q"))')).toMatchObject({ output: 'yes', waves: [1] });
  });

  it('that waits for a promise nobody settles ends with an error', async () => {
    expect(await output('await new Promise(() => {})')).toContain('nobody settles');
  });
});

describe('questions', () => {
  it('are asked side by side, also by a loop that waits in each turn', async () => {
    const vm = await openRepl('x\n'.repeat(2000));
    const loop =
      'const found = []; for (const part of chunks(10)) { const a = await llm_query("Q" + part.index); found.push(a) } print(found)';
    const step = runCell(vm, loop, (prompt) => prompt);
    expect(step.waves).toEqual([10]);
    expect(step.output.split('\n')).toEqual(Array.from({ length: 10 }, (_, index) => `Q${index}`));
  });

  it.each([
    [
      'needs what the turn before found',
      'let sum = ""; for (const n of [1, 2, 3]) { const a = await llm_query("Q" + sum); sum = sum + a } print(sum)',
    ],
    [
      'leaves early',
      'let hit = []; for (const n of [1, 2, 3]) { const a = await llm_query("Q"); hit.push(a); if (a === "yes") break } print(hit)',
    ],
    [
      'reads the list that it adds to',
      'const all = []; for (const n of [1, 2, 3]) { const a = await llm_query("Q" + all.length); all.push(a) } print(all)',
    ],
    [
      'writes a map that it reads',
      'const notes = new Map(); for (const n of [1, 2, 3]) { const a = await llm_query("Q" + [...notes.values()].join()); notes.set(n, a) } print(notes.size)',
    ],
    [
      'adds to a list behind a name',
      'const state = { notes: [] }; for (const n of [1, 2, 3]) { const a = await llm_query("Q" + state.notes.join()); state.notes.push(a) } print(1)',
    ],
    [
      'takes from a queue',
      'const queue = [1, 2, 3]; for (const n of [1, 2, 3]) { const a = await llm_query("Q" + queue.shift()); print(a) }',
    ],
    [
      'calls a function of its own',
      'var sum = ""; function keep(a) { sum += a } for (const n of [1, 2, 3]) { const a = await llm_query("Q" + n); keep(a) } print(sum)',
    ],
    [
      'waits only sometimes',
      'const all = []; for (const n of [1, 2]) { if (n === 1) { all.push(await llm_query("Q")) } else { all.push(n) } } print(all)',
    ],
  ])('are asked one after the other where a turn %s', async (_name, code) => {
    const { waves, error } = runCell(await openRepl(), code);
    expect(error).toBe(null);
    expect(Math.max(...waves)).toBe(1);
  });

  it('fail one by one, as errors that code can tell apart', async () => {
    const vm = await openRepl();
    const code =
      'const ends = await map([1, 2, 3], "Q"); print(ends.map((end) => end instanceof BudgetError ? end.code : end).join())';
    const step = runCell(vm, code, (prompt) =>
      prompt.includes('2') ? new Error('no money') : 'ok',
    );
    expect(step.output).toBe('ok,BUDGET,ok');
  });

  it('that are larger than the model’s window fail before they are asked; map cuts them', async () => {
    const vm = await openRepl();
    const long = '"x".repeat(20000)';
    const single = runCell(
      vm,
      `try { await llm_query(${long}) } catch (error) { print(error.name, error.code) }`,
    );
    expect([single.output, single.waves]).toEqual(['OverflowError OVERFLOW', []]);
    expect(runCell(vm, `print((await map([${long}], "Q")).length)`).waves).toEqual([4]);
  });

  it('take the pieces of an input of any size, and never its label', async () => {
    const vm = await openRepl(`${'x'.repeat(999)}\n`.repeat(3000), {
      chunkBytes: 100_000,
      promptTokens: 60_000,
    });
    expect(
      runCell(vm, 'const all = await map("Q"); print(all.filter((a) => a === "yes").length)')
        .output,
    ).toBe('30');
    expect(runCell(vm, 'await llm_query("Q", context)').error).toContain(
      'the whole input is too large for a prompt',
    );
    const asked: unknown[] = [];
    const deep = await openRepl(`${'x'.repeat(999)}\n`.repeat(3000), { levels: 1 });
    const step = deep.run('await rlm_query("Q", {context})');
    for (const { question } of step.questions)
      asked.push((JSON.parse(question) as { context: unknown }).context);
    expect(asked).toEqual([null]);
  });

  it('become those of a model where recursion is as deep as it may be', async () => {
    const kinds: string[] = [];
    const ask = (vm: Awaited<ReturnType<typeof openRepl>>) =>
      runCell(vm, 'await rlm_query("Q", {context: "C"})', (prompt, kind) =>
        kinds.push(`${kind} ${prompt}`),
      );
    ask(await openRepl());
    ask(await openRepl(undefined, { levels: 1 }));
    expect(kinds).toEqual(['llm Q\n\nC', 'rlm Q']);
  });

  it('are voted on', async () => {
    let asked = 0;
    const step = runCell(
      await openRepl(),
      'const v = await vote("Q", 3); print(v.answer, v.agreement.toFixed(2))',
      () => {
        asked += 1;
        return asked === 2 ? 'No' : 'Yes';
      },
    );
    expect(step.output).toBe('Yes 0.67');
  });
});

describe('the state', () => {
  const cells = [
    'const found = grep("a"); var n = Math.random()',
    'const a = await llm_query("Q"); const map2 = new Map([[1, {a}]])',
    'undefinedName.x',
    'function f() { return n }',
  ];

  it('is the same after the same cells and answers, and another after others', async () => {
    const hashes = async (answer: string, seed = 'test'): Promise<string[]> => {
      const vm = await openRepl(undefined, { seed });
      return cells.map((cell) => runCell(vm, cell, () => answer).hash);
    };
    expect(await hashes('x')).toEqual(await hashes('x'));
    expect((await hashes('x')).at(-1)).not.toBe((await hashes('y')).at(-1));
    expect((await hashes('x'))[0]).not.toBe((await hashes('x', 'other'))[0]);
  });
});

describe('hostile code', () => {
  it.each([
    [
      'process, require, timers, network and modules',
      '[typeof process, typeof require, typeof fetch, typeof setTimeout, typeof WebAssembly, typeof Deno, typeof std, typeof os].join()',
      'undefined,undefined,undefined,undefined,undefined,undefined,undefined,undefined',
    ],
    [
      'the host through constructors',
      '(() => { try { return typeof print.constructor("return process")() } catch (error) { return "none" } })()',
      'none',
    ],
    ['the environment', 'typeof globalThis.process?.env', 'undefined'],
  ])('finds no %s', async (_name, code, shown) => {
    expect(await output(code)).toBe(shown);
  });

  it('finds no module by import', async () => {
    expect(await output('const fs = await import("fs"); print(Object.keys(fs).length)')).toMatch(
      /Error|^0$/,
    );
  });

  it('cannot reach what the engine keeps by changing the language', async () => {
    const vm = await openRepl();
    runCell(
      vm,
      'JSON.stringify = () => "{}"; JSON.parse = () => ({}); Array.prototype.map = () => []; Object.prototype.x = 1; Promise.prototype.then = null',
    );
    expect(runCell(vm, 'print(count("a"))').error ?? 'well').toBeTypeOf('string');
    expect((await openRepl()).run('print(1)').output).toBe('1');
  });

  it.each([
    ['an endless loop', 'while (true) {}'],
    ['an endless recursion', 'function f() { return f() + 1 } f()'],
  ])('%s is ended, and the REPL goes on', async (_name, code) => {
    const vm = await openRepl();
    expect(runCell(vm, code).error).toMatch(/Error/);
    expect(runCell(vm, 'print(1 + 1)').output).toBe('2');
  });

  it('whose promises go on for ever takes its REPL with it', async () => {
    const vm = await openRepl();
    expect(() => vm.run('async function f() { for (;;) await 1 } f(); 1')).toThrow(
      'its promises go on for ever',
    );
  });

  it('gets 64 MiB and no more, whatever it builds', async () => {
    const vm = await openRepl();
    const before = process.memoryUsage().rss;
    expect(
      runCell(vm, 'const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))').error,
    ).toMatch(/memory|used up/);
    expect(runCell(vm, 'let text = "x"; for (;;) text += text').error).toMatch(/Error/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect(runCell(vm, 'print(2)').output).toBe('2');
  });

  it('is given at most two megabytes of the input by one cell', async () => {
    const text = `${'x'.repeat(1000)}\n`.repeat(5000);
    const vm = await openRepl(text);
    const step = runCell(
      vm,
      'const all = []; for (let at = 0; at < 5e6; at += 200000) all.push(slice(at, at + 200000))',
    );
    expect(step.error).toContain('RangeError: one cell is given at most');
    expect(runCell(vm, 'slice(0, 1e6)').error).toContain('RangeError: a slice gives at most');
  });
});
