import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { submoduleNotes } from '../../../../src/runs/repository/submodule-notes.js';
import { userGit, userRepository } from '../../../support/ralph-bench.js';

describe('submoduleNotes', () => {
  it('says where the files will come from, and which folders stay empty', async () => {
    const inner = await userRepository({ 's.txt': 's\n' });
    const repository = await userRepository({ 'a.txt': 'a\n' });
    const allow = ['-c', 'protocol.file.allow=always'];
    for (const name of ['here', 'near', 'far', 'folder'])
      userGit(repository, ...allow, 'submodule', '--quiet', 'add', inner, `lib/${name}`);
    const set = (name: string, url: string): string =>
      userGit(repository, 'config', '--file', '.gitmodules', `submodule.lib/${name}.url`, url);
    set('near', '../near.git');
    set('far', 'https://far.example.org/far.git');
    userGit(repository, 'commit', '--quiet', '--all', '--message', 'sub');
    userGit(repository, 'remote', 'add', 'origin', 'git@near.example.org:team/main.git');
    for (const name of ['near', 'far', 'folder']) {
      await rm(join(repository, `.git/modules/lib/${name}`), { recursive: true });
      await rm(join(repository, `lib/${name}/.git`));
    }
    const place = { repository, baseCommit: 'HEAD' };
    expect(await submoduleNotes({ ...place, allowedHosts: [] })).toEqual([
      'submodules stay at their commits; their files come from your .git/modules (lib/here)',
      'submodules stay at their commits; their files are fetched when the run begins (lib/near from near.example.org)',
      'submodules stay empty folders: git submodule update --init --recursive brings them to your checkout, workspace.submodule_hosts allows their hosts (lib/far of far.example.org, lib/folder)',
    ]);
    const allowed = await submoduleNotes({ ...place, allowedHosts: ['far.example.org'] });
    expect(allowed[1]).toContain('lib/far from far.example.org, lib/near from near.example.org');
  });

  it('says nothing where there are none', async () => {
    const repository = await userRepository({ 'a.txt': 'a\n' });
    expect(await submoduleNotes({ repository, baseCommit: 'HEAD', allowedHosts: [] })).toEqual([]);
  });
});
