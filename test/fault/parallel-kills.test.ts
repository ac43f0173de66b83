import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { isEnded } from '../../src/domain/run/run.js';
import { type RunRecord } from '../../src/domain/run/ralph-run.js';
import { localRunRecords } from '../../src/runs/local-ports.js';
import { random, runningPids } from '../support/kill-random.js';
import { RalphProject } from '../support/ralph-project.js';
import {
  bash,
  done,
  startScriptedModel,
  write,
  type ModelTask,
  type ScriptedModel,
  type ScriptedReply,
} from '../support/scripted-model.js';

const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261125);
const ids = Array.from({ length: 6 }, (_, index) => `US-00${index + 1}`);

/** A file that every story changes, each far enough from the others that git can merge them. */
const SHARED = `${ids.map((id) => `${id}: open\n${'-\n'.repeat(8)}`).join('')}`;

function work(task: ModelTask): ScriptedReply {
  if (task.turn === 0) return write(`feature-${task.story.slice(-1)}.txt`, 'ok\n');
  if (task.turn === 1)
    return bash(`sleep 0.2; sed -i 's/^${task.story}: open$/${task.story}: done/' shared.txt`);
  return done();
}

let model: ScriptedModel;
let project: RalphProject;

beforeAll(async () => {
  model = await startScriptedModel(work, 60);
  project = new RalphProject(model.baseUrl);
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

async function record(runId: string): Promise<RunRecord | undefined> {
  return localRunRecords(project.home).read(runId);
}

async function finish(runId: string): Promise<RunRecord> {
  const deadline = Date.now() + 180_000;
  while (Date.now() < deadline) {
    const found = await record(runId);
    if (found !== undefined && isEnded(found.status)) return found;
    await delay(50);
  }
  throw new Error(`run ${runId} did not end: ${JSON.stringify(await record(runId))}`);
}

describe('six stories, three at once', () => {
  it.each([[['worker']], [['worker', 'temporal']]])(
    'under SIGKILL of %s: every story lands once, and both changes of the shared file stay',
    async (roles) => {
      const next = random(SEED + roles.length);
      let kills = 0;
      while (kills < KILLS) {
        const folder = project.repository({
          stories: ids.map((id) => ({ id })),
          files: { 'shared.txt': SHARED },
        });
        const { document } = await project.ralph(folder, '--detach', '--parallel', '3');
        const runId = document.run_id;
        while (kills < KILLS) {
          await delay(300 + next() * 1500);
          if (isEnded((await record(runId))?.status ?? 'running')) break;
          for (const pid of await runningPids(project.home, roles)) process.kill(pid, 'SIGKILL');
          kills += 1;
        }
        const ended = await finish(runId);
        expect(ended).toMatchObject({ status: 'passed' });
        const branch = ended.publishedBranch ?? '';
        const landed = project
          .git(
            folder,
            'log',
            '--format=%(trailers:key=Codetether-Story,valueonly,separator=)',
            `main..${branch}`,
          )
          .split('\n');
        expect(landed.toSorted()).toEqual(ids);
        expect(project.git(folder, 'show', `${branch}:shared.txt`)).toBe(
          SHARED.replaceAll(': open', ': done').trim(),
        );
        expect(project.git(folder, 'rev-parse', branch)).toBe(ended.headCommit);
      }
    },
  );
});
