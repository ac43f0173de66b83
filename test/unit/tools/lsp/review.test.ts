import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editTool } from '../../../../src/tools/files/edit.js';
import { multieditTool } from '../../../../src/tools/files/multiedit.js';
import { writeFileTool } from '../../../../src/tools/files/write-file.js';
import { undoTool } from '../../../../src/tools/history/undo.js';
import { createReview, type ReviewSettings } from '../../../../src/tools/lsp/review.js';
import type { ServerPool } from '../../../../src/tools/lsp/server/server-pool.js';
import { applyPatchTool } from '../../../../src/tools/patch/apply-patch.js';
import type { AnyTool, ToolOutput } from '../../../../src/tools/tool.js';
import { lspBench, type DoubleOptions, type LspBench } from '../../../support/lsp-bench.js';
import { callTool, toolContext } from '../../../support/tool-context.js';

interface EditBench extends LspBench {
  edit(tool: AnyTool, input: Readonly<Record<string, unknown>>): Promise<ToolOutput>;
}

async function editBench(
  files: Readonly<Record<string, string>>,
  options: DoubleOptions | (() => DoubleOptions) = {},
  settings: Partial<ReviewSettings> = {},
): Promise<EditBench> {
  const bench = await lspBench(files, options);
  // So long that a busy machine is not what is tested, unless a test says otherwise.
  const review = createReview({ pool: bench.pool, waitMs: 15_000, ...settings });
  let step = 100;
  return {
    ...bench,
    edit(tool, input) {
      step += 1;
      const changes = { step: { scope: 'test', step, index: 0 }, followUps: { review } };
      return callTool(tool, input, toolContext(bench.workspace, changes));
    },
  };
}

const edit = (path: string, old: string, now: string) => ({
  path,
  old_string: old,
  new_string: now,
});
const WAYS = [
  ['by a request', { findings: 'pull' }],
  ['by a mark, with no versions', { findings: 'none' }],
  ['by a mark, with versions that nobody told', { findings: 'wrong' }],
  ['by a mark, with the newest version on what is older', { findings: 'current', isStale: true }],
] as const;

describe('the review of an edit', () => {
  it.each(WAYS)('tells the errors that it brought, and no others: %s', async (_, options) => {
    const bench = await editBench({ 'a.ts': 'BAD old\none\ntwo\n' }, options);
    expect(await bench.edit(editTool, edit('a.ts', 'one', 'BAD new'))).toMatchObject({
      isError: false,
      text: expect.stringMatching(
        /^Edited a\.ts .*\n\[diagnostics\] 1 new error after this change:\na\.ts:2:1 error: bad new \(double 7\)$/,
      ),
    });
    expect((await bench.edit(editTool, edit('a.ts', 'two', 'three'))).text).not.toContain(
      'diagnostics',
    );
    expect(
      (await bench.edit(editTool, edit('a.ts', 'BAD old', 'BAD old\nBAD more'))).text,
    ).toContain('1 new error after this change:\na.ts:2:1 error: bad more');
  });

  it('is made after every tool that writes', async () => {
    const bench = await editBench({ 'a.ts': 'one\n', 'b.ts': 'one\n' });
    const words = async (tool: AnyTool, input: Readonly<Record<string, unknown>>) =>
      (await bench.edit(tool, input)).text.split('\n').filter((line) => line.includes(' error: '));
    expect(await words(writeFileTool, { path: 'new.ts', content: 'BAD 1\n' })).toEqual([
      'new.ts:1:1 error: bad 1 (double 7)',
    ]);
    const edits = [edit('a.ts', 'one', 'BAD 2'), edit('b.ts', 'one', 'BAD 3')];
    expect(await words(multieditTool, { edits })).toEqual([
      'a.ts:1:1 error: bad 2 (double 7)',
      'b.ts:1:1 error: bad 3 (double 7)',
    ]);
    expect(await words(undoTool, {})).toEqual([]);
    expect(await words(undoTool, {})).toEqual([
      'a.ts:1:1 error: bad 2 (double 7)',
      'b.ts:1:1 error: bad 3 (double 7)',
    ]);
    const patch = '*** Begin Patch\n*** Update File: a.ts\n@@\n-BAD 2\n+BAD 4\n*** End Patch';
    expect(await words(applyPatchTool, { patch })).toEqual(['a.ts:1:1 error: bad 4 (double 7)']);
  });

  it('says the same to a retry of the step, which changes nothing', async () => {
    const bench = await lspBench({ 'a.ts': 'one\n' });
    const review = createReview({ pool: bench.pool, waitMs: 15_000 });
    const context = toolContext(bench.workspace, { followUps: { review } });
    const first = await callTool(editTool, edit('a.ts', 'one', 'BAD 1'), context);
    expect(first.text).toContain('bad 1');
    expect(await callTool(editTool, edit('a.ts', 'one', 'BAD 1'), context)).toEqual(first);
  });

  it('shows at most twenty errors', async () => {
    const bench = await editBench({ 'a.ts': 'one\n' });
    const many = Array.from({ length: 25 }, (_, at) => `BAD ${at}`).join('\n');
    const { text } = await bench.edit(editTool, edit('a.ts', 'one', many));
    expect(text).toContain('25 new errors after this change:');
    expect(text.match(/ error: /g)).toHaveLength(20);
    expect(text).toContain('(5 more)');
  });

  it('asks nobody about files of other languages, of languages that are off, and where no server is', async () => {
    let starts = 0;
    const count = () => ((starts += 1), {});
    const off = await editBench({ 'a.ts': 'one\n', 'a.txt': 'one\n' }, count, {
      off: ['typescript'],
    });
    expect((await off.edit(editTool, edit('a.ts', 'one', 'BAD 1'))).text).not.toContain(
      'diagnostics',
    );
    expect((await off.edit(editTool, edit('a.txt', 'one', 'BAD 1'))).text).not.toContain(
      'diagnostics',
    );
    expect(starts).toBe(0);
  });

  it('does not hold an edit up for a server that is slow to start, and tells later what it could not tell then', async () => {
    const bench = await editBench({ 'a.ts': 'one\ntwo\n' }, { delays: [600] }, { waitMs: 200 });
    const startedAt = performance.now();
    const first = await bench.edit(editTool, edit('a.ts', 'one', 'BAD 1'));
    expect(first.text).toMatch(/\n\[diagnostics pending\]$/);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    const patient = createReview({ pool: bench.pool, waitMs: 15_000 });
    // Another review knows nothing of what the first one owes; the same one does.
    const settled = await bench.call({ action: 'diagnostics', path: 'a.ts' });
    expect(settled.text).toContain('bad 1');
    expect(await patient(toolContext(bench.workspace), [])).toEqual([]);
  });

  it('owes the errors of an edit that it could not tell in time', async () => {
    const delays = [400, 0, 0, 0, 0, 0, 0, 0];
    const bench = await editBench({ 'a.ts': 'one\ntwo\n' }, { delays }, { waitMs: 250 });
    expect((await bench.edit(editTool, edit('a.ts', 'one', 'BAD 1'))).text).toContain('pending');
    // the server is there, and has answered what it was asked meanwhile
    expect((await bench.call({ action: 'diagnostics', path: 'a.ts' })).text).toContain('bad 1');
    let text = '';
    for (let at = 0; at < 20 && !text.includes('error'); at += 1)
      ({ text } = await bench.edit(
        editTool,
        edit('a.ts', at === 0 ? 'two' : `three ${at - 1}`, `three ${at}`),
      ));
    expect(text).toContain('bad 1');
  });

  it('owes the errors that were found when the edit had already gone on', async () => {
    const bench = await lspBench({ 'a.ts': 'one\ntwo\n' });
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const pool: ServerPool = {
      isPresent: (...of) => bench.pool.isPresent(...of),
      stopAll: () => bench.pool.stopAll(),
      get: (...of) => opened.then(() => bench.pool.get(...of)),
    };
    const review = createReview({ pool, waitMs: 500 });
    let step = 0;
    const change = async (old: string, now: string): Promise<string> => {
      step += 1;
      const changes = { step: { scope: 'test', step, index: 0 }, followUps: { review } };
      const context = toolContext(bench.workspace, changes);
      return (await callTool(editTool, edit('a.ts', old, now), context)).text;
    };
    expect(await change('one', 'BAD 1')).toContain('pending');
    // The job that nobody waits for any more comes to its end before any other begins.
    open();
    let text = '';
    for (let at = 0; at < 40 && !text.includes('error'); at += 1)
      text = await change(at === 0 ? 'two' : `three ${at - 1}.`, `three ${at}.`);
    expect(text).toContain('1 new error after this change:\na.ts:1:1 error: bad 1');
    expect(await change('three', 'four')).not.toContain('bad 1');
  });

  it.each(['crash', 'hang', 'flood', 'garbage', 'huge'] as const)(
    'leaves the edit alone when the server does %s',
    async (fault) => {
      const bench = await editBench({ 'a.ts': 'one\n' }, { fault, at: 1 }, { waitMs: 1500 });
      const output = await bench.edit(editTool, edit('a.ts', 'one', 'BAD 1'));
      expect(output.isError).toBe(false);
      expect(output.text).toMatch(/^Edited a\.ts/);
    },
  );

  it('never tells what is stale, in 200 edits under servers of every speed and honesty', async () => {
    let kind = 0;
    const kinds: DoubleOptions[] = [
      { findings: 'pull', delays: [1, 10, 100] },
      { findings: 'none', isStale: true, delays: [1, 10, 100] },
      { findings: 'wrong', isStale: true, delays: [10, 1, 100, 1] },
      { findings: 'current', isStale: true, delays: [100, 1, 10, 1] },
    ];
    const told: number[] = [];
    let pending = 0;
    for (const options of kinds) {
      kind += 1;
      const bench = await editBench({ 'a.ts': `BAD ${kind}.0\n` }, options, { waitMs: 60 });
      for (let at = 1; at <= 50; at += 1) {
        // every third edit is made behind the server's back first
        if (at % 3 === 0)
          await writeFile(join(bench.workspace.root, 'a.ts'), `\nBAD ${kind}.${at - 1}\n`);
        const { text } = await bench.edit(
          editTool,
          edit('a.ts', `BAD ${kind}.${at - 1}`, `BAD ${kind}.${at}`),
        );
        if (text.includes('pending')) pending += 1;
        for (const [, found] of text.matchAll(/error: bad (\S+)/g)) {
          expect(found).toBe(`${kind}.${at}`);
          told.push(at);
        }
      }
    }
    expect(told.length + pending).toBe(200);
    // how many come in time is the machine's; that some do shows that they are looked at
    expect(told.length).toBeGreaterThan(5);
  }, 120_000);
});
