import { describe, expect, it } from 'vitest';
import { runProcess } from '../../../../src/platform/index.js';
import {
  COMMAND_LIMITS,
  explainLimit,
  limitArguments,
} from '../../../../src/platform/sandbox/limits.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

describe('limitArguments', () => {
  it('asks for no more than this process has', () => {
    const hard = new Map([
      ['Max processes', 100],
      ['Max open files', 1_000_000],
    ]);
    expect(limitArguments(COMMAND_LIMITS, hard)).toEqual([
      '--nproc=100:100',
      `--data=${4 * 1024 ** 3}:${4 * 1024 ** 3}`,
      `--fsize=${2 * 1024 ** 3}:${2 * 1024 ** 3}`,
      '--nofile=16384:16384',
      '--core=0:0',
    ]);
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
