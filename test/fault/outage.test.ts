import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import type { RunRecord } from '../../src/domain/run/ralph-run.js';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { connectEmbedded } from '../support/embedded-temporal.js';
import { startModelGate, type ModelGate } from '../support/model-gate.js';
import { RalphProject } from '../support/ralph-project.js';
import { done, startScriptedModel, write, type ScriptedModel } from '../support/scripted-model.js';

/** Three minutes in `npm run test:fault`; in every test run just long enough for the run to show that it waits. */
const OUTAGE_MS =
  Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3) > 3 ? 180_000 : 40_000;

let model: ScriptedModel;
let gate: ModelGate;
let project: RalphProject;

beforeAll(async () => {
  model = await startScriptedModel((task) =>
    task.turn === 0 ? write(`feature-${task.story.slice(-1)}.txt`, 'ok\n') : done(),
  );
  gate = await startModelGate(model.baseUrl);
  project = new RalphProject(gate.baseUrl);
});
afterAll(async () => {
  await project.close();
  await gate.stop();
  await model.stop();
});

const recordOf = (runId: string): Promise<RunRecord | undefined> =>
  localRunRecords(project.home).read(runId);

async function start(): Promise<string> {
  const folder = project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
  return (await project.ralph(folder, '--detach')).document.run_id;
}

async function waitFor(runId: string, status: RunRecord['status']): Promise<RunRecord> {
  return vi.waitFor(
    async () => {
      const record = await recordOf(runId);
      expect(record?.status).toBe(status);
      return record as RunRecord;
    },
    { timeout: 400_000, interval: 100 },
  );
}

describe('a model server that is gone', () => {
  it(`for ${OUTAGE_MS / 1000} s uses nobody’s attempt, and the run goes on by itself`, async () => {
    gate.mode = 'cut';
    const runId = await start();
    await vi.waitFor(() => expect(gate.refused).toBeGreaterThan(0), {
      timeout: 60_000,
      interval: 50,
    });
    const end = Date.now() + OUTAGE_MS;
    const waiting = await waitFor(runId, 'waiting');
    expect(waiting.standstill).toMatchObject({ kind: 'waiting' });
    await delay(Math.max(0, end - Date.now()));
    gate.mode = 'open';
    const record = await waitFor(runId, 'passed');
    expect(record.stories.map((entry) => entry.attempts.length)).toEqual([1, 1]);
  });
});

describe('a provider that asks for minutes', () => {
  it('holds no slot meanwhile, and a person who resumes is served at once', async () => {
    gate.mode = { retryAfterS: 600 };
    const runId = await start();
    const waiting = await waitFor(runId, 'waiting');
    const next = Date.parse(waiting.standstill?.until ?? '');
    expect(next - Date.now()).toBeGreaterThan(500_000);
    expect(await pendingActivities(`${waiting.workflowId}/${runId}/US-001/1/agent`)).toEqual([]);
    gate.mode = 'open';
    const folder = waiting.repository;
    expect((await project.run(folder, 'runs', 'resume', runId)).code).toBe(0);
    const record = await waitFor(runId, 'passed');
    expect(record.stories.map((entry) => entry.attempts.length)).toEqual([1, 1]);
  });
});

/** Activities of a workflow that run or wait for their next try. */
async function pendingActivities(workflowId: string): Promise<unknown[]> {
  const connection = await connectEmbedded(project.home);
  try {
    const description = await new Client({ connection }).workflow.getHandle(workflowId).describe();
    return description.raw.pendingActivities ?? [];
  } finally {
    await connection.close();
  }
}
