import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Repl } from '../../../../src/rlm/engine/repl.js';
import { storedInput } from '../../../support/rlm-bench.js';

/** Threads run compiled files. */
const compiled = join(process.cwd(), 'dist/rlm/engine/repl-thread.js');

async function open(text: string, limitMs = 60_000): Promise<Repl> {
  const { manifest, blobs } = await storedInput(text);
  const bytes = new SharedArrayBuffer(manifest.bytes);
  for (const { ref, start } of manifest.blocks)
    (await blobs.get(ref)).copy(Buffer.from(bytes), start);
  const settings = {
    promptTokens: 1000,
    chunkBytes: 1000,
    levels: 0,
    outputLimit: 1000,
    seed: 'a',
    nowMs: 0,
  };
  return new Repl({
    manifest,
    bytes: { kind: 'memory', bytes },
    settings,
    limitMs,
    thread: pathToFileURL(compiled),
  });
}

describe.skipIf(!existsSync(compiled))('a REPL in its thread', () => {
  it('answers steps and looks for quotations', async () => {
    const repl = await open('one\ntwo\n');
    expect(await repl.run('count("o")')).toMatchObject({
      kind: 'step',
      step: { output: '2', isDone: true },
    });
    expect(await repl.verify([{ quote: 'two' }, { quote: 'three' }, { start: 0, end: 3 }])).toEqual(
      [
        { quote: 'two', start: 4, end: 7, line: 2, source: '' },
        null,
        { quote: 'one', start: 0, end: 3, line: 1, source: '' },
      ],
    );
    await repl.close();
  });

  it.each([
    ['a pattern that takes for ever', 'grep("^(a+)+$")'],
    [
      'a native function that is never interrupted',
      '"a".repeat(60000).indexOf("a".repeat(30000) + "b"); for (let i = 0; i < 1e5; i++) ("a".repeat(1e6)).lastIndexOf("b" + "a".repeat(5e5))',
    ],
  ])('is killed at %s, and its caller goes on', async (_name, code) => {
    const repl = await open(`${'a'.repeat(40)}b\n`, 3000);
    const outcome = await repl.run(code);
    if (outcome.kind === 'step') expect(outcome.step.error).toMatch(/Error/);
    else expect([outcome.reason, repl.isClosed]).toEqual(['it gave no answer for 3 s', true]);
    await repl.close();
  });

  it('is not run on while one of the questions that it was asked for has no end', async () => {
    const repl = await open('one\n');
    const asked = await repl.run('print((await llm_query(["a", "b"])).join(" "))');
    expect(asked).toMatchObject({ step: { isDone: false, questions: [{ id: 0 }, { id: 1 }] } });
    const answer = (id: number) => ({ id, answer: '"yes"' });
    await expect(repl.settle([answer(0)])).rejects.toMatchObject({
      code: 'ERR_RLM_ENGINE',
      message: 'the REPL failed: 1 of 2 questions have no end',
    });
    const settled = await repl.settle([answer(0), answer(1)]);
    expect(settled).toMatchObject({ step: { output: 'yes yes', isDone: true } });
    await repl.close();
  });

  it('ends with whoever waits for it', async () => {
    const repl = await open(`${'a'.repeat(40)}b\n`, 60_000);
    const aborting = new AbortController();
    const waiting = repl.run('grep("^(a+)+$")', aborting.signal);
    aborting.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(repl.isClosed).toBe(true);
  });
});
