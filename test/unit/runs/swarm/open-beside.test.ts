import { describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import type { RunRecord } from '../../../../src/domain/run/ralph-run.js';
import { refuseBeside } from '../../../../src/runs/swarm/open-beside.js';
import { runRecord } from '../../../support/run-records.js';
import { saveRunRecord } from '../../../support/saved-records.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

/** Runs whose workflow Temporal no longer has. */
const gone = vi.hoisted(() => new Set<string>());

vi.mock('../../../../src/runs/results/standing-runs.js', () => ({
  standingRuns: async (...[, records]: [unknown, readonly RunRecord[]]) =>
    records.map((record) => ({
      record: gone.has(record.runId) ? { ...record, status: 'failed' } : record,
      holds: [],
    })),
}));

async function setup() {
  const home = await temporaryFolder();
  const config = await loadConfig({
    project: home,
    environment: { HOME: home, CODETETHER_HOME: home },
  });
  return { home, config };
}

describe('a run that is open on the same repository', () => {
  const id = (number: number): string => `01jfgh0000000000000000000${number}`;
  const run = (changes: Partial<RunRecord>) =>
    runRecord({ repository: '/repo', status: 'running', endedAt: null, ...changes });

  it('is named, and one elsewhere, ended or only a proof is not', async () => {
    const { home, config } = await setup();
    await saveRunRecord(home, run({ runId: id(1), repository: '/other' }));
    await saveRunRecord(
      home,
      run({ runId: id(2), status: 'failed', endedAt: '2026-01-02T03:04:05.000Z' }),
    );
    await saveRunRecord(home, run({ runId: id(3), kind: 'proof' }));
    await saveRunRecord(home, run({ runId: id(5) }));
    gone.add(id(5));
    await refuseBeside(config, '/repo');
    await saveRunRecord(home, run({ runId: id(4), feature: 'x'.repeat(5000) }));
    await expect(refuseBeside(config, '/repo')).rejects.toMatchObject({
      code: 'ERR_RUN_BESIDE',
      message: expect.stringMatching(
        /^ralph run 01jfgh00000000000000000004 is open on this repository: demo: x{100}$/,
      ),
      hint: expect.stringContaining('--beside'),
    });
  });
});
