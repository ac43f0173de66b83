import type { RoundOptions } from '../proof-rounds.js';
import type { TrialBench } from './side-lanes.js';

/** What came of a task. */
export interface TaskEnd<Result> {
  readonly result: Result;
  /** False where a check that cannot run beside itself (a fixed port, too little time) could have ended in the same way. */
  readonly isCertain: boolean;
}

/** Runs with canaries that depend on no other ones, on whatever bench they are given. */
export interface CanaryTask<Result> {
  readonly run: (bench: TrialBench) => Promise<TaskEnd<Result>>;
  /** About how long its runs take together. */
  readonly durationMs: number;
  /** True where red and green alone tell, so that nothing may run beside it. Default false. */
  readonly isLone?: boolean;
}

/**
 * Does the tasks, side by side in as many lanes as there are free cores, and gives their results in the order of the tasks. What was run
 * beside something else and is not certain is repeated alone before it counts.
 */
export async function sideBySide<Result>(
  bench: TrialBench,
  tasks: readonly CanaryTask<Result>[],
): Promise<Result[]> {
  const ends = await runBeside(bench, tasks);
  const results: Result[] = [];
  for (const task of tasks) {
    const first = ends.get(task) ?? (await noted(bench, task, {}));
    const end =
      first.wasBeside && !first.isCertain ? await noted(bench, task, { isAlone: true }) : first;
    results.push(end.result);
  }
  return results;
}

interface NotedEnd<Result> extends TaskEnd<Result> {
  /** True when one of its runs had others beside it, now or when it was settled. */
  readonly wasBeside: boolean;
}

type Ends<Result> = Map<CanaryTask<Result>, NotedEnd<Result>>;

async function runBeside<Result>(
  bench: TrialBench,
  tasks: readonly CanaryTask<Result>[],
): Promise<Ends<Result>> {
  const ends: Ends<Result> = new Map();
  const waiting = tasks.filter(({ isLone }) => isLone !== true).toReversed();
  const durationMs = waiting.reduce((sum, task) => sum + task.durationMs, 0);
  const lanes = await bench.beside?.open({ lanes: waiting.length - 1, durationMs });
  if (lanes === undefined) return ends;
  const work = async (own: TrialBench): Promise<void> => {
    for (let task = waiting.pop(); task !== undefined; task = waiting.pop())
      ends.set(task, await noted(own, task, { isBeside: true }));
  };
  // what fails in a lane of ours is done once more in the one that is known to be ready
  const sides = lanes.opened.map((side) => work({ ...bench, ...side }).catch(() => undefined));
  try {
    await work(bench);
  } finally {
    await Promise.all(sides);
    lanes.close();
  }
  return ends;
}

async function noted<Result>(
  bench: TrialBench,
  task: CanaryTask<Result>,
  marks: Pick<RoundOptions, 'isBeside' | 'isAlone'>,
): Promise<NotedEnd<Result>> {
  let wasBeside = false;
  const rounds: TrialBench['rounds'] = {
    async run(tree, definitions, options = {}) {
      const round = await bench.rounds.run(tree, definitions, { ...options, ...marks });
      wasBeside ||= round.isReady
        ? round.evidence.some(({ isBeside }) => isBeside === true)
        : marks.isBeside === true;
      return round;
    },
  };
  // what is not settled beside others is repeated, and tells then
  const unprepared = marks.isBeside === true ? undefined : bench.unprepared;
  return { ...(await task.run({ ...bench, rounds, unprepared })), wasBeside };
}
