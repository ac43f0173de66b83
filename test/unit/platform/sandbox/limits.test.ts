import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { runProcess } from '../../../../src/platform/process/run-process.js';
import {
  COMMAND_LIMITS,
  explainLimit,
  limitCommands,
} from '../../../../src/platform/sandbox/limits.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('limitCommands', () => {
  it('ask for no more than this process has, in the units of the shell', () => {
    const hard = new Map([
      ['Max processes', 100],
      ['Max open files', 1_000_000],
    ]);
    expect(limitCommands(COMMAND_LIMITS, hard)).toEqual([
      '{ ulimit -u 100 2>/dev/null || ulimit -p 100 2>/dev/null; }',
      `ulimit -d ${4 * 1024 ** 2} 2>/dev/null`,
      `ulimit -f ${4 * 1024 ** 2} 2>/dev/null`,
      'ulimit -n 16384 2>/dev/null',
      'ulimit -c 0',
    ]);
  });

  it.each(['sh', 'bash'])('are set by %s', (shell) => {
    const script = `${limitCommands({ ...COMMAND_LIMITS, openFiles: 77 }).join(' && ')} && cat /proc/self/limits`;
    const { stdout } = spawnSync(shell, ['-c', script], { encoding: 'utf8' });
    expect(stdout).toMatch(/Max open files +77 +77 /);
    expect(stdout).toMatch(/Max data size +4294967296 +4294967296 /);
    expect(stdout).toMatch(/Max file size +\d{9,10} /);
    expect(stdout).toMatch(/Max processes +2048 +2048 /);
    expect(stdout).toMatch(/Max core file size +0 +0 /);
  });
});

describe('explainLimit', () => {
  const end = { exitCode: 1, stoppedBy: null, tail: '' };
  it.each([
    [{ ...end, exitCode: 0, tail: 'ENOSPC' }, undefined],
    [end, undefined],
    [{ ...end, stoppedBy: 'disk' as const }, /filling the disk/],
    [{ ...end, exitCode: null, stoppedBy: 'memory' as const }, /more than .* of memory/],
    [{ ...end, exitCode: 153 }, /files of at most 2 GiB/],
    [{ ...end, tail: 'bash: fork: retry: Resource temporarily unavailable' }, /2048 processes/],
    [{ ...end, tail: 'write: No space left on device' }, /1 GiB in \/tmp and 64 MiB in \/dev\/shm/],
    [{ ...end, tail: 'MemoryError' }, /4 GiB of memory for one process/],
  ])('says of %j what was too much', (given, expected) => {
    if (expected === undefined) expect(explainLimit(given)).toBeUndefined();
    else expect(explainLimit(given)).toMatch(expected);
  });
});

describe('a process that uses too much memory with its children', () => {
  it('is ended alone, and says why', async () => {
    const hog =
      'const { spawn } = require("node:child_process"); if (process.argv[1] === "child") { globalThis.kept = Buffer.alloc(300e6, 1); setInterval(() => {}, 1000); } else { spawn(process.execPath, ["-e", process.env.HOG, "child"], { stdio: "inherit" }); setInterval(() => {}, 1000); }';
    const result = await runProcess({
      command: process.execPath,
      args: ['-e', hog],
      cwd: await temporaryFolder(),
      env: { HOG: hog },
      timeoutMs: 20_000,
      maxOutputBytes: 1000,
      maxMemoryBytes: 250e6,
    });
    expect(result).toMatchObject({ outcome: 'exited', killedBy: 'SIGKILL', stoppedBy: 'memory' });
  }, 30_000);
});
