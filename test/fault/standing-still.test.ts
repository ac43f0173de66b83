import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { serviceFiles } from '../../src/host/light/service-files.js';
import { serviceStatus } from '../../src/host/status.js';
import { RalphProject } from '../support/ralph-project.js';
import {
  bash,
  done,
  startScriptedModel,
  write,
  type ScriptedModel,
} from '../support/scripted-model.js';

/** Longer than the heartbeat timeout of an activity would be worse, so it is: 30 s and some. */
const STOPPED_MS = 35_000;

let model: ScriptedModel;
let project: RalphProject;

beforeAll(async () => {
  model = await startScriptedModel((task) => {
    if (task.turn === 0) return write(`feature-${task.story.slice(-1)}.txt`, 'ok\n');
    if (task.turn === 1) return bash(`echo ${task.story} >> trace.log`);
    return done();
  }, 400);
  project = new RalphProject(model.baseUrl);
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

describe('a machine that stands still', () => {
  it(`for ${STOPPED_MS / 1000} s goes on by itself, and nobody’s attempt is used`, async () => {
    const folder = project.repository({ stories: [{ id: 'US-001' }, { id: 'US-002' }] });
    const { document } = await project.ralph(folder, '--detach');
    await vi.waitFor(() => expect(model.requests.length).toBeGreaterThan(1), {
      timeout: 60_000,
      interval: 20,
    });
    const { processes } = serviceStatus(project.home);
    expect(processes.map(({ role }) => role).sort()).toEqual(['supervisor', 'temporal', 'worker']);
    // The state of the service is the fault itself here, so its length is waited out, not a condition.
    for (const { pid } of processes) process.kill(pid, 'SIGSTOP');
    await delay(STOPPED_MS);
    for (const { pid } of processes) process.kill(pid, 'SIGCONT');

    const record = await vi.waitFor(
      async () => {
        const found = await localRunRecords(project.home).read(document.run_id);
        expect(found?.status).toBe('passed');
        return found;
      },
      { timeout: 120_000, interval: 100 },
    );
    expect(record?.stories.map((entry) => entry.attempts.length)).toEqual([1, 1]);
    expect(project.git(folder, 'show', 'feature/work:trace.log')).toBe('US-001\nUS-002');
    expect(serviceStatus(project.home).processes.map(({ pid }) => pid)).toEqual(
      processes.map(({ pid }) => pid),
    );
    const log = readFileSync(serviceFiles(project.home).logs.worker, 'utf8');
    expect(log).toContain('the worker stood still');
  });
});
