import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ACTION_NAMES } from '../../../../src/tools/lsp/actions.js';
import { diagnose } from '../../../../src/tools/lsp/fresh-diagnostics.js';
import { createLspTool } from '../../../../src/tools/lsp/lsp-tool.js';
import { createRenameTool } from '../../../../src/tools/lsp/rename-tool.js';
import { languageOf } from '../../../../src/tools/lsp/server/language-table.js';
import { createFollowUps } from '../../../../src/tools/follow-ups.js';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { lspBench, type DoubleOptions } from '../../../support/lsp-bench.js';

async function session(path: string, options: DoubleOptions) {
  const { pool, workspace } = await lspBench({ [path]: 'one\n' }, options);
  const language = languageOf(path);
  if (language === undefined) throw new Error('no language');
  const answer = await pool.get(workspace, language);
  if (answer.kind !== 'server') throw new Error(answer.kind);
  return { session: answer.session, path: join(workspace.root, path) };
}

describe('findings about a text', () => {
  it.each([
    ['a.ts', { findings: 'pull' }],
    ['a.ts', { findings: 'none' }],
    ['a.ts', { findings: 'wrong', isStale: true, delays: [30, 1, 10] }],
    ['a.ts', { findings: 'current', isStale: true, delays: [30, 1, 10] }],
    // clangd names versions truly
    ['a.cpp', { findings: 'right', isStale: true, delays: [30, 1, 10] }],
  ] as const)('are about exactly that text, of %s under %j', async (path, options) => {
    const opened = await session(path, options);
    for (let at = 0; at < 10; at += 1) {
      const text = `${'\n'.repeat(at % 4)}BAD ${at}\n`;
      const found = await diagnose(opened.session, { path: opened.path, text });
      expect(found.map(({ message, range }) => [message, range.start.line])).toEqual([
        [`bad ${at}`, at % 4],
      ]);
    }
    expect(opened.session.documents.get(opened.path)?.text).toBe('\nBAD 9\n');
  });

  it('are none when the text is told anew meanwhile', async () => {
    const opened = await session('a.ts', { findings: 'pull', delays: [100] });
    const asked = diagnose(opened.session, { path: opened.path, text: 'BAD 1\n' });
    opened.session.tell(opened.path, 'BAD 2\n');
    await expect(asked).rejects.toThrow('The file changed meanwhile.');
  });
});

describe('a server that publishes its findings without end', () => {
  it.each([
    ['a.ts', { findings: 'none', againMs: 20 }],
    ['a.cpp', { findings: 'right', againMs: 20 }],
  ] as const)('is waited for no longer than others, of %s', async (path, options) => {
    const opened = await session(path, options);
    const { notes } = opened.session;
    let heard = 0;
    const clock = vi.spyOn(performance, 'now');
    onTestFinished(() => clock.mockRestore());
    // After some publications the time is over.
    notes.onPublication(() => {
      heard += 1;
      if (heard === 10) clock.mockReturnValue(performance.now() + 30_000);
    });
    await expect(diagnose(opened.session, { path: opened.path, text: 'BAD 1\n' })).rejects.toThrow(
      ' published findings without end.',
    );
    expect(opened.session.documents.get(opened.path)?.text).toBe('BAD 1\n');
  });

  it.each([
    ['a.ts', { findings: 'none', againMs: 20 }],
    ['a.cpp', { findings: 'right', againMs: 20 }],
  ] as const)('is left when the call is ended, of %s', async (path, options) => {
    const opened = await session(path, options);
    const controller = new AbortController();
    let heard = 0;
    opened.session.notes.onPublication(() => {
      heard += 1;
      if (heard === 5) controller.abort(new Error('ended'));
    });
    const diagnosed = { path: opened.path, text: 'BAD 1\n' };
    await expect(diagnose(opened.session, diagnosed, controller.signal)).rejects.toThrow('ended');
    await expect(diagnose(opened.session, diagnosed, controller.signal)).rejects.toThrow('ended');
    expect(opened.session.documents.get(opened.path)?.text).toBe('BAD 1\n');
  });
});

describe('a call that is ended', () => {
  it.each([
    ['that asks', { findings: 'pull', silent: ['textDocument/diagnostic'] }],
    ['that waits for a publication', { findings: 'none', delays: [600_000] }],
  ] as const)('waits no longer for the findings of a server %s', async (_, options) => {
    const bench = await lspBench({ 'a.ts': 'one\n' }, options);
    const language = languageOf('a.ts');
    if (language === undefined) throw new Error('no language');
    const answer = await bench.pool.get(bench.workspace, language);
    if (answer.kind !== 'server') throw new Error(answer.kind);
    const controller = new AbortController();
    const { documents } = answer.session;
    const call = bench.call({ action: 'diagnostics', path: 'a.ts' }, { signal: controller.signal });
    await vi.waitFor(() => expect(documents.all().length).toBeGreaterThan(0));
    controller.abort(new Error('ended'));
    await expect(call).rejects.toThrow('ended');
  });
});

describe('the tools for language servers', () => {
  it('are found and not told, and say what they may do', async () => {
    const held = { sandbox: await detectSandbox(), masked: [] };
    const { servers, followUps } = createFollowUps(held, {
      lsp: { diagnostics: true, off: [] },
      format: { ts: 'cat' },
    });
    const tools = [createLspTool(servers), createRenameTool(servers)];
    expect(
      tools.map(({ name, access, execution, isDeferred }) => [name, access, execution, isDeferred]),
    ).toEqual([
      ['lsp', 'read', 'activity', true],
      ['lsp_rename', 'write', 'activity', true],
    ]);
    expect(JSON.stringify(tools[0]?.inputSchema)).toContain(JSON.stringify(ACTION_NAMES));
    expect(Object.keys(followUps).toSorted()).toEqual(['format', 'review']);
    const none = createFollowUps(held, { lsp: { diagnostics: false, off: [] }, format: {} });
    expect(none.followUps).toEqual({});
  });
});
