import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listDirTool } from '../../../../src/tools/files/list-dir.js';
import { callTool, toolContext } from '../../../support/tool-context.js';
import { workspaceFixture } from '../../../support/workspace-fixture.js';

describe('list_dir', () => {
  it('shows folders first, sizes, targets of links and hidden names, but not .git', async () => {
    const { workspace } = await workspaceFixture({
      'z/inner.txt': '',
      'a.txt': 'four',
      '.hidden': '',
      '.git/config': 'x',
    });
    await symlink('a.txt', join(workspace.root, 'link'));
    expect(await callTool(listDirTool, {}, toolContext(workspace))).toEqual({
      text: 'z/\n.hidden (0 bytes)\na.txt (4 bytes)\nlink -> a.txt',
      isError: false,
      progress: ['list:.:4'],
    });
  });

  it('keeps an entry on one line whatever its name is', async () => {
    const { workspace } = await workspaceFixture();
    await writeFile(join(workspace.root, 'a\nb (9 bytes)\u001b[2J'), '');
    const { text } = await callTool(listDirTool, { path: '.' }, toolContext(workspace));
    expect(text).toBe('"a\\nb (9 bytes)\\u001b[2J" (0 bytes)');
  });

  it('shows at most 500 entries and counts all', async () => {
    const files: Record<string, string> = {};
    for (let index = 0; index < 503; index += 1) files[`f${1000 + index}`] = '';
    const { workspace } = await workspaceFixture(files);
    const output = await callTool(listDirTool, { path: '' }, toolContext(workspace));
    const lines = output.text.split('\n');
    expect(lines).toHaveLength(501);
    expect(lines.at(-1)).toBe('(500 of 503 entries; use glob for the rest)');
    expect(output.progress).toEqual(['list:.:503']);
  });

  it.each([
    ['srcc', 'srcc: no such folder. Did you mean src?'],
    ['no/way', 'no/way: no such folder.'],
    ['src/a.txt', 'src/a.txt: a file; use read_file.'],
    ['..', '..: leads outside the workspace; use a path relative to the working folder'],
  ])('says why it cannot list %s', async (path, text) => {
    const { workspace } = await workspaceFixture({ 'src/a.txt': '' });
    expect(await callTool(listDirTool, { path }, toolContext(workspace))).toEqual({
      text,
      isError: true,
    });
  });

  it('says that a folder is empty', async () => {
    const { workspace } = await workspaceFixture();
    await mkdir(join(workspace.root, 'empty'));
    expect(await callTool(listDirTool, { path: 'empty' }, toolContext(workspace))).toEqual({
      text: '(empty is empty)',
      isError: false,
    });
  });
});
