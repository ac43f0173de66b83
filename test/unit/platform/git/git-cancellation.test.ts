import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createGit } from '../../../../src/platform/git/git.js';
import { runProcess } from '../../../../src/platform/process/run-process.js';
import { underSignal } from '../../../../src/platform/process/ambient-signal.js';
import { userRepository } from '../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('cancellation', () => {
  it('ends a git that is at work, with the reason, and leaves no lock behind', async () => {
    const folder = await userRepository({ 'a.txt': 'a\n' });
    // A clean filter that never ends stands for hours of git work under the index lock.
    const started = join(await temporaryFolder(), 'started');
    const filter = join(await temporaryFolder(), 'filter.sh');
    await writeFile(filter, `#!/bin/sh\ntouch ${started}\nsleep 600\n`);
    await chmod(filter, 0o755);
    await writeFile(join(folder, '.gitattributes'), '*.big filter=slow\n');
    await writeFile(join(folder, 'b.big'), 'b\n');
    const git = createGit({ gitDir: join(folder, '.git'), workTree: folder });
    await git.run(['config', 'filter.slow.clean', filter]);
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const tree = underSignal(controller.signal, () => git.writeTree());
    const outcome = tree.catch((error: unknown) => error);
    await vi.waitFor(() => expect(existsSync(started)).toBe(true), { timeout: 10_000 });
    const at = performance.now();
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(performance.now() - at).toBeLessThan(5_000);
    await vi.waitFor(() => expect(existsSync(join(folder, '.git/index.lock'))).toBe(false));
    await expect(underSignal(controller.signal, () => git.writeTree())).rejects.toBe(reason);
  });

  it('ends a child process whose caller gave no signal, with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const ended = underSignal(controller.signal, () =>
      runProcess({
        command: '/bin/sh',
        args: ['-c', 'echo started; sleep 600'],
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '' },
        timeoutMs: 600_000,
        maxOutputBytes: 1000,
        onOutput: () => controller.abort(reason),
      }),
    );
    await expect(ended).rejects.toBe(reason);
  });
});
