import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPrd } from '../../../src/runs/load-prd.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const PRD = {
  project: 'demo',
  feature: 'Login',
  branch_name: 'feature/login',
  user_stories: [{ id: 'US-001', title: 'One' }],
  quality_checks: { test: 'true' },
};

describe('loadPrd', () => {
  it('gives the PRD and its absolute path, relative to where the command runs', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'docs'));
    await writeFile(join(folder, 'docs/prd.json'), JSON.stringify(PRD));
    const loaded = await loadPrd('docs/prd.json', folder);
    expect(loaded.path).toBe(join(folder, 'docs/prd.json'));
    expect(loaded.prd).toMatchObject({ project: 'demo', branchName: 'feature/login' });
  });

  it('gives the real folder of a PRD behind a link, so that git means the same place', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real/prd.json'), JSON.stringify(PRD));
    await symlink(join(folder, 'real'), join(folder, 'link'));
    expect((await loadPrd('link/prd.json', folder)).path).toBe(join(folder, 'real/prd.json'));
  });

  it('refuses a file that is missing, with the name as it was given', async () => {
    await expect(loadPrd('nope.json', await temporaryFolder())).rejects.toMatchObject({
      code: 'ERR_PRD_NOT_FOUND',
      exitCode: 2,
      where: { file: 'nope.json' },
    });
  });

  it('refuses a folder and a file beyond the size limit without reading it', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'folder.json'));
    await writeFile(join(folder, 'large.json'), '');
    await truncate(join(folder, 'large.json'), 16 * 1024 * 1024 + 1);
    for (const file of ['folder.json', 'large.json']) {
      await expect(loadPrd(file, folder)).rejects.toMatchObject({
        code: 'ERR_PRD_UNREADABLE',
        exitCode: 2,
        where: { file },
      });
    }
  });

  it('names file, line, story and field of a problem', async () => {
    const folder = await temporaryFolder();
    const broken = { ...PRD, user_stories: [{ id: 'US-001', title: 7 }] };
    await writeFile(join(folder, 'prd.json'), JSON.stringify(broken, null, 2));
    await expect(loadPrd('prd.json', folder)).rejects.toMatchObject({
      code: 'ERR_PRD_INVALID',
      exitCode: 2,
      where: { file: 'prd.json', line: 8, story: 'US-001', field: 'user_stories[0].title' },
    });
  });
});
