import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CallFollowUp, ParkedAnswer } from '../../../../src/domain/index.js';
import { pauseFor } from '../../../../src/tools/mcp/tasks/task-call.js';
import type { ToolOutput } from '../../../../src/tools/tool.js';
import {
  doubleServer,
  mcpBench,
  type McpBench,
  type ServerChanges,
} from '../../../support/mcp-bench.js';

const SERVER = fileURLToPath(new URL('../../../support/mcp-task-server.mjs', import.meta.url));
type Generation = '2025' | '2026';
const GENERATIONS: Generation[] = ['2025', '2026'];

const bench = (generation: Generation, changes: ServerChanges = {}): Promise<McpBench> =>
  mcpBench([
    doubleServer('', { ...changes, stdio: { args: [SERVER, generation], ...changes.stdio } }),
  ]);

const events = async ({ files }: McpBench): Promise<string[]> =>
  (await readFile(join(files(), 'events.txt'), 'utf8').catch(() => '')).trim().split('\n');

const build = (at: McpBench, input: object) => at.call('mcp__double__build', input);

const look = (
  at: McpBench,
  handle: string,
  more: { answers?: ParkedAnswer[]; isLeft?: true } = {},
) => {
  const { answers, ...left } = more;
  const followUp: CallFollowUp = { handle, ...left };
  return at.call(
    'mcp__double__build',
    {},
    { followUp, ...(answers === undefined ? {} : { answers }) },
  );
};

const handleOf = ({ continues }: ToolOutput): string => continues?.handle ?? '';

/** Looks until there is a result; every look on its own, as the workflow does it. */
async function settle(at: McpBench, first: ToolOutput, limit = 20): Promise<ToolOutput> {
  let output = first;
  for (let looks = 0; output.continues !== undefined && looks < limit; looks += 1)
    output = await look(at, handleOf(output));
  return output;
}

describe.each(GENERATIONS)('a call that goes on as a task, of %s', (generation) => {
  it('is made once, is looked at until it has ended, and gives its result', async () => {
    const at = await bench(generation);
    const first = await build(at, { looks: 2 });
    expect(first).toMatchObject({
      isError: false,
      text: 'runs as a task of MCP server double: 2 looks left',
      continues: { status: 'runs as a task of MCP server double: 2 looks left', afterMs: 100 },
    });
    const second = await look(at, handleOf(first));
    expect(second).toMatchObject({
      continues: { status: expect.stringContaining('1 looks left') },
    });
    expect(await settle(at, second)).toMatchObject({
      text: 'built',
      isError: false,
    });
    expect(await events(at)).toEqual(['build task-1', 'look task-1', 'look task-1', 'look task-1']);
  });

  it.each([
    ['failed', /the roof fell in/],
    ['cancelled', /its task has ended: 0 looks left/],
  ])('that ends as %s is an error for the model', async (ends, expected) => {
    const at = await bench(generation);
    const output = await settle(at, await build(at, { looks: 0, ends }));
    expect(output).toMatchObject({ isError: true, text: expect.stringMatching(expected) });
    expect(output.continues).toBeUndefined();
    expect(output.text).not.toContain('unknown');
  });

  it('is cancelled when nobody waits for it', async () => {
    const at = await bench(generation);
    const left = await look(at, handleOf(await build(at, { looks: 50 })), { isLeft: true });
    expect(left).toMatchObject({
      isError: true,
      text: 'No result: the task of MCP server double was left, nobody waits for it any more; it was cancelled.',
    });
    expect(await events(at)).toEqual(['build task-1', 'cancel task-1']);
  });

  it('is cancelled when it takes longer than the configuration allows', async () => {
    const at = await bench(generation, { taskTimeoutMs: 1 });
    const first = await build(at, { looks: 50 });
    const { startedAt, ...handle } = JSON.parse(handleOf(first)) as { startedAt: number };
    const output = await look(at, JSON.stringify({ ...handle, startedAt: startedAt - 10 }));
    expect(output.text).toContain('it took longer than 0 h; it was cancelled');
    expect(await events(at)).toEqual(['build task-1', 'cancel task-1']);
  });

  it('whose server was started again is lost, and the model is told to look first', async () => {
    const at = await bench(generation);
    const first = await build(at, { looks: 50 });
    await at.family.pool.close();
    const output = await look(at, handleOf(first));
    expect(output).toMatchObject({ isError: true });
    expect(output.text).toMatch(/refused it: .*no task task-1.* what became of it is unknown/);
  });
});

describe('what a task asks in the middle', () => {
  it('waits for the person, who is asked durably, and goes on with the answer (2026)', async () => {
    const at = await bench('2026');
    const asking = await look(at, handleOf(await build(at, { looks: 0, asks: true })));
    expect(asking).toMatchObject({
      asks: { question: 'MCP server double asks: Which colour?', options: ['red', 'blue'] },
      continues: { afterMs: 100 },
    });
    const answers = [{ id: asking.asks?.id ?? '', answer: 'blue' }];
    const answered = await look(at, handleOf(asking), { answers });
    expect([answered.asks, (await events(at)).at(-1)]).toEqual([undefined, 'answer task-1 blue']);
    expect(await settle(at, answered)).toMatchObject({ text: 'built blue' });
  });

  it('is asked again where the answer does not fit (2026)', async () => {
    const at = await bench('2026');
    const asking = await look(at, handleOf(await build(at, { asks: true })));
    const answers = [{ id: asking.asks?.id ?? '', answer: 'green' }];
    expect((await look(at, handleOf(asking), { answers })).asks?.question).toMatch(/did not fit/);
    expect(await events(at)).not.toContain('answer task-1 green');
  });

  it('is answered at once, and the model is told (2025: its server waits for no one)', async () => {
    const at = await bench('2025', { timeoutMs: 20_000 });
    const output = await settle(at, await build(at, { looks: 0, asks: true }));
    expect(output.text).toMatch(
      /^built cancel\n\(Meanwhile MCP server double was told that nobody answers .*Which colour\?\)$/,
    );
  }, 30_000);
});

describe('two tasks of one server', () => {
  it('are not mixed up: what one asks is no question of the other, and its answer reaches it', async () => {
    const at = await bench('2026');
    const quiet = await build(at, { looks: 50 });
    const asks = await build(at, { looks: 0, asks: true });
    const [first, asking] = await Promise.all([
      look(at, handleOf(quiet)),
      look(at, handleOf(asks)),
    ]);
    expect([first.asks, asking.asks?.options]).toEqual([undefined, ['red', 'blue']]);
    const answers = [{ id: asking.asks?.id ?? '', answer: 'red' }];
    const [still, answered] = await Promise.all([
      look(at, handleOf(first)),
      look(at, handleOf(asking), { answers }),
    ]);
    expect([still.asks, answered.asks]).toEqual([undefined, undefined]);
    expect(await events(at)).toContain('answer task-2 red');
  });
});

describe('a server that writes into the files of an agent', () => {
  const writing: ServerChanges = { stdio: { folder: 'write' } };

  it('is not offered tasks (2026)', async () => {
    const at = await bench('2026', writing);
    expect(await build(at, {})).toMatchObject({ text: 'not offered' });
  });

  it('whose tool only runs as one is refused (2025)', async () => {
    const at = await bench('2025', writing);
    expect(await build(at, {})).toMatchObject({
      isError: true,
      text: expect.stringContaining('nothing of it may go on beside you'),
    });
  });
});

describe('a handle that is none', () => {
  it.each(['', 'no json', '{"version":2}'])('is answered, not thrown: %s', async (handle) => {
    const at = await bench('2026');
    expect(await look(at, handle)).toMatchObject({
      isError: true,
      text: expect.stringContaining('cannot be read'),
    });
  });
});

describe('the pause between two looks', () => {
  const at = (age: number, pollMs?: number) =>
    pauseFor({ handle: { version: 1, taskId: 't', startedAt: 0 }, pollMs, now: age });

  it('is that of the server, grows with the age of the task, and is bounded', () => {
    expect([at(0), at(0, 250), at(0, 1), at(0, -5), at(0, 1e12)]).toEqual([
      1000, 250, 100, 100, 300_000,
    ]);
    expect([at(60_000), at(3_600_000), at(360_000_000)]).toEqual([3000, 180_000, 300_000]);
  });

  it('makes a task of a day a few hundred looks', () => {
    let age = 0;
    let looks = 0;
    while (age < 24 * 3_600_000) {
      age += at(age);
      looks += 1;
    }
    expect(looks).toBeLessThan(500);
  });
});
