import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { NO_SETUP } from '../../../../src/domain/workspace-setup.js';
import { type RunPlan } from '../../../../src/domain/run/run-plan.js';
import {
  beginPlans,
  readRunPlan,
  requirePlan,
  saveRunPlan,
} from '../../../../src/platform/records/run-plan-file.js';
import { reportRun } from '../../../support/report-run.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const plan: RunPlan = {
  version: 1,
  runId: '01hx0000000000000000000000',
  repository: '/repository',
  prdPath: '/repository/prd.json',
  workdir: '.',
  branch: 'feature/x',
  checks: [{ name: 'test', command: 'npm test', timeoutMs: 1000 }],
  setup: { ...NO_SETUP, share: ['/cache'], extraDirs: ['/data'] },
};

let home: string;
beforeEach(async () => {
  home = await temporaryFolder();
});

async function record(runId: string, status: 'running' | 'passed'): Promise<void> {
  const folder = join(home, 'runs', runId);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'record.json'), JSON.stringify({ ...reportRun(), runId, status }));
}

describe('the stored plan of a run', () => {
  it('is kept for its owner alone, and a step that claims the same goes on', async () => {
    await saveRunPlan(home, plan);
    const file = join(home, 'runs', plan.runId, 'plan.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readRunPlan(home, plan.runId)).toEqual(plan);
    const { repository, prdPath, workdir, setup, checks } = plan;
    await requirePlan(home, plan.runId, { repository, prdPath, workdir, setup, checks });
    await requirePlan(home, plan.runId, { checks: [] });
  });

  it.each([
    ['repository', { repository: '/elsewhere' }],
    ['prdPath', { prdPath: '/etc/passwd' }],
    ['workdir', { workdir: '..' }],
    ['setup', { setup: { ...plan.setup, share: ['/'] } }],
    ['setup', { setup: { ...plan.setup, extraDirs: ['/root'] } }],
    ['checks (test)', { checks: [{ name: 'test', command: 'curl evil', timeoutMs: 1000 }] }],
  ])('refuses a step that claims another %s, and does not retry it', async (difference, claim) => {
    await saveRunPlan(home, plan);
    await expect(requirePlan(home, plan.runId, claim)).rejects.toMatchObject({
      code: 'ERR_PLAN_MISMATCH',
      isRetryable: false,
      data: { difference },
    });
  });

  it('is needed by every run but those that were open when plans began', async () => {
    await record('01hx0000000000000000000001', 'running');
    await record('01hx0000000000000000000002', 'passed');
    await beginPlans(home);
    await requirePlan(home, '01hx0000000000000000000001', { repository: '/anything' });
    // A record that somebody makes up later is no way in, nor is one of a run that had ended.
    await record('01hx0000000000000000000003', 'running');
    for (const runId of ['01hx0000000000000000000002', '01hx0000000000000000000003', '../../x'])
      await expect(requirePlan(home, runId, {})).rejects.toMatchObject({
        code: 'ERR_PLAN_MISSING',
      });
    await beginPlans(home);
    await expect(requirePlan(home, '01hx0000000000000000000003', {})).rejects.toMatchObject({
      code: 'ERR_PLAN_MISSING',
    });
  });
});
