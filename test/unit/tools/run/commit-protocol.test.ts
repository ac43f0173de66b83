import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectSandbox } from '../../../../src/platform/sandbox/detect.js';
import { noteEngineWrite } from '../../../../src/platform/sandbox/ownership.js';
import { createSnapshots } from '../../../../src/platform/workspace/snapshot.js';
import { toolBench, type ToolBench } from '../../../support/tool-context.js';

const hasNamespace = (await detectSandbox()).kinds.includes('own-pid-namespace');

/** Subjects of the snapshots of a bench, oldest first. */
async function subjects(bench: ToolBench): Promise<string[]> {
  const { stdout } = await bench
    .workspaceGit()
    .run(['log', '--reverse', '--format=%s', `${bench.workspace.refPrefix}/head`]);
  return stdout.toString('utf8').trim().split('\n');
}

/** One command of the agent `scope`, as step `step`. */
function command(bench: ToolBench, scope: string, step: number) {
  return bench.call(
    'bash',
    { command: `echo ${step} >> log.txt` },
    { step: { scope, step, index: 0 } },
  );
}

describe.skipIf(!hasNamespace)('the snapshot before a command', () => {
  it('is the one after the command before it, when nobody wrote in between', async () => {
    const bench = await toolBench({ 'a.txt': 'a' });
    await command(bench, 'agent', 1);
    await command(bench, 'agent', 2);
    await command(bench, 'agent', 3);
    expect(await subjects(bench)).toEqual([
      'before agent#1.0',
      'after agent#1.0',
      'after agent#2.0',
      'after agent#3.0',
    ]);
    expect(await readFile(join(bench.workspace.root, 'log.txt'), 'utf8')).toBe('1\n2\n3\n');
  });

  it('holds what a file tool wrote in between, also for a command that is cancelled', async () => {
    const bench = await toolBench();
    await command(bench, 'agent', 1);
    await bench.call('write_file', { path: 'b.txt', content: 'kept\n' });
    const controller = new AbortController();
    const running = bench.call(
      'bash',
      { command: 'rm b.txt log.txt; echo ready; sleep 60' },
      { step: { scope: 'agent', step: 2, index: 0 }, signal: controller.signal },
    );
    await expect
      .poll(() => readFile(join(bench.workspace.root, 'log.txt'), 'utf8').catch(() => 'gone'), {
        timeout: 10_000,
      })
      .toBe('gone');
    controller.abort();
    await expect(running).rejects.toThrow('aborted');
    expect(await readFile(join(bench.workspace.root, 'b.txt'), 'utf8')).toBe('kept\n');
    expect(await subjects(bench)).toEqual([
      'before agent#1.0',
      'after agent#1.0',
      'before agent#2.0',
    ]);
  });

  it.each([
    ['another agent', 'other', async () => undefined],
    [
      'the engine',
      'agent',
      async (bench: ToolBench) => {
        await writeFile(join(bench.workspace.root, 'c.txt'), 'engine');
        noteEngineWrite(bench.workspace.root);
      },
    ],
    [
      'whoever moved the head',
      'agent',
      async (bench: ToolBench) => {
        const snapshots = createSnapshots(bench.workspace);
        const head = await snapshots.head();
        if (head === undefined) expect.fail('no head');
        const next = await snapshots.commit(head.tree, head.commit, 'moved\n');
        await snapshots.advance(next, head.commit);
        await writeFile(join(bench.workspace.root, 'c.txt'), 'moved');
      },
    ],
  ] as const)('is taken anew after %s', async (_who, scope, write) => {
    const bench = await toolBench();
    await command(bench, 'agent', 1);
    await write(bench);
    await writeFile(join(bench.workspace.root, 'd.txt'), 'd');
    await command(bench, scope, 2);
    expect(await subjects(bench)).toContain(`before ${scope}#2.0`);
  });
});
