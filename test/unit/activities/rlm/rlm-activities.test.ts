import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beginRlmTaskStep } from '../../../../src/activities/rlm/begin-rlm-task.js';
import { beginSubRlmStep } from '../../../../src/activities/rlm/begin-sub-rlm.js';
import { examineFinal } from '../../../../src/activities/rlm/final-answer.js';
import { ingestInputStep } from '../../../../src/activities/rlm/ingest-input.js';
import type { RlmActivities } from '../../../../src/activities/rlm/rlm-activities.js';
import type { RlmDependencies } from '../../../../src/activities/rlm/rlm-dependencies.js';
import {
  OUTPUT_LIMIT,
  runCellStep,
  type CellResult,
} from '../../../../src/activities/rlm/run-cell.js';
import { tellRepl } from '../../../../src/activities/rlm/tell-repl.js';
import { askQuestionStep, promptMessages } from '../../../../src/activities/rlm/sub-question.js';
import { openWorkspace } from '../../../../src/platform/workspace/workspace.js';
import type { BlobRef } from '../../../../src/domain/blob.js';
import { readManifest, RLM_SYSTEM_PROMPT } from '../../../../src/rlm/index.js';
import {
  REPL_THREAD,
  rlmActivityBench,
  type RlmActivityBench,
} from '../../../support/rlm-activity-bench.js';

type Ingest = Parameters<RlmActivities['ingestInput']>[0];

async function ingested(bench: RlmActivityBench, text: string, fields: Partial<Ingest> = {}) {
  const path = join(bench.folder, 'app.log');
  await writeFile(path, text);
  return bench.run(() =>
    bench.activities.ingestInput({
      ...bench.step(),
      events: [],
      query: 'What?',
      files: [{ name: 'app.log', path }],
      content: null,
      type: 'auto',
      schema: null,
      earlier: null,
      maxIterations: 5,
      maxCalls: null,
      levels: 1,
      directTokens: 0,
      ...fields,
    }),
  );
}

const LOG = Array.from(
  { length: 300 },
  (_, index) => `2026-01-01T00:00:00 ${index % 100 === 7 ? 'ERROR' : 'INFO'} request ${index}`,
).join('\n');

describe('an input', () => {
  it('is stored with what its agent is told; a small one also as one question', async () => {
    expect(
      [
        ingestInputStep.input,
        beginSubRlmStep.input,
        runCellStep.input,
        askQuestionStep.input,
      ].every(Boolean),
    ).toBe(true);
    const bench = await rlmActivityBench();
    const found = await ingested(bench, 'ERROR one\n', { directTokens: 100 });
    expect(found.facts).toEqual({
      type: 'logs',
      format: null,
      bytes: 10,
      lines: 1,
      replaced: 0,
      sources: 1,
    });
    expect(await bench.stores.blobs.getText(found.prompt)).toContain('Question: What?');
    const offered: RlmDependencies['replTools'] = [];
    expect(JSON.parse(await bench.stores.blobs.getText(found.frozen.toolset))).toEqual(offered);
    const direct = JSON.parse(await bench.stores.blobs.getText(found.direct ?? found.prompt)) as {
      prompt: string;
    };
    expect(direct.prompt).toContain('Input:\nERROR one');
    expect((await ingested(bench, LOG)).direct).toBeNull();
  });

  it('is told of by its facts, with the tools of the moment, not by its text', async () => {
    const bench = await rlmActivityBench();
    const { blobs } = bench.stores;
    const { context } = await ingested(bench, LOG);
    const manifest = await readManifest(context, blobs);
    const limits = { iterations: 7, calls: 3, levels: 1, schema: null, goesOn: null };
    const told = await tellRepl('Why?', { manifest, limits }, { blobs, replTools: [] });
    const prompt = await blobs.getText(told.prompt);
    expect(prompt).toContain('Question: Why?');
    expect(prompt).not.toContain('request 150');
    expect(await blobs.getText(told.frozen.toolset)).toBe('[]');
    expect(await blobs.getText(told.frozen.prompt)).toBe(RLM_SYSTEM_PROMPT);
  });

  it('that is gone or is no text is refused with its name', async () => {
    const bench = await rlmActivityBench();
    const files = [{ name: 'gone.log', path: join(bench.folder, 'gone.log') }];
    await expect(ingested(bench, 'x', { files })).rejects.toMatchObject({ type: 'ERR_RLM_INPUT' });
    await expect(ingested(bench, 'a\0b')).rejects.toMatchObject({ type: 'ERR_RLM_INPUT' });
  });

  it('of an earlier question is not read again; the prompt says what was asked', async () => {
    const bench = await rlmActivityBench();
    const first = await ingested(bench, LOG);
    const earlier = {
      context: first.context,
      journal: first.prompt,
      questions: [{ query: 'Before?', answer: 'Yes' }],
    };
    const second = await ingested(bench, 'other', { earlier });
    expect(second.context).toEqual(first.context);
    expect(await bench.stores.blobs.getText(second.prompt)).toContain('- Before?\n  Yes');
  });

  it('goes on where the folder is gone that its tools saw, which a new one does not', async () => {
    const bench = await rlmActivityBench();
    const folder = join(bench.folder, 'work');
    await mkdir(folder);
    const workspace = { id: 'key/run/view', workdir: '.' };
    const tools = { names: ['grep'], workspace, folder };
    const first = await ingested(bench, LOG, { tools });
    expect([first.notes, (await openWorkspace(bench.stores.home, workspace)).isView]).toEqual([
      undefined,
      true,
    ]);
    await rm(folder, { recursive: true });
    const earlier = { context: first.context, journal: null, questions: [] };
    const again = await ingested(bench, LOG, { tools, earlier });
    expect(again.notes).toEqual([
      'tools of its code fail: the folder in which tools were to read is not there',
    ]);
    await expect(openWorkspace(bench.stores.home, workspace)).rejects.toMatchObject({
      code: 'ERR_WORKSPACE_MISSING',
    });
    await expect(ingested(bench, LOG, { tools })).rejects.toMatchObject({ type: 'ERR_RLM_INPUT' });
  });
});

describe.skipIf(!existsSync(REPL_THREAD))('a cell', () => {
  async function opened(text = LOG) {
    const bench = await rlmActivityBench();
    const { context } = await ingested(bench, text);
    let journal: BlobRef | null = null;
    const node = 'w';
    const step = async (
      what: Parameters<RlmActivities['runCell']>[0]['what'],
      fields = {},
    ): Promise<CellResult> => {
      const result: CellResult = await bench.run(() =>
        bench.activities.runCell({
          ...bench.step(),
          node,
          task: bench.task(context, fields),
          journal,
          before: journal,
          what,
        }),
      );
      journal = result.journal;
      return result;
    };
    const say = async (content: string, fields = {}): Promise<CellResult> =>
      step({ kind: 'reply', conversation: await bench.said(content) }, fields);
    return {
      bench,
      step,
      say,
      text: (ref: BlobRef | undefined) =>
        ref === undefined ? '' : bench.stores.blobs.getText(ref),
    };
  }

  it('is run, and its output is bounded and without secrets', async () => {
    const { say, text } = await opened();
    const long = await say('```js\nvar n = count("ERROR"); print("x".repeat(9000))\n```');
    const shown = await text(long.output?.ref);
    expect(shown.length).toBeLessThan(OUTPUT_LIMIT + 300);
    expect(shown).toContain('5000 more characters');
    expect(shown).toContain('Variables: n: number: 3');
    const secret = await say('```js\nprint("key sk-ant-api03-" + "a".repeat(40))\n```');
    expect(await text(secret.output?.ref)).not.toContain('a'.repeat(40));
  });

  it('that asks waits; what a question may cost is told, and its ends let it go on', async () => {
    const { bench, say, step } = await opened();
    const waits = await say(
      '```js\nconst a = await llm_query("Label this", {max_tokens: 10}); print(a)\n```',
    );
    expect([waits.isDone, waits.requests.length, waits.output]).toEqual([false, 1, null]);
    expect(waits.requests[0]?.needed).toMatchObject({ calls: 1, costMicroUsd: null });
    expect(waits.requests[0]?.needed.tokens).toBeGreaterThan(10);
    const answer = await bench.stores.blobs.put('"bug"');
    const done = await step({ kind: 'settle', results: [{ id: 0, ref: answer }] });
    expect([done.isDone, done.output?.preview]).toEqual([
      true,
      'bug\nVariables: a: string of 3: bug',
    ]);
  });

  it('that asks what cannot be asked is told before anything is sent', async () => {
    const { say } = await opened();
    const asked = await say(
      '```js\nconst ends = await Promise.allSettled([llm_query("Q", {max_tokens: 0}), llm_query("Q", {schema: "x"}), llm_query("Q", {schema: {type: "int"}}), llm_query("Q", {schema: {type: "string", pattern: "(a+)+$"}}), llm_query("Q", {model: "nope"}), llm_query("Q")])\n```',
    );
    expect(asked.requests.map(({ problem }) => problem !== undefined)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it('goes on in a new worker from the journal alone, with the same state', async () => {
    const { bench, say, step } = await opened();
    await say(
      '```js\nvar n = count("ERROR"); var r = Math.random(); function f() { return n }\n```',
    );
    await say('```js\nconst a = await llm_query("Q")\n```');
    await step({ kind: 'settle', results: [{ id: 0, code: 'BUDGET', message: 'no money' }] });
    const warm = await say('```js\nprint(f(), typeof r)\n```');
    await bench.restart();
    const cold = await say('```js\nprint(f(), typeof r)\n```');
    expect([cold.output?.preview, cold.stateHash]).toEqual([warm.output?.preview, warm.stateHash]);
    expect(bench.pool().replayed).toBe(1);
  });

  it('that is killed leaves the state as it was before it', async () => {
    const { say, bench } = await opened(`${'a'.repeat(40)}b\n`);
    const before = await say('```js\nvar kept = 1\n```');
    const runaway = await say(
      '```js\nvar lost = 2; async function f() { for (;;) await 1 } f(); 1\n```',
    );
    expect(runaway.output?.preview).toContain('its promises go on for ever');
    expect(runaway.journal).toEqual(before.journal);
    const after = await say('```js\nprint(typeof kept, typeof lost)\n```');
    expect(after.output?.preview).toBe('number undefined');
    expect(bench.pool().replayed).toBe(1);
  });

  it('refuses to go on from a journal that leads elsewhere', async () => {
    const { bench, say } = await opened();
    const first = await say('```js\nvar n = 1\n```');
    const node = JSON.parse(
      await bench.stores.blobs.getText(
        first.journal ?? first.output?.ref ?? { digest: '', bytes: 0 },
      ),
    ) as { entry: { hash: string } };
    node.entry.hash = 'f'.repeat(64);
    const forged = await bench.stores.blobs.put(JSON.stringify(node));
    await bench.restart();
    const { context } = await ingested(bench, LOG);
    await expect(
      bench.run(async () =>
        bench.activities.runCell({
          ...bench.step(),
          node: 'w',
          task: bench.task(context),
          journal: forged,
          before: null,
          what: { kind: 'reply', conversation: await bench.said('```js\n1\n```') },
        }),
      ),
    ).rejects.toMatchObject({ type: 'ERR_RLM_REPLAY' });
  });

  it('finds nothing in an input that is damaged', async () => {
    const { bench, say } = await opened();
    await say('```js\n1\n```');
    await bench.restart();
    const { context } = await ingested(bench, LOG);
    const manifest = JSON.parse(await bench.stores.blobs.getText(context)) as {
      blocks: { ref: BlobRef }[];
    };
    const [block] = manifest.blocks;
    if (block === undefined) throw new Error('no block');
    await writeFile(bench.stores.blobs.path(block.ref), 'x'.repeat(block.ref.bytes));
    await expect(say('```js\ntry { count("ERROR") } catch {}\n```')).rejects.toMatchObject({
      type: 'ERR_RLM_ENGINE',
    });
  });

  it('may be a tool call, or nothing that runs', async () => {
    const { bench, say, step } = await opened();
    expect(await say('I think so.')).toMatchObject({ isProse: true, output: null });
    const conversation = await bench.said('', [
      { name: 'context_count', arguments: '{"pattern":"ERROR"}' },
      { name: 'context_count', arguments: '{' },
    ]);
    expect((await step({ kind: 'call', conversation, index: 0 })).output?.preview).toBe('3');
    expect(await step({ kind: 'call', conversation, index: 1 })).toMatchObject({
      isError: true,
      output: { preview: 'context_count: the arguments are not valid JSON' },
    });
  });

  it('ends with an answer whose schema and quotations were looked at', async () => {
    expect(examineFinal).toBeTypeOf('function');
    const { bench, say, text } = await opened();
    const schema = await bench.stores.blobs.put(
      '{"type":"object","properties":{"n":{"type":"number"}},"required":["n"]}',
    );
    const bad = await say(
      '```js\nFINAL({n: "three"}, {evidence: ["ERROR request 7", "nowhere"]})\n```',
      { schema },
    );
    expect(bad.final?.problems.length).toBe(1);
    expect(bad.final?.missing).toEqual(['nowhere']);
    expect(bad.final?.evidence).toMatchObject([
      { quote: 'ERROR request 7', line: 8, source: 'app.log' },
    ]);
    const good = await say('```js\nFINAL({n: count("ERROR")})\n```', { schema });
    expect([good.final?.problems, await text(good.final?.answer.json)]).toEqual([[], '{"n":3}']);
  });
});

describe('a question of a cell', () => {
  const question = (fields = {}) => ({
    prompt: 'Q',
    instruction: null,
    schema: null,
    model: null,
    maxTokens: null,
    context: null,
    round: 0,
    ...fields,
  });

  it('is asked once, its answer kept as JSON and as text', async () => {
    const bench = await rlmActivityBench();
    bench.answers.push(' yes ');
    const ref = await bench.stores.blobs.put(JSON.stringify(question({ instruction: 'Be short' })));
    const step = bench.step();
    const ask = () =>
      bench.run(() =>
        bench.activities.askQuestion({
          ...step,
          model: { provider: 'fake', model: 'two' },
          question: ref,
          previous: null,
        }),
      );
    const first = await ask();
    expect([
      await bench.stores.blobs.getText(first.answer ?? ref),
      await bench.stores.blobs.getText(first.text ?? ref),
    ]).toEqual(['"yes"', 'yes']);
    expect(await ask()).toEqual(first);
    expect(bench.requests.length).toBe(1);
    expect(bench.requests[0]?.messages[0]?.content).toContain('Be short');
  });

  it('that does not fit its schema is told what is wrong, and asked again', async () => {
    const bench = await rlmActivityBench();
    bench.answers.push('no json', '{"n":1}');
    const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
    const ref = await bench.stores.blobs.put(JSON.stringify(question({ schema })));
    const model = { provider: 'fake', model: 'two' };
    const first = await bench.run(() =>
      bench.activities.askQuestion({ ...bench.step(), model, question: ref, previous: null }),
    );
    expect([first.answer, first.problems]).toEqual([null, ['it is no JSON object']]);
    const previous = { answer: first.said ?? ref, problems: first.problems };
    const second = await bench.run(() =>
      bench.activities.askQuestion({ ...bench.step(), model, question: ref, previous }),
    );
    expect(second.preview).toBe('{"n":1}');
    expect(bench.requests[1]?.messages.at(-1)?.content).toContain('it is no JSON object');
  });

  it('carries its own limit of tokens, and keeps no secrets', () => {
    const secret = `sk-ant-api03-${'a'.repeat(40)}`;
    const request = promptMessages({ ...question({ prompt: secret, maxTokens: 7 }) } as never);
    expect([request.maxOutputTokens, JSON.stringify(request.messages).includes(secret)]).toEqual([
      7,
      false,
    ]);
  });
});

describe('a REPL below', () => {
  it('has an input of its own, or that of the one above', async () => {
    const bench = await rlmActivityBench();
    const { context } = await ingested(bench, LOG);
    const begin = async (fields: object) =>
      bench.run(async () =>
        bench.activities.beginSubRlm({
          question: await bench.stores.blobs.put(
            JSON.stringify({
              prompt: 'Sub?',
              instruction: null,
              schema: null,
              model: null,
              maxTokens: null,
              context: null,
              round: 0,
              ...fields,
            }),
          ),
          task: bench.task(context),
        }),
      );
    const own = await begin({ context: 'a text', schema: { type: 'number' } });
    expect(own.context).not.toEqual(context);
    expect(await bench.stores.blobs.getText(own.prompt)).toContain('Question: Sub?');
    expect(own.schema).not.toBeNull();
    expect((await begin({})).context).toEqual(context);
  });
});

describe('a question of an agent', () => {
  it('is asked over a text, or over its conversation with what was dropped from it', async () => {
    expect(beginRlmTaskStep.input).toBeDefined();
    const bench = await rlmActivityBench();
    const { blobs } = bench.stores;
    const earlier = await bench.said('the password is swordfish');
    const conversation = await blobs.put(
      JSON.stringify({
        version: 1,
        parent: null,
        depth: 2,
        messages: [{ role: 'user', content: 'a summary' }],
        earlier,
      }),
    );
    const begin = (source: Parameters<RlmActivities['beginRlmTask']>[0]['source']) =>
      bench.run(() =>
        bench.activities.beginRlmTask({
          question: 'What was it?',
          source,
          workspace: { id: 'none', workdir: '.' },
          conversation,
          maxIterations: 5,
        }),
      );
    const inputOf = async (context: BlobRef): Promise<string> => {
      const { blocks } = JSON.parse(await blobs.getText(context)) as { blocks: { ref: BlobRef }[] };
      return (await Promise.all(blocks.map(({ ref }) => blobs.getText(ref)))).join('');
    };
    const recalled = await begin({ kind: 'conversation' });
    expect(await inputOf(recalled.context)).toBe('[1] assistant: the password is swordfish');
    expect(await blobs.getText(recalled.prompt)).toContain('Question: What was it?');
    expect(await inputOf((await begin({ kind: 'text', text: 'T' })).context)).toBe('T');
  });
});
