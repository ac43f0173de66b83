import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/platform/storage/blob-store.js';
import { writeFileTool } from '../../../../src/tools/files/write-file.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

const hash = (text: string): string => sha256(Buffer.from(text)).slice(0, 16);

describe('write_file', () => {
  it('replaces the version that the model has seen, and keeps the mode', async () => {
    const { workspace } = await workspaceFixture({ 'run.sh': 'old\n' });
    const file = join(workspace.root, 'run.sh');
    await chmod(file, 0o755);
    const context = toolContext(workspace, { seen: new Map([['run.sh', hash('old\n')]]) });
    expect(await callTool(writeFileTool, { path: 'run.sh', content: 'new\n' }, context)).toEqual({
      text: 'Replaced run.sh (1 lines, 4 bytes).',
      isError: false,
      seen: [{ path: 'run.sh', hash: hash('new\n') }],
      progress: [`file:run.sh:${hash('new\n')}`],
    });
    expect(await readFile(file, 'utf8')).toBe('new\n');
    expect((await stat(file)).mode & 0o777).toBe(0o755);
  });

  it('names a file below the working folder by the path of the workspace', async () => {
    const { workspace } = await workspaceFixture({ 'app/a.txt': 'a' });
    const context = toolContext({ ...workspace, workdir: 'app' });
    const output = await callTool(writeFileTool, { path: 'b.txt', content: '' }, context);
    expect(output).toEqual({
      text: 'Created b.txt (0 lines, 0 bytes).',
      isError: false,
      seen: [{ path: 'app/b.txt', hash: hash('') }],
      progress: [`file:app/b.txt:${hash('')}`],
    });
  });

  it('changes nothing, and counts no progress, where the file holds that already', async () => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'same' });
    const before = await stat(join(workspace.root, 'a.txt'));
    const output = await callTool(
      writeFileTool,
      { path: 'a.txt', content: 'same' },
      toolContext(workspace),
    );
    expect(output).toEqual({
      text: 'a.txt already holds exactly that.',
      isError: false,
      seen: [{ path: 'a.txt', hash: hash('same') }],
    });
    expect((await stat(join(workspace.root, 'a.txt'))).mtimeMs).toBe(before.mtimeMs);
  });

  it.each([
    [
      'a.txt',
      new Map<string, string>(),
      'a.txt exists and you have not read it. Read it first, or use edit.',
    ],
    [
      'a.txt',
      new Map([['a.txt', hash('older')]]),
      'a.txt has changed since you read it. Read it again, then write it.',
    ],
    ['src', new Map<string, string>(), 'src: a folder; use list_dir.'],
    [
      '../a.txt',
      new Map<string, string>(),
      '../a.txt: leads outside the workspace; use a path relative to the working folder',
    ],
    ['a.txt/b', new Map<string, string>(), 'a.txt/b: a part of it is a file, not a folder'],
  ])('refuses to write %s, seen %j', async (path, seen, text) => {
    const { workspace } = await workspaceFixture({ 'a.txt': 'mine', 'src/b.txt': '' });
    const context = toolContext(workspace, { seen });
    expect(await callTool(writeFileTool, { path, content: 'x' }, context)).toEqual({
      text,
      isError: true,
    });
    expect(await readFile(join(workspace.root, 'a.txt'), 'utf8')).toBe('mine');
  });
});
