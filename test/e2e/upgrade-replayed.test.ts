import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { readServedBundles } from '../../src/host/temporal/bundle-store.js';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { installWithBundle, olderBundle } from '../support/older-install.js';
import { RalphProject } from '../support/ralph-project.js';
import { done, startScriptedModel, write, type ScriptedModel } from '../support/scripted-model.js';

const run = promisify(execFile);
const bundle = olderBundle('one-step');
const olderDigest = createHash('sha256').update(bundle).digest('hex');
const newDigest = createHash('sha256')
  .update(readFileSync(new URL('../../dist/workflow-bundle.js', import.meta.url)))
  .digest('hex');

let model: ScriptedModel;
let project: RalphProject;
let older: string;

beforeAll(async () => {
  model = await startScriptedModel(
    (task) => (task.turn === 0 ? write(`feature-${task.story.slice(-1)}.txt`, 'ok\n') : done()),
    1200,
  );
  project = new RalphProject(model.baseUrl);
  older = installWithBundle(join(project.root, 'older'), bundle);
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

describe('an upgrade in mid-run to workflows that replay', () => {
  it('takes the open run over, which ends without paying or committing anything twice', async () => {
    const folder = project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
    const started = await run(
      process.execPath,
      [older, '--config', project.config, 'ralph', 'run', '-p', 'prd.json', '--detach', '--json'],
      { cwd: folder, env: { ...processEnvironment(), CODETETHER_HOME: project.home } },
    );
    const { run_id: runId } = JSON.parse(started.stdout) as { run_id: string };
    await vi.waitFor(() => expect(model.requests.length).toBeGreaterThan(0), { timeout: 60_000 });
    expect(readServedBundles(project.home)).toMatchObject({ digest: olderDigest, generation: 1 });

    const up = await project.run(project.root, 'up');
    expect(up.code, up.stderr).toBe(0);
    expect(readServedBundles(project.home)).toEqual({
      version: 1,
      digest: newDigest,
      generation: 1,
      older: [],
    });

    const record = await vi.waitFor(
      async () => {
        const found = await localRunRecords(project.home).read(runId);
        expect(found?.status, JSON.stringify(found?.failure)).toBe('passed');
        return found;
      },
      { timeout: 90_000, interval: 200 },
    );
    expect(record?.stories.map((entry) => entry.attempts.length)).toEqual([1, 1]);
    expect(project.git(folder, 'log', '--format=%s', 'main..feature/work')).toBe(
      'feat(US-002): Title of US-002\nfeat(US-001): Title of US-001',
    );
    const repeated = record?.stories.flatMap(({ attempts }) =>
      attempts.map(({ spending }) => spending.repeatedModelCalls),
    );
    // the worker that was replaced may have had one call on the way
    expect(model.requests).toHaveLength(
      4 + (repeated ?? []).reduce((sum, count) => sum + count, 0),
    );
  });
});
