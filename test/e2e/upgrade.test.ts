import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, type Connection } from '@temporalio/client';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { hostQueue } from '../../src/contracts/temporal-names.js';
import { bundlePath, readServedBundles } from '../../src/host/temporal/bundle-store.js';
import { hostId } from '../../src/host/host.js';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { connectEmbedded } from '../support/embedded-temporal.js';
import { installWithBundle, olderBundle as bundleOf } from '../support/older-install.js';
import { RalphProject } from '../support/ralph-project.js';
import { done, startScriptedModel, write, type ScriptedModel } from '../support/scripted-model.js';

let model: ScriptedModel;
let project: RalphProject;
let client: Client;
let connection: Connection;

const olderBundle = bundleOf('part1');
const olderDigest = createHash('sha256').update(olderBundle).digest('hex');
const newDigest = () =>
  createHash('sha256')
    .update(readFileSync(new URL('../../dist/workflow-bundle.js', import.meta.url)))
    .digest('hex');

beforeAll(async () => {
  model = await startScriptedModel(
    (task) => (task.turn === 0 ? write(`feature-${task.story.slice(-1)}.txt`, 'ok\n') : done()),
    1200,
  );
  project = new RalphProject(model.baseUrl);
  const older = installWithBundle(join(project.root, 'older'), olderBundle);
  await promisify(execFile)(process.execPath, [older, '--config', project.config, 'up'], {
    env: { ...processEnvironment(), CODETETHER_HOME: project.home },
  });
  connection = await connectEmbedded(project.home);
  client = new Client({ connection });
});
afterAll(async () => {
  await connection.close();
  await project.close();
  await model.stop();
});

/** Starts a run as the command line of that version did: none of the fields that were added since. */
async function startOlderRun(folder: string): Promise<{ runId: string; workflowId: string }> {
  const runId = ulid().toLowerCase();
  const workflowId = `ralph/older/${runId}`;
  const story = (id: string) => ({
    id,
    title: `Title of ${id}`,
    description: '',
    acceptanceCriteria: [],
    priority: 1,
    dependsOn: [],
    complexity: 3,
    passes: false,
  });
  const input = {
    runId,
    project: 'demo',
    feature: 'Feature',
    prdPath: join(folder, 'prd.json'),
    repository: folder,
    workdir: '.',
    branch: 'feature/work',
    baseCommit: project.git(folder, 'rev-parse', 'HEAD'),
    author: { name: 'Test', email: 'test@localhost' },
    stories: [story('US-001'), story('US-002')],
    technicalRequirements: [],
    checks: [{ name: 'test', command: 'bash test/check.sh', timeoutMs: 60_000 }],
    options: {
      model: { provider: 'double', model: 'scripted' },
      contextWindow: 128_000,
      maxAttempts: 3,
      maxIterations: 6,
      allowCheckChanges: false,
      maxTurns: 20,
    },
    notes: [],
    hasSearchAttributes: false,
  };
  // that version stored no plans: the first worker that does notes the runs that it found open
  writeFileSync(
    join(project.home, 'runs', 'plans-since.json'),
    `${JSON.stringify({ version: 1, exempt: [runId] })}\n`,
  );
  await client.workflow.start('ralphWorkflow', {
    workflowId,
    taskQueue: hostQueue(hostId(project.home)),
    args: [input],
    workflowTaskTimeout: 3000,
  });
  return { runId, workflowId };
}

async function passed(runId: string) {
  return vi.waitFor(
    async () => {
      const record = await localRunRecords(project.home).read(runId);
      expect(record?.status, JSON.stringify(record?.failure)).toBe('passed');
      return record;
    },
    { timeout: 90_000, interval: 200 },
  );
}

const stories = () => ({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });

describe('an upgrade in mid-run', () => {
  it('lets the older run end under its own bundle, and new runs start under the new one', async () => {
    const olderRepository = project.repository(stories());
    const older = await startOlderRun(olderRepository);
    await vi.waitFor(() => expect(model.requests.length).toBeGreaterThan(0), { timeout: 60_000 });
    expect(readServedBundles(project.home)).toMatchObject({ digest: olderDigest, generation: 1 });

    const check = await project.run(project.root, 'upgrade', 'check', '--json');
    expect(check.code, check.stderr).toBe(1);
    expect(JSON.parse(check.stdout)).toMatchObject({
      is_served: false,
      queues: [{ bundle: olderDigest }],
    });

    const newRepository = project.repository(stories());
    const { document } = await project.ralph(newRepository, '--detach');
    expect(readServedBundles(project.home)).toEqual({
      version: 1,
      digest: newDigest(),
      generation: 2,
      older: [{ generation: 1, digest: olderDigest, problem: null }],
    });
    const ps = await project.run(project.root, 'ps', '--json');
    expect(JSON.parse(ps.stdout)).toMatchObject({ older_bundles: [{ bundle: olderDigest }] });

    const ends = await Promise.all([passed(older.runId), passed(document.run_id)]);
    for (const [index, folder] of [olderRepository, newRepository].entries()) {
      expect(ends[index]?.stories.map((entry) => entry.attempts.length)).toEqual([1, 1]);
      expect(project.prd(folder).user_stories.map((story) => story.passes)).toEqual([true, true]);
      expect(project.git(folder, 'rev-parse', 'feature/work')).toBe(ends[index]?.headCommit);
      expect(project.git(folder, 'log', '--format=%s', 'main..feature/work')).toBe(
        'feat(US-002): Title of US-002\nfeat(US-001): Title of US-001',
      );
    }
    const queues = await Promise.all(
      [older.workflowId, document.workflow_id].map(
        async (id) => (await client.workflow.getHandle(id).describe()).taskQueue,
      ),
    );
    const host = hostId(project.home);
    expect(queues).toEqual([hostQueue(host, 1), hostQueue(host, 2)]);
  });

  it('leaves only the new bundle once no run needs the older one', async () => {
    await vi.waitFor(() => expect(readServedBundles(project.home)?.older).toEqual([]), {
      timeout: 30_000,
      interval: 200,
    });
    expect(existsSync(bundlePath(project.home, olderDigest))).toBe(false);
    expect(existsSync(bundlePath(project.home, newDigest()))).toBe(true);
    const { code } = await project.ralph(project.repository({ stories: [{ id: 'US-001' }] }));
    expect(code).toBe(0);
    const check = await project.run(project.root, 'upgrade', 'check');
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('no run is open')]);
  });
});
