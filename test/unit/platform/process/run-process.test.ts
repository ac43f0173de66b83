import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { minimalEnvironment } from '../../../../src/platform/process/host-environment.js';
import { runProcess, type ProcessRequest } from '../../../../src/platform/process/run-process.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const base: Omit<ProcessRequest, 'args'> = {
  command: 'sh',
  cwd: '/',
  env: { ...minimalEnvironment() },
  timeoutMs: 30_000,
  maxOutputBytes: 1_000,
};

describe('runProcess', () => {
  it('returns exit code and both streams', async () => {
    const result = await runProcess({ ...base, args: ['-c', 'echo out; echo err >&2; exit 3'] });
    expect(result.exitCode).toBe(3);
    expect(result.outcome).toBe('exited');
    expect(result.output.head.split('\n').toSorted()).toEqual(['', 'err', 'out']);
  });

  it('passes standard input and nothing of our environment', async () => {
    const result = await runProcess({
      ...base,
      args: ['-c', 'cat; env | grep -c VITEST'],
      stdin: 'hello\n',
    });
    expect(result.output.head).toBe('hello\n0\n');
  });

  it('keeps head and tail of a long output and spills the whole of it', async () => {
    const path = join(await temporaryFolder(), 'spill', 'out.txt');
    const result = await runProcess({
      ...base,
      args: ['-c', 'seq 1 5000'],
      spill: { path, maxBytes: 1_000_000 },
    });
    const whole = await readFile(path, 'utf8');
    expect(whole.split('\n')).toHaveLength(5001);
    expect(result.output.totalBytes).toBe(whole.length);
    expect(result.output.head).toBe(whole.slice(0, 400));
    expect(result.output.tail).toBe(whole.slice(-600));
    expect(result.output.omittedBytes).toBe(whole.length - 1_000);
    expect(result.output.spill).toEqual({ path, isWhole: true });
  });

  it('ends the whole group at the time limit', async () => {
    const result = await runProcess({
      ...base,
      args: ['-c', 'sleep 300 & echo $!; wait'],
      timeoutMs: 200,
    });
    expect(result.outcome).toBe('timed-out');
    await expect.poll(() => processState(result.output.head.trim())).toMatch(/^Z?$/);
  });

  it('kills a command that ignores SIGTERM when it is cancelled', async () => {
    const controller = new AbortController();
    const result = await runProcess({
      ...base,
      args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'],
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    expect(result.outcome).toBe('cancelled');
    expect(result.killedBy).toBe('SIGKILL');
  }, 20_000);

  it('does not wait for a background child that holds the output open', async () => {
    const result = await runProcess({ ...base, args: ['-c', 'setsid sleep 20 & echo done'] });
    expect(result.output.head).toBe('done\n');
    expect(result.durationMs).toBeLessThan(15_000);
  });

  it('says which program cannot be started', async () => {
    await expect(
      runProcess({ ...base, command: 'no-such-program', args: [] }),
    ).rejects.toMatchObject({
      code: 'ERR_PROCESS_START',
      exitCode: 3,
    });
  });
});

/** Empty when the process is gone, `Z` while whoever adopted it has not reaped it. */
function processState(pid: string): string {
  return spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' })
    .stdout.trim()
    .slice(0, 1);
}
