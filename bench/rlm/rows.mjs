// Scores of every runner at every size.
import { join } from 'node:path';
import { mapReduce, plain, truncate } from './baselines.mjs';
import { PLANS } from './codetether.mjs';
import { askPeer } from './peers.mjs';
import { scoreOf } from './score.mjs';
import { makeTask, questionOf } from './tasks.mjs';

const SIZES = { '1K': 1500, '8K': 8000, '64K': 64_000, '512K': 512_000, '4M': 4_000_000 };
/** Most seeds of a size: large inputs take long to make. */
const MOST_SEEDS = { '512K': 5, '4M': 1 };
/** Above this a tree of REPLs asks more than a question may by default. */
const DEEP_TOKENS = 512_000;
const AT_ONCE = 4;
const BASELINES = { plain, truncate, 'map-reduce': mapReduce };

/** One row for each runner and size: `scores` of each type, and what a question took. */
export async function rowsOf(bench, { names, sizes, types, seeds, seconds }) {
  const rows = [];
  for (const size of sizes) {
    const most = Math.min(seeds, MOST_SEEDS[size] ?? seeds);
    const tasksOf = (seed) =>
      types.map((type) => makeTask(type, { seed, tokens: SIZES[size], readable: bench.isReal }));
    for (const runner of runnersOf(bench, names, SIZES[size])) {
      process.stderr.write(`${size}: ${runner.name}\n`);
      await fetch(`${bench.url}/__reset`);
      const startedAt = Date.now();
      const answered = await runner.answer({ tasksOf, seeds: most, seconds });
      const calls = await (await fetch(`${bench.url}/__calls`)).json();
      rows.push(rowFrom({ size, runner, types, answered, calls, ms: Date.now() - startedAt }));
    }
  }
  return rows;
}

function rowFrom({ size, runner, types, answered, calls, ms }) {
  const scores = Object.fromEntries(types.map((type) => [type, []]));
  for (const { task, answer } of answered) scores[task.type].push(scoreOf(task, answer));
  const questions = Math.max(1, answered.length);
  const tokens = calls.reduce((total, { input, output, status }) => {
    return status === 200 ? total + input + output : total;
  }, 0);
  return {
    size,
    name: runner.name,
    seeds: answered.length / types.length,
    scores,
    calls: (runner.calls?.() ?? calls.length) / questions,
    tokens: (runner.tokens?.() ?? tokens) / questions,
    refused: calls.filter(({ status }) => status === 400).length,
    seconds: ms / 1000 / questions,
    failures: answered.flatMap(({ failure }) => failure ?? []).slice(0, 3),
  };
}

function runnersOf(bench, names, tokens) {
  const isDeep = tokens > DEEP_TOKENS;
  return names.flatMap((name) => {
    if (name in BASELINES)
      return [{ name, answer: bySeeds((task) => BASELINES[name](bench.url, task)) }];
    if (name in bench.peers) return [{ name, answer: byPeer(bench, name) }];
    if (name !== 'codetether') return [];
    return (
      Object.entries(PLANS)
        .filter(([, { depth }]) => depth === 0 || !isDeep)
        // what a real model asks cannot be forbidden
        .filter(([, { plan }]) => plan !== 'alone' || !bench.isReal)
        .map(([label, plan]) => ourRunner(bench, label, plan))
    );
  });
}

function ourRunner({ codetether, isReal }, name, { depth, ...plan }) {
  let calls = 0;
  let tokens = 0;
  const asks = async (task) => {
    const question = questionOf(task, isReal ? {} : { form: 'js', ...plan });
    const more = isReal ? [] : ['--no-direct'];
    const document = await codetether.ask(question, codetether.store(task.text), { depth, more });
    calls += document.calls;
    tokens += document.totals.input_tokens + document.totals.output_tokens;
    return document.answer;
  };
  const told = { calls: () => calls, tokens: () => tokens };
  return { name, answer: bySeeds(asks, AT_ONCE), ...(isReal ? told : {}) };
}

/** Asks all types of one seed after the other, some at once, as long as there is time; a seed that was begun is finished. */
function bySeeds(asks, atOnce = 8) {
  return async ({ tasksOf, seeds, seconds }) => {
    const ends = Date.now() + seconds * 1000;
    const answered = [];
    for (let seed = 1; seed <= seeds && (seed === 1 || Date.now() < ends); seed += 1) {
      const tasks = tasksOf(seed);
      let next = 0;
      const lane = async () => {
        while (next < tasks.length) {
          const task = tasks[next++];
          answered.push(await answerOf(asks, task));
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
    }
    return answered;
  };
}

async function answerOf(asks, task) {
  const { type, truth } = task;
  try {
    return { task: { type, truth }, answer: await asks(task) };
  } catch (error) {
    return { task: { type, truth }, answer: null, failure: String(error.message).slice(0, 300) };
  }
}

function byPeer({ url, scratch, peers }, name) {
  return async ({ tasksOf, seeds, seconds }) => {
    const answered = [];
    const ends = Date.now() + seconds * 1000;
    for (let seed = 1; seed <= seeds && (seed === 1 || Date.now() < ends); seed += 5) {
      const batch = Array.from({ length: Math.min(5, seeds - seed + 1) }, (_, at) => seed + at);
      const tasks = batch.flatMap((one) => tasksOf(one));
      const folder = join(scratch, name);
      const left = Math.max(5, (ends - Date.now()) / 1000);
      const ended = await askPeer(name, { python: peers[name], url, folder, tasks, seconds: left });
      const whole = ended.length - (ended.length % (tasks.length / batch.length));
      for (const [index, { answer, failure }] of ended.slice(0, whole).entries())
        answered.push({ task: tasks[index], answer, failure });
    }
    return answered;
  };
}
