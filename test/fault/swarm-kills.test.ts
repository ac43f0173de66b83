import { describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { localEvents } from '../../src/runs/local-ports.js';
import { endedRun } from '../support/ended-run.js';
import { killWhileOpen, random } from '../support/kill-random.js';
import { bash, write, type ModelTask, type ScriptedReply } from '../support/scripted-model.js';
import { settledAndRepeated, type Kill } from '../support/settled-calls.js';
import { useScriptedProject } from '../support/scripted-project.js';
import { runSwarm, subtaskOf, writePlan, type PlanSubtask } from '../support/swarm-project.js';

const KILLS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261128);
const SUBTASKS = 20;

/** Every subtask runs a command, writes a file of its own and says so. */
function script(task: ModelTask): ScriptedReply {
  const subtask = subtaskOf(task.prompt);
  if (subtask === 'join') return { content: 'All joined.' };
  if (task.turn === 0) return bash(`sleep 0.1; echo ${subtask}`);
  if (task.turn === 1) return write(`feature-${subtask}.txt`, `${subtask}\n`);
  return { content: `${subtask} is there.` };
}

const scripted = useScriptedProject(script, 60);

/** Four chains of five, of which the ends of two meet. */
const PLAN: readonly PlanSubtask[] = Array.from({ length: SUBTASKS }, (_, index) => {
  const before = index < 4 ? [] : [`s${index - 4}`];
  const across = index === SUBTASKS - 1 ? [`s${index - 5}`] : [];
  return { id: `s${index}`, depends_on: [...before, ...across] };
});

/** A call, as people name it. */
const nameOf = (task: ModelTask): string => `${subtaskOf(task.prompt)} turn ${task.turn}`;

async function start(): Promise<{ folder: string; runId: string }> {
  const folder = scripted.project.repository({ stories: [] });
  const { document } = await runSwarm(
    scripted.project,
    folder,
    '--plan',
    writePlan(folder, PLAN),
    '--no-checks',
    '--detach',
    '--max-parallel',
    '5',
  );
  return { folder, runId: document.run_id };
}

/** Digest of what the answer was joined from: the same texts in the same order give the same one. */
async function joinedInputs(runId: string): Promise<unknown[]> {
  const { events } = await localEvents(scripted.project.home, null).read(runId, 0);
  return events.flatMap(({ type, data }) =>
    type === 'run.note' && data?.['input'] !== undefined ? [data['input']] : [],
  );
}

/** What must be the same however often somebody killed something. */
async function outcome(folder: string, runId: string): Promise<object> {
  const { status, stories, publishedBranch, headCommit } = await endedRun(
    scripted.project.home,
    runId,
  );
  const branch = publishedBranch ?? '';
  const shown = (...args: string[]): string => scripted.project.git(folder, ...args);
  expect(shown('rev-parse', branch)).toBe(headCommit);
  return {
    status,
    attempts: stories.map(({ story, status: ended, attempts }) => [
      story.id,
      ended,
      attempts.length,
    ]),
    commits: shown('log', '--format=%s', `main..${branch}`).split('\n').toSorted(),
    tree: shown('rev-parse', `${branch}^{tree}`),
    files: shown('ls-tree', '--name-only', branch).split('\n'),
    joined: await joinedInputs(runId),
  };
}

describe('a swarm of 20 subtasks', () => {
  it.each([['worker'], ['temporal'], ['worker and temporal'], ['supervisor']])(
    'under SIGKILL of %s: no settled call repeated, every file there, the same input of the answer',
    async (role) => {
      const calm = await start();
      const undisturbed = await outcome(calm.folder, calm.runId);
      expect(undisturbed).toMatchObject({
        status: 'passed',
        files: expect.arrayContaining(PLAN.map(({ id }) => `feature-${id}.txt`)),
        joined: [expect.any(String)],
      });
      const next = random(SEED + role.length);
      const kills: Kill[] = [];
      let runs = 0;
      while (kills.length < KILLS) {
        const from = scripted.model.requests.length;
        const { folder, runId } = await start();
        runs += 1;
        const done = await killWhileOpen(scripted.project.home, runId, {
          roles: role.split(' and '),
          model: scripted.model,
          pause: () => 300 + next() * 1500,
          most: KILLS - kills.length,
        });
        kills.push(...done);
        expect(await outcome(folder, runId)).toEqual(undisturbed);
        const requests = scripted.model.requests.slice(from);
        expect(settledAndRepeated(requests, done, nameOf)).toEqual([]);
      }
      process.stdout.write(`${role}: ${kills.length} kills in ${runs} runs\n`);
    },
  );
});
