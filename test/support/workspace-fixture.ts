import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createGit } from '../../src/platform/git/git.js';
import { createWorkspace, type WorkspaceFolders } from '../../src/platform/workspace/workspace.js';
import { temporaryFolder } from './temporary-folder.js';

/** A workspace with files in a home of its own. */
export interface WorkspaceFixture {
  readonly home: string;
  readonly workspace: WorkspaceFolders;
}

/** Creates a home with one workspace `repo/lane-1` that holds `files`. */
export async function workspaceFixture(
  files: Readonly<Record<string, string>> = {},
): Promise<WorkspaceFixture> {
  const home = await temporaryFolder();
  const gitDir = join(home, 'workspaces', 'repo', 'bare.git');
  await mkdir(gitDir, { recursive: true });
  await createGit({ gitDir }).run(['init', '--bare', '-q', gitDir]);
  const workspace = await createWorkspace(home, 'repo/lane-1', {
    gitDir,
    refPrefix: 'refs/codetether/lanes/test/lane-1',
  });
  for (const [path, content] of Object.entries(files)) {
    const file = join(workspace.root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return { home, workspace };
}
