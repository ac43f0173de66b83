import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { isEnded } from '../../src/domain/run/run.js';
import { runDocument } from '../../src/report/run-document.js';
import { type RunRecord } from '../../src/domain/run/ralph-run.js';
import { localEvents, localRunRecords } from '../../src/runs/local-ports.js';
import { killHard, random, runningPids } from '../support/kill-random.js';
import { RalphProject, type RunDocument } from '../support/ralph-project.js';
import {
  bash,
  done,
  startScriptedModel,
  write,
  type ModelTask,
  type ScriptedModel,
  type ScriptedReply,
  type SeenRequest,
} from '../support/scripted-model.js';
import { settledAndRepeated, type Kill } from '../support/settled-calls.js';

/** Kills per role; a few in every test run, many in `npm run test:fault`. */
const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261122);
/** Only against gross faults such as a growing pause; the figure itself is printed and stands in docs/benchmarks.md. */
const BACK_AT_WORK_LIMIT_MS = 20_000;

const stories = Array.from({ length: 8 }, (_, index) => ({
  id: `US-00${index + 1}`,
  ...(index === 0 ? {} : { depends_on: [`US-00${index}`] }),
}));

/** Four turns a story; the shell appends a line to a file, which must be there exactly once in the end. */
function work(task: ModelTask): ScriptedReply {
  const file = `feature-${task.story.slice(-1)}.txt`;
  if (task.turn === 0) return write(file, 'draft\n');
  if (task.turn === 1) return bash(`sleep 0.3; echo ${task.story} >> trace.log; sleep 0.2`);
  if (task.turn === 2)
    return {
      calls: [{ name: 'edit', arguments: { path: file, old_string: 'draft', new_string: 'ok' } }],
    };
  return done();
}

type Role = 'worker' | 'temporal' | 'worker and temporal' | 'supervisor' | 'cli';

interface TimedKill extends Kill {
  readonly backAfterMs: number;
}

interface TormentedRun {
  readonly folder: string;
  readonly runId: string;
  readonly kills: readonly TimedKill[];
  readonly requests: readonly SeenRequest[];
}

let model: ScriptedModel;
let project: RalphProject;
let undisturbedTree: string;

beforeAll(async () => {
  model = await startScriptedModel(work, 80);
  project = new RalphProject(model.baseUrl);
  const { folder, document } = await startRun();
  undisturbedTree = treeOf(folder, await finalDocument(document.run_id));
});
afterAll(async () => {
  await project.close();
  await model.stop();
});

async function startRun(): Promise<{ folder: string; document: { run_id: string } }> {
  const folder = project.repository({ stories });
  const { document } = await project.ralph(folder, '--detach');
  return { folder, document };
}

async function recordOf(runId: string): Promise<RunRecord | undefined> {
  return localRunRecords(project.home).read(runId);
}

async function finalDocument(runId: string): Promise<RunDocument> {
  const deadline = Date.now() + 180_000;
  while (Date.now() < deadline) {
    const record = await recordOf(runId);
    if (record !== undefined && isEnded(record.status))
      return runDocument(record, new Date()) as unknown as RunDocument;
    await delay(50);
  }
  throw new Error(`run ${runId} did not end: ${JSON.stringify(await recordOf(runId))}`);
}

function treeOf(folder: string, document: RunDocument): string {
  expect(document).toMatchObject({ status: 'passed' });
  return project.git(folder, 'rev-parse', `${document.branch}^{tree}`);
}

const isOver = async (runId: string): Promise<boolean> =>
  isEnded((await recordOf(runId))?.status ?? 'running');

/** Grows with every sign of life: a model request, an event. */
async function lifeSigns(runId: string): Promise<number> {
  const { nextOffset } = await localEvents(project.home, null).read(runId, 0);
  return model.requests.length + nextOffset;
}

/** Kills the role's processes at random moments of runs until there were enough kills; gives the runs with theirs. */
async function torment(role: Role, most: number): Promise<TormentedRun[]> {
  const next = random(SEED + role.length);
  const runs: TormentedRun[] = [];
  let left = most;
  while (left > 0) {
    const from = model.requests.length;
    const { folder, document } = await startRun();
    const kills: TimedKill[] = [];
    while (kills.length < left) {
      await delay(300 + next() * 1500);
      if (await isOver(document.run_id)) break;
      kills.push(await killOnce(role, document.run_id));
    }
    await finalDocument(document.run_id);
    left -= kills.length;
    runs.push({ folder, runId: document.run_id, kills, requests: model.requests.slice(from) });
  }
  return runs;
}

async function killOnce(role: Role, runId: string): Promise<TimedKill> {
  const watcher = role === 'cli' ? await startWatcher(runId) : undefined;
  const pids =
    watcher?.pid === undefined
      ? await runningPids(project.home, role.split(' and '))
      : [watcher.pid];
  const { at, settled } = await killHard(project.home, runId, { pids, model });
  const before = await lifeSigns(runId);
  while ((await lifeSigns(runId)) <= before && !(await isOver(runId))) {
    if (Date.now() - at > 60_000)
      throw new Error(`no sign of life for 60 s after ${role} was killed`);
    await delay(20);
  }
  return { at, settled, backAfterMs: Date.now() - at };
}

/** `codetether attach`, once it has shown a first line. */
async function startWatcher(runId: string): Promise<ChildProcess> {
  const executable = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));
  const child = spawn(process.execPath, [executable, '--config', project.config, 'attach', runId], {
    env: { ...processEnvironment(), CODETETHER_HOME: project.home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise((resolve) => child.stderr?.once('data', resolve));
  return child;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

describe('an 8-story run', () => {
  it.each<Role>(['worker', 'temporal', 'worker and temporal', 'supervisor', 'cli'])(
    'survives SIGKILL of %s: same tree, no commit doubled, no settled call repeated',
    async (role) => {
      const runs = await torment(role, KILLS);
      let reported = 0;
      for (const { folder, runId, kills, requests } of runs) {
        const document = await finalDocument(runId);
        expect(treeOf(folder, document)).toBe(undisturbedTree);
        expect(
          project.git(folder, 'log', '--format=%s', `main..${document.branch}`).split('\n'),
        ).toHaveLength(stories.length);
        expect(project.git(folder, 'show', `${document.branch}:trace.log`).split('\n')).toEqual(
          stories.map((story) => story.id),
        );
        reported += document.totals.repeated_model_calls;
        const nameOf = ({ story, turn }: ModelTask): string => `${story} turn ${turn}`;
        expect(settledAndRepeated(requests, kills, nameOf)).toEqual([]);
      }
      const times = runs.flatMap(({ kills }) => kills.map((kill) => kill.backAfterMs));
      process.stdout.write(
        `${role}: ${times.length} kills in ${runs.length} runs, back at work median ${median(times)} ms, max ${Math.max(...times)} ms, calls lost in flight ${reported}\n`,
      );
      expect(median(times)).toBeLessThan(BACK_AT_WORK_LIMIT_MS);
    },
  );
});
