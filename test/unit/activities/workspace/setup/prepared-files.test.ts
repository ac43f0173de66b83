import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  comparePreparedFiles,
  readPreparedFiles,
  removeFiles,
  takePreparedFiles,
  writePreparedFiles,
} from '../../../../../src/activities/workspace/setup/prepared-files.js';
import { workspaceFixture } from '../../../../support/workspace-fixture.js';

const FILES = { 'deps/a.js': 'aaaa', 'deps/b/c.js': 'cc', 'venv/x': 'x', 'src/own.ts': 'own' };

describe('what set-up left in a lane', () => {
  it('is known by every file below its roots, and reads back as it was written', async () => {
    const { workspace } = await workspaceFixture(FILES);
    const files = await takePreparedFiles(workspace, ['deps/', 'venv', 'gone/']);
    expect([...files.entries.keys()]).toEqual([
      'deps',
      'deps/a.js',
      'deps/b',
      'deps/b/c.js',
      'venv',
      'venv/x',
    ]);
    expect(files.bytes).toBe(7);
    expect(await readPreparedFiles(workspace)).toBeUndefined();
    await writePreparedFiles(workspace, files);
    expect(await readPreparedFiles(workspace)).toEqual(files);
  });

  it('shows a file that was written behind our back, even with its time set back', async () => {
    const { workspace } = await workspaceFixture(FILES);
    const at = (path: string): string => join(workspace.root, path);
    const time = new Date('2026-01-02T03:04:05Z');
    await utimes(at('deps/a.js'), time, time);
    const before = await takePreparedFiles(workspace, ['deps']);
    await writeFile(at('deps/a.js'), 'bbbb');
    await utimes(at('deps/a.js'), time, time);
    const now = await takePreparedFiles(workspace, ['deps']);
    expect(comparePreparedFiles(before, now)).toEqual({ changed: ['deps/a.js'], strays: [] });
  });

  it('shows what is gone, what became a link, and of new folders only the outermost', async () => {
    const { workspace } = await workspaceFixture(FILES);
    const at = (path: string): string => join(workspace.root, path);
    const before = await takePreparedFiles(workspace, ['deps', 'venv']);
    await rm(at('venv/x'));
    await rm(at('deps/b'), { recursive: true });
    await symlink('/etc', at('deps/b'));
    await mkdir(at('deps/new/deep'), { recursive: true });
    await writeFile(at('deps/new/deep/d.js'), '');
    await writeFile(at('deps/new.js'), '');
    const now = await takePreparedFiles(workspace, ['deps', 'venv']);
    expect(comparePreparedFiles(before, now)).toEqual({
      changed: ['deps/b', 'deps/b/c.js', 'venv/x'],
      strays: ['deps/new', 'deps/new.js'],
    });
    await removeFiles(workspace, ['deps/new', 'deps/new.js', 'deps/none']);
    const cleaned = await takePreparedFiles(workspace, ['deps', 'venv']);
    expect(comparePreparedFiles(before, cleaned).strays).toEqual([]);
  });

  it('is no difference to itself', async () => {
    const { workspace } = await workspaceFixture(FILES);
    const files = await takePreparedFiles(workspace, ['deps']);
    expect(comparePreparedFiles(files, files)).toEqual({ changed: [], strays: [] });
  });
});
