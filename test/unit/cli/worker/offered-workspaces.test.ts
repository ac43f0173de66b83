import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { offeredWorkspaces } from '../../../../src/cli/worker/offered-workspaces.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const CONFIGURED = { shop: '/srv/shop', api: '/srv/api' };

describe('the repositories that a worker offers', () => {
  it('are all that the configuration has when none is named', async () => {
    expect(await offeredWorkspaces({ named: null, configured: CONFIGURED, folder: '/' })).toEqual([
      { name: 'shop', path: '/srv/shop' },
      { name: 'api', path: '/srv/api' },
    ]);
  });

  it('are names, folders, and folders by a name', async () => {
    const folder = await temporaryFolder();
    for (const name of ['web', 'back end']) await mkdir(join(folder, name));
    const named = ['api', 'web', 'server=back end', join(folder, 'web')];
    expect(await offeredWorkspaces({ named, configured: CONFIGURED, folder })).toEqual([
      { name: 'api', path: '/srv/api' },
      { name: 'web', path: join(folder, 'web') },
      { name: 'server', path: join(folder, 'back end') },
    ]);
  });

  it.each([
    'missing',
    'file.txt',
    'constructor',
    'x=missing',
    'back end',
    '=web',
    'a b=web',
    '-x=web',
  ])('are none of %j', async (word) => {
    const folder = await temporaryFolder();
    for (const name of ['web', 'back end']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'file.txt'), '');
    await expect(
      offeredWorkspaces({ named: [word], configured: CONFIGURED, folder }),
    ).rejects.toMatchObject({ code: 'ERR_CODEBASE', exitCode: 2 });
  });

  it('are not two of one name', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'a/web'), { recursive: true });
    await mkdir(join(folder, 'b/web'), { recursive: true });
    await expect(
      offeredWorkspaces({ named: ['a/web', 'b/web'], configured: {}, folder }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('NAME=FOLDER') as string,
    });
  });
});
