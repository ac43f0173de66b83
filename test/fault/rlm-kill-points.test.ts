import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { processEnvironment } from '../../src/config/light/environment.js';
import { isOver } from '../support/ended-run.js';
import { random, runningPids } from '../support/kill-random.js';
import {
  askDeepQuestion,
  BUSY_TURN,
  deepOutcome,
  deepScript,
} from '../support/rlm-deep-question.js';
import { Sight } from '../support/rlm-sight.js';
import type { SeenRequest } from '../support/scripted-model.js';
import { useScriptedProject } from '../support/scripted-project.js';

const SEEDS = Number(processEnvironment()['CODETETHER_FAULT_SEEDS'] ?? 3);
const SEED = Number(processEnvironment()['CODETETHER_FAULT_SEED'] ?? 20261128);
/** So many seeds take every point once with each role; fewer take a few points by seed. */
const WHOLE = 24;
const FEW = Math.ceil(SEEDS / 3);
const KILLS_A_RUN = 4;

/** One kind of event of a question with REPLs two levels down, and how it shows that it has just happened. */
interface Point {
  readonly name: string;
  readonly isReached: (sight: Sight) => boolean | Promise<boolean>;
}

/** Every kind, in the order in which the question comes to them. */
const POINTS: readonly Point[] = [
  { name: 'input stored', isReached: (sight) => sight.hasEvent('setup.end') },
  { name: 'message asked', isReached: (sight) => sight.message('What', 1) !== undefined },
  {
    name: 'message answered',
    isReached: (sight) => (sight.message('What', 1)?.answeredAt ?? null) !== null,
  },
  { name: 'message settled', isReached: (sight) => sight.of('reply', 0).length >= 2 },
  { name: 'question asked', isReached: (sight) => isAsked(sight, 'First') },
  {
    name: 'cell suspended',
    isReached: (sight) => sight.cells(0, ({ isDone }) => !isDone) >= 2,
  },
  { name: 'answer settled', isReached: (sight) => sight.of('answer', 0).length >= 3 },
  {
    name: 'cell begun',
    isReached: async (sight) =>
      sight.of('reply', 0).length > BUSY_TURN && (await sight.isCellRunning()),
  },
  { name: 'cell failed', isReached: (sight) => sight.cells(0, ({ isError }) => isError) >= 1 },
  { name: 'REPL below asked', isReached: (sight) => sight.message('Sub one', 0) !== undefined },
  {
    name: 'cell of a REPL below suspended',
    isReached: (sight) => sight.cells(1, ({ isDone }) => !isDone) >= 1,
  },
  {
    name: 'REPL two levels below asked',
    isReached: (sight) => sight.message('Leaf', 0) !== undefined,
  },
  {
    name: 'REPL two levels below ended',
    isReached: (sight) => sight.cells(2, ({ final }) => final !== null) >= 1,
  },
  {
    name: 'its answer settled above',
    isReached: (sight) => sight.cells(1, ({ isDone }) => isDone) >= 1,
  },
  { name: 'question of a REPL below asked', isReached: (sight) => isAsked(sight, 'D ') },
  { name: 'its answer settled', isReached: (sight) => sight.of('answer', 1).length >= 1 },
  {
    name: 'REPL below ended',
    isReached: (sight) => sight.cells(1, ({ final }) => final !== null) >= 1,
  },
  { name: 'cell ended', isReached: (sight) => sight.cells(0, ({ isDone }) => isDone) >= 6 },
  { name: 'one of two settled', isReached: (sight) => sight.of('answer', 0).length >= 8 },
  {
    name: 'one settled beside a REPL below',
    isReached: (sight) => sight.of('answer', 0).length >= 15,
  },
  { name: 'FINAL', isReached: (sight) => sight.cells(0, ({ final }) => final !== null) >= 1 },
  { name: 'publication', isReached: (sight) => sight.hasEvent('run.end') },
];

function isAsked({ requests }: Sight, words: string): boolean {
  return requests.some(({ task }) => task.prompt.startsWith(words));
}

const scripted = useScriptedProject(deepScript, 60);

/** Points that are taken, in runs: a few by seed, or all of them. */
function runsOf(next: () => number): Point[][] {
  if (SEEDS < WHOLE) {
    const shuffled = POINTS.map((point) => ({ point, at: next() })).toSorted((a, b) => a.at - b.at);
    const few = new Set(shuffled.slice(0, FEW).map(({ point }) => point));
    return [POINTS.filter((point) => few.has(point))];
  }
  const count = Math.ceil(POINTS.length / KILLS_A_RUN);
  const rounds = Math.floor(SEEDS / WHOLE);
  return Array.from({ length: rounds * count }, (_, run) =>
    // points that lie apart, so that what comes back is at work again before the next
    POINTS.filter((_point, index) => index % count === run % count),
  );
}

/** What the model says, by how often it says it. */
function countSaid(said: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of said) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

const saidTo = ({ task }: SeenRequest): string => (deepScript(task).content ?? '').slice(0, 500);

interface Kill {
  readonly name: string;
  /** What was settled, and how many requests there had been. */
  readonly settled: ReadonlyMap<string, number>;
  readonly requests: number;
}

/** Kills `roles` at each of the points. */
async function killAt(
  sight: Sight,
  points: readonly Point[],
  roles: readonly string[],
): Promise<Kill[]> {
  const kills: Kill[] = [];
  for (const { name, isReached } of points) {
    for (;;) {
      await sight.look();
      if (await isReached(sight)) break;
      if (await isOver(sight.home, sight.runId)) throw new Error(`it ended before: ${name}`);
      await delay(3);
    }
    const pids = await runningPids(sight.home, roles);
    await sight.look();
    const said = sight.notes.filter(({ kind }) => kind !== 'cell').map((note) => note.said);
    kills.push({ name, settled: countSaid(said), requests: sight.requests.length });
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  }
  return kills;
}

/** Calls that were asked again after a kill though they had been settled before it. */
function repeated(
  sight: Sight,
  kills: readonly Kill[],
  whole: ReadonlyMap<string, number>,
): string[] {
  return kills.flatMap(({ name, settled, requests }) => {
    // a call that was in flight at a later kill may come twice: it is one call
    const after = sight.requests
      .slice(requests)
      .map((request) => [request.digest, saidTo(request)]);
    const later = countSaid([...new Map(after as [string, string][]).values()]);
    return [...later].flatMap(([text, count]) =>
      count > (whole.get(text) ?? 0) - (settled.get(text) ?? 0) ? [`${name}: ${text}`] : [],
    );
  });
}

async function ask(): Promise<Sight> {
  const { requests } = scripted.model;
  const from = requests.length;
  const runId = await askDeepQuestion(scripted.project);
  return new Sight(scripted.project.home, runId, { requests, from });
}

/** What it is when nobody kills anything. */
let calm: { undisturbed: object; said: ReadonlyMap<string, number>; calls: number };
beforeAll(async () => {
  const sight = await ask();
  const undisturbed = await deepOutcome(scripted.project, sight.runId);
  expect(undisturbed).toMatchObject({ status: 'passed', iterations: 10, depth: 2 });
  const { requests } = sight;
  calm = { undisturbed, said: countSaid(requests.map(saidTo)), calls: requests.length };
});

describe('a question of ten messages and two levels, killed at each kind of its events', () => {
  it.each([['worker'], ['temporal'], ['worker and temporal']])(
    'under SIGKILL of %s: no settled call repeated, the same answer, the same state',
    async (role) => {
      const { undisturbed, said, calls } = calm;
      let [done, runs, again] = [0, 0, 0];
      for (const points of runsOf(random(SEED + role.length))) {
        const sight = await ask();
        const kills = await killAt(sight, points, role.split(' and '));
        expect(await deepOutcome(scripted.project, sight.runId)).toEqual(undisturbed);
        expect(repeated(sight, kills, said)).toEqual([]);
        done += kills.length;
        runs += 1;
        again += sight.requests.length - calls;
      }
      expect(done).toBe(SEEDS < WHOLE ? FEW : POINTS.length * Math.floor(SEEDS / WHOLE));
      process.stdout.write(
        `${role}: ${done} kills at kinds of events in ${runs} runs, ${again} calls in flight asked again\n`,
      );
    },
  );
});
