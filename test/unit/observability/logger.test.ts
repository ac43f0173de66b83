import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/observability/logger.js';
import { redact } from '../../../src/observability/redaction.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logger-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('redact', () => {
  it('replaces secret fields at any depth and key-like text in any field', () => {
    expect(
      redact({
        a: [{ apiKey: 'x', Authorization: 'y' }],
        url: 'Bearer abcdefghijkl',
        note: 'sk-abcdefghijklmnop!',
        n: 1,
      }),
    ).toEqual({
      a: [{ apiKey: '[redacted]', Authorization: '[redacted]' }],
      url: '[redacted]',
      note: '[redacted]!',
      n: 1,
    });
  });

  it('ends on cyclic values', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(JSON.stringify(redact(cyclic))).toContain('[deep]');
  });

  it('keeps message and cause of an error', () => {
    expect(redact(new Error('outer', { cause: new Error('Bearer 1234567890') }))).toMatchObject({
      message: 'outer',
      cause: { message: '[redacted]' },
    });
  });
});

describe('createLogger', () => {
  it('writes redacted JSON lines with its fields and drops quieter levels', () => {
    const file = join(folder, 'deep', 'a.log');
    const logger = createLogger({ level: 'info', file, fields: { role: 'worker' } }).child({
      run: 'r1',
    });
    logger.log('debug', 'unseen');
    logger.log('warn', 'seen', { token: 'abc', count: 2 });
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      role: 'worker',
      run: 'r1',
      token: '[redacted]',
      count: 2,
      msg: 'seen',
    });
  });
});
