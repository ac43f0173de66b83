import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InfrastructureError, InvalidInputError } from '../../../../src/domain/light/error.js';
import { removeFolder } from '../../../../src/platform/storage/remove-folder.js';
import { createView } from '../../../../src/platform/workspace/view.js';
import { openWorkspace } from '../../../../src/platform/workspace/workspace.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const REF = { id: 'key/run/view', workdir: '.' };

async function shownFolder(): Promise<{ home: string; folder: string }> {
  const root = await temporaryFolder();
  const folder = join(root, 'work');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.txt'), 'a');
  return { home: join(root, 'home'), folder };
}

describe('a view of a folder', () => {
  it('shows the folder itself, as often as it is made, and leaves it there when it is removed', async () => {
    const { home, folder } = await shownFolder();
    await createView(home, REF.id, folder);
    await createView(home, REF.id, folder);
    expect((await openWorkspace(home, REF)).root).toBe(folder);
    await removeFolder(home);
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('a');
  });

  it('of a folder that is none, or is gone, says so', async () => {
    const { home, folder } = await shownFolder();
    await expect(createView(home, REF.id, join(folder, 'a.txt'))).rejects.toThrow(
      expect.objectContaining({ constructor: InvalidInputError, code: 'ERR_RLM_INPUT' }) as Error,
    );
    mkdirSync(home);
    await expect(createView(home, REF.id, home)).rejects.toThrow(
      expect.objectContaining({ constructor: InvalidInputError, code: 'ERR_RLM_INPUT' }) as Error,
    );
    await createView(home, REF.id, folder);
    rmSync(folder, { recursive: true });
    await expect(openWorkspace(home, REF)).rejects.toThrow(
      expect.objectContaining({
        constructor: InfrastructureError,
        code: 'ERR_WORKSPACE_MISSING',
      }) as Error,
    );
  });
});
