import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { watchHome } from '../../../../src/service/supervisor/home-watch.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('watchHome', () => {
  it('tells once that the lock it holds is gone, or is somebody else’s', async () => {
    const lock = join(await temporaryFolder(), 'lock');
    await writeFile(lock, 'ours');
    let gone = 0;
    let looked = 0;
    const timer = watchHome(lock, () => (gone += 1), 5);
    const beside = setInterval(() => (looked += 1), 5);
    await vi.waitFor(() => expect(looked).toBeGreaterThan(5));
    expect(gone).toBe(0);
    await rm(lock);
    await vi.waitFor(() => expect(gone).toBe(1));
    clearInterval(timer);
    clearInterval(beside);
  });
});
