import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKept, type KeptPart } from '../../../bench/rlm/kept.mjs';
import { temporaryFolder } from '../../support/temporary-folder.js';

const partOf = (name: string, seeds: readonly number[], types = ['N1', 'A1']): KeptPart => ({
  size: '8K',
  name,
  types,
  seeds,
});

describe('what a run of the benchmark that was stopped had measured', () => {
  it('is kept for each row, up to the seeds that are wanted', async () => {
    const file = join(await temporaryFolder(), 'kept.ndjson');
    const first = openKept(file);
    const parts = [partOf('plain', [1]), partOf('plain', [2]), partOf('agent', [1])];
    const others = [partOf('plain', [3], ['N1']), partOf('plain', [2])];
    for (const part of [...parts, ...others]) first.keep(part);
    appendFileSync(file, '{"size":"8K","name":"pl');
    const row = { size: '8K', name: 'plain', types: ['N1', 'A1'] };
    expect(openKept(file).partsOf(row, 100)).toEqual(parts.slice(0, 2));
    expect(openKept(file).partsOf(row, 1)).toEqual(parts.slice(0, 1));
    expect(openKept(file).partsOf({ ...row, size: '4M' }, 100)).toEqual([]);
  });

  it('is nothing without a file', () => {
    const kept = openKept(undefined);
    kept.keep(partOf('plain', [1]));
    expect(kept.partsOf(partOf('plain', [1]), 100)).toEqual([]);
  });
});
