import { describe, expect, it } from 'vitest';
import { objectSizes, readObjects } from '../../../../src/platform/git/objects/read-objects.js';
import { isObject } from '../../../../src/tools/history/kept-objects.js';
import { changedSteps, type ChangedStep } from '../../../../src/tools/history/step-history.js';
import { planUndo } from '../../../../src/tools/history/undo-plan.js';
import { undoTool } from '../../../../src/tools/history/undo.js';
import { toolBench } from '../../../support/tool-context.js';

describe('changedSteps and planUndo', () => {
  it('give the steps of an agent, the newest first, and what taking them back would do', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n' });
    await bench.call('edit', { path: 'a.txt', old_string: 'one', new_string: '1' });
    await bench.call('write_file', { path: 'b.txt', content: 'b' });
    const steps: ChangedStep[] = [];
    for await (const step of changedSteps(bench.workspace, 'test')) steps.push(step);
    expect(
      steps.map(({ key, kind, changes }) => [key.step, kind, changes.map(({ path }) => path)]),
    ).toEqual([
      [2, 'files', ['b.txt']],
      [1, 'files', ['a.txt']],
    ]);
    const plan = await planUndo(bench.workspace, steps);
    expect(plan).toMatchObject({
      kind: 'plan',
      left: [],
      files: [
        { path: 'b.txt', after: undefined },
        { path: 'a.txt', after: Buffer.from('one\n') },
      ],
    });
    expect([undoTool.isDeferred, undoTool.access]).toEqual([true, 'write']);
  });
});

describe('objects of git', () => {
  it('are read in one go, sized and recognised; those that are not there are missing', async () => {
    const bench = await toolBench({ 'a.txt': 'one\n', 'b.bin': 'b\n\0' });
    const git = bench.workspaceGit();
    const tree = await git.writeTree();
    const ids = await Promise.all(['a.txt', 'b.bin'].map((path) => git.resolve(`${tree}:${path}`)));
    const known = ids.map(String);
    const asked = [...known, '0'.repeat(40)];
    expect([...(await readObjects(git, asked)).entries()]).toEqual([
      [known[0], Buffer.from('one\n')],
      [known[1], Buffer.from('b\n\0')],
    ]);
    expect([...(await objectSizes(git, asked)).values()]).toEqual([4, 3]);
    expect(isObject(Buffer.from('one\n'), String(known[0]))).toBe(true);
    expect(isObject(Buffer.from('two\n'), String(known[0]))).toBe(false);
  });
});
