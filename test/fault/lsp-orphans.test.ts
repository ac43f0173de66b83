import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fileURLToPath } from 'node:url';
import { workspaceFixture } from '../support/workspace-fixture.js';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(REPOSITORY, 'test/support/lsp-host-program.mjs');
const MARK = 'lsp-orphan-mark';

/** Processes whose command line holds the mark, but for the host's own. */
async function marked(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(MARK) && !line.includes('lsp-host-program')) found.push(pid);
  }
  return found;
}

describe('a language server', () => {
  it('ends with the worker that started it, however that ended', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { home, workspace } = await workspaceFixture({ 'a.ts': 'one\n' });
      const script = join(workspace.root, '.double.mjs');
      await copyFile(join(REPOSITORY, 'test/support/lsp-double.mjs'), script);
      const host = spawn(process.execPath, [PROGRAM, JSON.stringify({ home, workspace, script })], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [said] = (await once(host.stdout, 'data')) as [Buffer];
      expect(String(said).trim()).toBe('server');
      expect((await marked()).length).toBeGreaterThan(0);
      host.kill('SIGKILL');
      await vi.waitFor(async () => expect(await marked()).toEqual([]), { timeout: 10_000 });
    }
  });
});
