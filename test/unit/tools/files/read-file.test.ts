import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { readFileTool } from '../../../../src/tools/files/read-file.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const hash = (text: string): string => sha256(Buffer.from(text)).slice(0, 16);

describe('read_file', () => {
  it('shows a window, and what the model knows afterwards', async () => {
    const text = 'one\r\ntwo\n\nfour';
    const { workspace } = await workspaceFixture({ 'a.txt': text });
    const input = { path: 'a.txt', offset: 2, limit: 2 };
    expect(await callTool(readFileTool, input, toolContext(workspace))).toEqual({
      text: '2\ttwo\n3\t\n(lines 2-3 of 4; go on with offset 4)',
      isError: false,
      seen: [{ path: 'a.txt', hash: hash(text) }],
      progress: [`read:a.txt:${hash(text)}:2`],
    });
  });

  it('counts reading the same version again as no progress, another window as some', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'one\ntwo\n' });
    const context = toolContext(workspace, { seen: new Map([['a.txt', hash('one\ntwo\n')]]) });
    expect((await callTool(readFileTool, { path: 'a.txt' }, context)).progress).toEqual([]);
    const second = await callTool(readFileTool, { path: 'a.txt', offset: 2 }, context);
    expect(second.progress).toHaveLength(1);
  });

  it('says that a file is empty, whatever the offset', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': '' });
    const output = await callTool(
      readFileTool,
      { path: 'a.txt', offset: 7 },
      toolContext(workspace),
    );
    expect(output).toMatchObject({ text: '(a.txt is empty)', isError: false });
  });

  it('reads a kept output, which is no file that can be written', async () => {
    const { workspace } = await workspaceFixture();
    const context = toolContext(workspace);
    const name = await context.keepWhole('the whole\n');
    expect(await callTool(readFileTool, { path: name }, context)).toMatchObject({
      text: '1\tthe whole',
      isError: false,
      seen: [],
    });
  });

  it('has a title with the line where it begins', () => {
    expect(readFileTool.title({ path: 'a.txt' })).toBe('read_file: a.txt');
    expect(readFileTool.title({ path: 'a.txt', offset: 9 })).toBe('read_file: a.txt:9');
  });

  it.each([{ path: '' }, { path: 'a', offset: 0 }, { path: 'a', limit: 2001 }, {}])(
    'does not take %j',
    (input) => {
      expect(readFileTool.parameters.safeParse(input).success).toBe(false);
    },
  );
});
