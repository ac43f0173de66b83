// Scores of every runner at every size, a seed (of libraries: some seeds) at a time, so that a run can be stopped and gone on with.
import { join } from 'node:path';
import { mapReduce, plain, truncate } from './baselines.mjs';
import { PLANS } from './codetether.mjs';
import { askPeer } from './peers.mjs';
import { scoreOf } from './score.mjs';
import { makeTask, questionOf } from './tasks.mjs';

const SIZES = {
  '1K': 1500,
  '8K': 8000,
  '32K': 32_000,
  '64K': 64_000,
  '512K': 512_000,
  '4M': 4_000_000,
};
/** Most seeds of a size: large inputs take long to make. */
const MOST_SEEDS = { '512K': 5, '4M': 1 };
/** Above this a tree of REPLs asks more than a question may by default. */
const DEEP_TOKENS = 512_000;
const AT_ONCE = 4;
/** Seeds that one process of a library answers: it takes a second to start. */
const PEER_SEEDS = 5;
const PEER_SECONDS = 1200;
const BASELINES = { plain, truncate, 'map-reduce': mapReduce };

/** One row for each runner and size: `scores` of each type, and what a question took. */
export async function rowsOf(bench, { names, sizes, types, seeds, seconds, kept }) {
  const rows = [];
  for (const size of sizes) {
    const most = Math.min(seeds, MOST_SEEDS[size] ?? seeds);
    for (const runner of runnersOf(bench, names, SIZES[size])) {
      const row = { size, name: runner.name, types };
      const parts = kept.partsOf(row, most);
      process.stderr.write(`${size}: ${runner.name}${parts.length === 0 ? '' : ', goes on'}\n`);
      const ends = Date.now() + seconds * 1000;
      const isOver = () => bench.isStopped() || (parts.length > 0 && Date.now() >= ends);
      for await (const part of measured(bench, runner, { row, parts, most, isOver })) {
        parts.push(part);
        kept.keep(part);
      }
      if (parts.length > 0) rows.push(rowFrom(parts));
    }
  }
  return rows;
}

/** Parts of a row that are still missing, until it is over. */
async function* measured(bench, runner, { row, parts, most, isOver }) {
  const known = new Set(parts.flatMap((part) => part.seeds));
  const open = numbersTo(most).filter((seed) => !known.has(seed));
  const { size, types } = row;
  while (open.length > 0 && !isOver()) {
    const seeds = open.splice(0, runner.seedsAtOnce ?? 1);
    const tasks = seeds.flatMap((seed) =>
      types.map((type) => makeTask(type, { seed, tokens: SIZES[size], readable: bench.isReal })),
    );
    const part = await partOf(bench, runner, tasks);
    // Ctrl+C reaches libraries too, and what they did not answer then says nothing
    if (bench.isStopped() && part.failures.length > 0) return;
    yield { ...row, seeds, ...part };
  }
}

const numbersTo = (count) => Array.from({ length: count }, (_, index) => index + 1);

/** What a runner says to some tasks, and what that took. */
async function partOf({ url }, runner, tasks) {
  await fetch(`${url}/__reset`);
  const startedAt = Date.now();
  const answered = await runner.answer(tasks);
  const ms = Date.now() - startedAt;
  const calls = await (await fetch(`${url}/__calls`)).json();
  const paid = calls.filter(({ status }) => status === 200);
  return {
    scores: tasks.map((task, index) => [task.type, scoreOf(task, answered[index].answer)]),
    calls: runner.calls?.() ?? calls.length,
    tokens: runner.tokens?.() ?? paid.reduce((sum, { input, output }) => sum + input + output, 0),
    refused: calls.filter(({ status }) => status === 400).length,
    ms,
    failures: answered.flatMap(({ failure }) => failure ?? []).slice(0, 3),
  };
}

function rowFrom(parts) {
  const [{ size, name, types }] = parts;
  const all = parts.flatMap((part) => part.scores);
  const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
  const scoresOf = (type) => all.filter(([of]) => of === type).map(([, score]) => score);
  return {
    size,
    name,
    seeds: parts.flatMap((part) => part.seeds).length,
    scores: Object.fromEntries(types.map((type) => [type, scoresOf(type)])),
    calls: sum('calls') / all.length,
    tokens: sum('tokens') / all.length,
    refused: sum('refused'),
    seconds: sum('ms') / 1000 / all.length,
    failures: parts.flatMap((part) => part.failures).slice(0, 3),
  };
}

function runnersOf(bench, names, tokens) {
  const isDeep = tokens > DEEP_TOKENS;
  return names.flatMap((name) => {
    if (name in BASELINES)
      return [{ name, answer: inLanes((task) => BASELINES[name](bench.url, task), 8) }];
    if (name in bench.peers) return [peerRunner(bench, name)];
    if (name === 'agent') return [agentRunner(bench)];
    const [program, only] = name.split('/');
    if (program !== 'codetether') return [];
    return (
      Object.entries(PLANS)
        .filter(([, { row }]) => only === undefined || only === row)
        .filter(([, { depth }]) => depth === 0 || !isDeep)
        // what a real model asks cannot be forbidden
        .filter(([, { plan }]) => plan !== 'alone' || !bench.isReal)
        .map(([label, plan]) => ourRunner(bench, label, plan))
    );
  });
}

function ourRunner({ codetether, isReal }, name, { row: _row, depth, ...plan }) {
  return serviceRunner(name, isReal, (task) => {
    const question = questionOf(task, isReal ? {} : { form: 'js', ...plan });
    const more = isReal ? [] : ['--no-direct'];
    return codetether.ask(question, codetether.store(task.text), { depth, more });
  });
}

/** Our coding agent in a repository that holds the input as a file. */
function agentRunner({ codetether, isReal }) {
  return serviceRunner('agent with grep and bash', isReal, (task) => {
    const question = questionOf(task, isReal ? {} : { form: 'agent' });
    return codetether.work(`${question} The lines are in input.txt.`, task.text);
  });
}

/** What our program says that it used counts for a real model: its server is not asked. */
function serviceRunner(name, isReal, ask) {
  const used = { calls: 0, tokens: 0 };
  const asks = async (task) => {
    const { answer, totals, calls = totals.model_calls } = await ask(task);
    used.calls += calls;
    used.tokens += totals.input_tokens + totals.output_tokens;
    return answer;
  };
  const take = (key) => () => {
    const { [key]: value } = used;
    used[key] = 0;
    return value;
  };
  const told = { calls: take('calls'), tokens: take('tokens') };
  return { name, answer: inLanes(asks, AT_ONCE), ...(isReal ? told : {}) };
}

/** Answers tasks, so many at once. */
function inLanes(asks, atOnce) {
  return async (tasks) => {
    const answered = Array.from({ length: tasks.length });
    let next = 0;
    const lane = async () => {
      while (next < tasks.length) {
        const index = next++;
        answered[index] = await answerOf(asks, tasks[index]);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    return answered;
  };
}

async function answerOf(asks, task) {
  try {
    return { answer: await asks(task) };
  } catch (error) {
    return { answer: null, failure: String(error.message).slice(0, 300) };
  }
}

function peerRunner({ url, scratch, peers }, name) {
  return {
    name,
    seedsAtOnce: PEER_SEEDS,
    async answer(tasks) {
      const folder = join(scratch, name);
      const { [name]: peer } = peers;
      const ended = await askPeer(name, { ...peer, url, folder, tasks, seconds: PEER_SECONDS });
      return tasks.map((_, index) => ended[index] ?? { answer: null, failure: 'no answer' });
    },
  };
}
