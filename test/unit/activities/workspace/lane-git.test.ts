import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plantLaneGit } from '../../../../src/activities/workspace/lane-git.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { ralphBench, userGit, type RalphBench } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function planted(author = { name: 'Ada', email: 'ada@example.org' }): Promise<RalphBench> {
  const bench = await ralphBench();
  await workspaceGit(bench.lane).checkoutTree(bench.base);
  await plantLaneGit(bench.lane, { commit: bench.base, branch: 'feature/work', author });
  return bench;
}

describe('plantLaneGit', () => {
  it('shows an agent a clean repository on the run’s branch', async () => {
    const { lane, base } = await planted();
    expect(userGit(lane.root, 'status', '--porcelain', '--branch')).toBe('## feature/work');
    expect(userGit(lane.root, 'rev-parse', 'HEAD')).toBe(base);
    expect(userGit(lane.root, 'log', '-1', '--format=%s')).toBe('first commit');
    expect(userGit(lane.root, 'fsck', '--no-dangling')).toBe('');
  });

  it('forgets commits, hooks and settings of whoever worked there before', async () => {
    const { lane, base } = await planted();
    await writeFile(join(lane.root, 'a.txt'), 'a\n');
    userGit(lane.root, 'add', '-A');
    userGit(lane.root, 'commit', '--quiet', '--message', 'mine');
    userGit(lane.root, 'config', 'core.editor', 'evil');
    await workspaceGit(lane).checkoutTree(base);
    const author = { name: 'Ada', email: 'ada@example.org' };
    await plantLaneGit(lane, { commit: base, branch: 'feature/work', author });
    expect(userGit(lane.root, 'rev-parse', 'HEAD')).toBe(base);
    expect(await readFile(join(lane.root, '.git/config'), 'utf8')).not.toContain('evil');
  });

  it('quotes the author’s name, so that it stays a name', async () => {
    const author = { name: 'A "quoted" \\ name\n[core]\n\tpager = evil', email: 'a#b;c@d' };
    const { lane } = await planted(author);
    expect(userGit(lane.root, 'config', '--local', 'user.name')).toBe(
      'A "quoted" \\ name [core] \tpager = evil',
    );
    expect(userGit(lane.root, 'config', '--local', 'user.email')).toBe('a#b;c@d');
    expect(userGit(lane.root, 'config', '--local', '--get-all', 'core.bare')).toBe('false');
  });

  it('replaces a link in place of .git and leaves its target alone', async () => {
    const bench = await ralphBench();
    await workspaceGit(bench.lane).checkoutTree(bench.base);
    const outside = await temporaryFolder();
    await writeFile(join(outside, 'config'), 'mine\n');
    await symlink(outside, join(bench.lane.root, '.git'));
    const author = { name: 'Ada', email: 'ada@example.org' };
    await plantLaneGit(bench.lane, { commit: bench.base, branch: 'x', author });
    expect(await readFile(join(outside, 'config'), 'utf8')).toBe('mine\n');
    expect(userGit(bench.lane.root, 'status', '--porcelain')).toBe('');
  });
});
