import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../../src/activities/rlm/cell-requests.js';
import type { CellResult } from '../../../../src/activities/rlm/run-cell.js';
import type { BlobRef } from '../../../../src/domain/blob.js';
import { conversationNodeSchema } from '../../../../src/domain/agent/conversation.js';
import type { RlmTask } from '../../../../src/domain/rlm/rlm-task.js';
import { ingestContext } from '../../../../src/rlm/index.js';
import {
  REPL_THREAD,
  rlmActivityBench,
  type RlmActivityBench,
} from '../../../support/rlm-activity-bench.js';

interface OpenCells {
  readonly bench: RlmActivityBench;
  readonly say: (code: string) => Promise<CellResult>;
  readonly settle: (results: readonly unknown[]) => Promise<CellResult>;
  /** The call that a request stands for. */
  readonly callOf: (ref: BlobRef | undefined) => Promise<unknown>;
}

/** A REPL whose code was passed `tools`. */
async function opened(tools: readonly string[], fields: Partial<RlmTask> = {}): Promise<OpenCells> {
  const bench = await rlmActivityBench();
  const { blobs } = bench.stores;
  const input = {
    name: '',
    async *open() {
      yield Buffer.from('a.ts\nb.ts\n');
    },
  };
  const { ref } = await ingestContext([input], { blobs, type: 'auto' });
  let journal: BlobRef | null = null;
  const run = async (
    what: Parameters<RlmActivityBench['activities']['runCell']>[0]['what'],
  ): Promise<CellResult> => {
    const result: CellResult = await bench.run(() =>
      bench.activities.runCell({
        ...bench.step(),
        node: 'w',
        task: bench.task(ref, { tools: [...tools], ...fields }),
        journal,
        before: journal,
        what,
      }),
    );
    journal = result.journal;
    return result;
  };
  return {
    bench,
    say: async (code) =>
      run({ kind: 'reply', conversation: await bench.said(`\`\`\`js\n${code}\n\`\`\``) }),
    settle: (results) => run({ kind: 'settle', results: results as never }),
    callOf: async (question) => {
      if (question === undefined) return undefined;
      const node = conversationNodeSchema.parse(JSON.parse(await blobs.getText(question)));
      const message = node.messages[0];
      return message?.role === 'assistant' ? message.toolCalls[0] : undefined;
    },
  };
}

const settledWords =
  'const ends = await Promise.allSettled(asked); print(ends.map((end) => end.reason ? end.reason.name + ": " + end.reason.message : end.value))';

describe.skipIf(!existsSync(REPL_THREAD))('tools of the host in a cell', () => {
  it('are asked for as a call of an agent; what they gave is text, also after a new worker has read the journal', async () => {
    expect(requestOf).toBeTypeOf('function');
    const { bench, say, settle, callOf } = await opened(['grep', 'read_file']);
    const waits = await say(
      'var found = await tool.grep({pattern: "x", path: "src"}); found.length',
    );
    expect(waits.requests).toMatchObject([{ id: 0, kind: 'tool', tool: 'grep', model: null }]);
    expect(await callOf(waits.requests[0]?.question)).toEqual({
      id: 'cell-0',
      name: 'grep',
      arguments: '{"pattern":"x","path":"src"}',
    });
    const ref = await bench.stores.blobs.put('src/a.ts:1:"x"\n');
    const done = await settle([{ id: 0, ref, isText: true }]);
    expect([done.isDone, done.output?.preview.split('\n')[0]]).toEqual([true, '15']);
    await bench.restart();
    const after = await say('found.includes(\'"x"\')');
    expect([after.output?.preview, after.requests]).toEqual(['true', []]);
    expect(bench.pool().replayed).toBe(1);
  });

  it('that were not passed are refused with an error of their own, whatever their name', async () => {
    const { say, settle } = await opened(['grep']);
    const waits = await say(
      'const asked = [tool.read_file({path: "a"}), tool.write_file({path: "a", content: ""}), tool["x\\n".repeat(200)]()];' +
        settledWords,
    );
    expect(waits.requests.map(({ problemCode }) => problemCode)).toEqual(Array(3).fill('DENIED'));
    const results = waits.requests.map(({ id, problem, problemCode }) => ({
      id,
      code: problemCode,
      message: problem,
    }));
    const done = await settle(results);
    expect(done.output?.preview).toContain(
      'DeniedError: this code may not call write_file: it may call grep',
    );
    const caught = await say(
      'let name; try { await tool.edit({}) } catch (error) { name = [error instanceof DeniedError, error instanceof RlmError, error.code] } print(name)',
    );
    const told = await settle([
      { id: caught.requests[0]?.id, code: 'DENIED', message: caught.requests[0]?.problem },
    ]);
    expect(told.output?.preview).toContain('true\ntrue\nDENIED');
  });

  it.each([
    ['a call that was refused', 'await tool.bash({})', { code: 'DENIED', message: 'no' }, false],
    [
      'a REPL that was refused',
      'await rlm_query("Q", {tools: ["glob"]})',
      { code: 'DENIED', message: 'no' },
      false,
    ],
    ['a call that failed', 'await tool.grep({})', { code: 'TOOL', message: 'no' }, true],
    ['a question', 'await llm_query("Q")', { code: 'PROVIDER', message: 'no' }, true],
  ])(
    'are a look at something only where they were called: %s',
    async (...[, code, end, looked]) => {
      const { say, settle } = await opened(['grep']);
      const waits = await say(`try { ${code} } catch (error) { print(error.name) }`);
      expect(waits.requests.length).toBe(1);
      const done = await settle([{ id: 0, ...end }]);
      expect([done.isDone, done.hasLooked]).toEqual([true, looked]);
    },
  );

  it('that write are refused also where somebody passed them', async () => {
    const { say } = await opened(['write_file', 'bash']);
    const waits = await say('await Promise.all([tool.write_file({}), tool.bash({command: "ls"})])');
    expect(waits.requests.map(({ problemCode, problem }) => [problemCode, problem])).toEqual([
      ['DENIED', 'this code may not call write_file: it was passed no tools'],
      ['DENIED', 'this code may not call bash: it was passed no tools'],
    ]);
  });

  it('take one object of bounded size, and carry no keys', async () => {
    const { say, callOf } = await opened(['grep']);
    const waits = await say(
      'await Promise.allSettled([tool.grep("text"), tool.grep({pattern: "x".repeat(40000)}), tool.grep({pattern: "sk-ant-api03-" + "a".repeat(40)}), tool.grep()])',
    );
    expect(waits.requests.map(({ problem }) => problem)).toEqual([
      'a tool takes one object: await tool.grep({pattern: "…"})',
      'the arguments have more than 32768 characters',
      undefined,
      undefined,
    ]);
    expect(await callOf(waits.requests[2]?.question)).toMatchObject({ isRedacted: true });
    expect(JSON.stringify(await callOf(waits.requests[2]?.question))).not.toContain('aaaa');
    expect(await callOf(waits.requests[3]?.question)).toMatchObject({ arguments: '{}' });
  });

  it('are asked side by side in a loop whose turns do not depend on each other', async () => {
    const { say } = await opened(['read_file']);
    const waits = await say(
      'const texts = [];\nfor (const path of lines()) {\n  const text = await tool.read_file({path});\n  texts.push(text.length);\n}',
    );
    expect(waits.requests.length).toBe(2);
  });

  it('are passed on only when code says so, and only those that it has', async () => {
    const { say, bench } = await opened(['grep', 'read_file']);
    const waits = await say(
      'await Promise.allSettled([rlm_query("Q"), rlm_query("Q", {tools: ["grep"]}), rlm_query("Q", {tools: ["grep", "glob"]})])',
    );
    expect(waits.requests.map(({ problemCode }) => problemCode)).toEqual([
      undefined,
      undefined,
      'DENIED',
    ]);
    const context = await bench.stores.blobs.put('x');
    const task = { ...bench.task(context), tools: ['grep', 'read_file'] };
    const { ref } = await ingestContext(
      [
        {
          name: '',
          async *open() {
            yield Buffer.from('x\n');
          },
        },
      ],
      { blobs: bench.stores.blobs, type: 'auto' },
    );
    const begun = await Promise.all(
      waits.requests
        .slice(0, 2)
        .map(({ question }) =>
          bench.run(() =>
            bench.activities.beginSubRlm({ question, task: { ...task, context: ref } }),
          ),
        ),
    );
    expect(begun.map(({ tools }) => tools)).toEqual([undefined, ['grep']]);
  });

  it('stand in the way of nothing that code does with their name', async () => {
    const { say } = await opened([]);
    const shown = await say(
      'print(tool); print(typeof tool, typeof await tool); "" + Object.keys(tool)',
    );
    expect([shown.isDone, shown.isError]).toEqual([true, false]);
    const own = await say('var tool = {grep: () => "mine"}; tool.grep()');
    expect([own.requests, own.output?.preview.split('\n')[0]]).toEqual([[], 'mine']);
  });
});
