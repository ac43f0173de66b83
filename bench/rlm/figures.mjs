// What is measured once and not scored: slow models, budgets, kills, large inputs, words that stand everywhere.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { askPeer } from './peers.mjs';
import { CHARACTERS_PER_TOKEN, makeTask, questionOf } from './tasks.mjs';
import { plain } from './baselines.mjs';
import { numbersFrom } from './chance.mjs';

const TOKEN_BUDGET = 20_000;
const SLOW_MS = 200;
const LOOP_CALLS = 50;

/** All figures, ours and those of the libraries that are there. */
export async function measureFigures(bench, largeMb) {
  const figures = [];
  const add = (...cells) => {
    const [what, runner, value, target] = cells;
    figures.push({ what, runner, value, target });
  };
  const small = makeTask('N1', { seed: 1, tokens: 8000 }).text;
  const log = commonLog(10);
  const large = makeTask('N1', {
    seed: 1,
    tokens: (largeMb * 1_000_000) / CHARACTERS_PER_TOKEN / 0.85,
  });
  if (bench.codetether !== null) await ours({ bench, add, small, log, large, largeMb });
  for (const [name, peer] of Object.entries(bench.peers)) {
    process.stderr.write(`figures: ${name}\n`);
    await theirs({ bench, add, small, log, large, largeMb }, name, peer);
  }
  return figures;
}

async function ours(given) {
  for (const figure of [direct, loop, budget, killed, common, scan]) {
    process.stderr.write(`figures: ${figure.name}\n`);
    try {
      await figure(given);
    } catch (error) {
      given.add(figure.name, 'codetether', `failed: ${String(error.message).split('\n')[0]}`);
    }
  }
}

const questionFor = (type, form = 'js') => questionOf({ given: { type, form }, ask: 'Go on.' });
const callsOf = async (url) => (await fetch(`${url}/__calls`)).json();
const reset = (url, delay = 0) => fetch(`${url}/__reset?delay=${delay}`);
const tokensOf = (calls) => calls.reduce((total, { input, output }) => total + input + output, 0);
const good = (calls) => calls.filter(({ status }) => status === 200);

/** What an input that fits costs, beside the plain call. */
async function direct({ bench: { url, codetether }, add }) {
  const tasks = ['N1', 'N2', 'A1', 'H1', 'C1'].map((type) =>
    makeTask(type, { seed: 1, tokens: 1500 }),
  );
  await reset(url);
  for (const task of tasks) await plain(url, task);
  const before = tokensOf(await callsOf(url));
  await reset(url);
  let route = '';
  for (const task of tasks)
    ({ route } = await codetether.ask(
      questionOf(task, { form: 'js' }),
      codetether.store(task.text),
      { more: [] },
    ));
  const calls = await callsOf(url);
  const ratio = tokensOf(calls) / before;
  add(
    'an input that fits: tokens beside a plain call',
    'codetether',
    `${ratio.toFixed(2)}x, ${calls.length / tasks.length} calls, route ${route}`,
    '<= 1.3x',
  );
}

/** A loop that waits in each turn: from the first to the last of its calls. */
async function loop({ bench: { url, codetether }, add, small }) {
  await reset(url, SLOW_MS);
  await codetether.ask(questionFor('LOOP'), codetether.store(small));
  add(
    `${LOOP_CALLS} x ${SLOW_MS} ms in a plain loop`,
    'codetether',
    loopText(await callsOf(url)),
    '< 1.5 s',
  );
}

async function budget({ bench: { url, codetether }, add, small }) {
  await reset(url);
  const more = ['--no-direct', '--budget-tokens', String(TOKEN_BUDGET)];
  const { answer } = await codetether.ask(questionFor('SPEND'), codetether.store(small), { more });
  add(...overshoot('codetether', await callsOf(url), answer));
}

function overshoot(runner, calls, answer) {
  const spent = tokensOf(good(calls));
  const over = Math.max(0, spent - TOKEN_BUDGET);
  return [
    `overshoot over ${TOKEN_BUDGET} tokens, 100 calls of 1,000 wanted`,
    runner,
    `${over} (spent ${spent} in ${calls.length} calls; ${answer})`,
    '0',
  ];
}

/** Five waves of ten calls; the worker is killed when the fourth is under way. */
async function killed({ bench: { url, codetether }, add, small }) {
  await reset(url, SLOW_MS);
  const worker = (await codetether.processes()).find(({ role }) => role === 'worker');
  const path = codetether.store(small);
  const asked = codetether.ask(questionFor('WAVES'), path);
  for (;;) {
    const { length } = await callsOf(url);
    if (length > 2 + 30) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.kill(worker.pid, 'SIGKILL');
  const killedAt = Date.now();
  const document = await asked;
  const calls = (await callsOf(url)).toSorted((left, right) => left.startedAt - right.startedAt);
  const again = calls.filter(
    ({ digest }, index) => calls.findIndex((call) => call.digest === digest) < index,
  );
  const settled = again.filter(({ digest }) =>
    calls.some(
      (call) => call.digest === digest && call.endedAt !== null && call.endedAt < killedAt,
    ),
  );
  add(
    'kill -9 of the worker in the fourth of five waves',
    'codetether',
    `${settled.length} answered calls repeated, ${again.length - settled.length} in flight made again; ${document.status}: ${document.answer}`,
    '0 repeated',
  );
}

async function common({ bench: { url, codetether }, add, log }) {
  await reset(url);
  await codetether.ask(questionFor('COMMON'), codetether.store(log));
  add(...commonText('codetether', await callsOf(url)));
}

function commonText(runner, calls, end = '') {
  const tokens = tokensOf(good(calls));
  const refused = calls.length - good(calls).length;
  return [
    '10 MB log, its common word is printed: tokens in all',
    runner,
    `${tokens} in ${calls.length} calls${refused === 0 ? '' : `, ${refused} refused by the window`}${end}`,
    '< 60,000',
  ];
}

/** A fresh worker: its peak since it was started is that of this question. */
async function scan({ bench: { url, codetether }, add, large, largeMb }) {
  await codetether.stop();
  await codetether.program(['up']);
  const worker = (await codetether.processes()).find(({ role }) => role === 'worker');
  const idle = memoryOf(worker.pid);
  const path = codetether.store(large.text);
  await reset(url);
  const startedAt = Date.now();
  const { status, answer } = await codetether.ask(questionFor('SCAN'), path);
  const wall = (Date.now() - startedAt) / 1000;
  const { peak } = memoryOf(worker.pid);
  const mb = Math.round(statSync(path).size / 1e6);
  add(
    `${mb} MB: peak memory of the worker`,
    'codetether',
    `${peak} MB (idle ${idle.now} MB)`,
    '< 300 MB',
  );
  const calls = await callsOf(url);
  // from the answer with the cell to the next request; a cell that prints a number is what everything else costs
  const gaps = calls.slice(1).map(({ startedAt: at }, index) => at - calls[index].endedAt);
  const [, , nothing, absent, often] = gaps;
  add(
    `${largeMb} MB: count() of a word that is not there`,
    'codetether',
    `${absent - nothing} ms (${absent} ms less ${nothing} ms of a message)`,
    '< 500 ms',
  );
  add(
    `${largeMb} MB: count() of a pattern`,
    'codetether',
    `${often - nothing} ms (${often} ms less ${nothing} ms)`,
    '< 500 ms',
  );
  add(
    `${largeMb} MB: whole question of six messages`,
    'codetether',
    `${wall.toFixed(1)} s, ${status}: ${answer}`,
  );
}

/** Peak and present resident memory of a process in MB. */
function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]) / 1024);
  return { peak: mb('VmHWM'), now: mb('VmRSS') };
}

async function theirs({ bench: { url, scratch }, add, small, log, large, largeMb }, name, peer) {
  const asks = async (task, { delay = 0, env = {}, seconds = 60 } = {}) => {
    await reset(url, delay);
    const folder = join(scratch, `${name}-figures`);
    const [end] = await askPeer(name, { ...peer, url, folder, tasks: [task], seconds, env });
    return { end, calls: await callsOf(url) };
  };
  const taskOf = (type, text) => ({ given: { type }, ask: 'Go on.', text });
  const slow = await asks(taskOf('LOOP', small), { delay: SLOW_MS });
  add(`${LOOP_CALLS} x ${SLOW_MS} ms in a plain loop`, name, loopText(slow.calls), '< 1.5 s');
  if (name === 'rlms') {
    const { end, calls } = await asks(taskOf('SPEND', small), {
      env: { TOKENS: String(TOKEN_BUDGET) },
    });
    add(...overshoot(name, calls, end?.failure ?? end?.answer));
  } else add(`overshoot over ${TOKEN_BUDGET} tokens`, name, 'it has no limit of tokens', '0');
  const word = await asks(taskOf('COMMON', log));
  add(
    ...commonText(name, word.calls, word.end?.failure ? `; ${word.end.failure.slice(0, 100)}` : ''),
  );
  const memory = await asks(large);
  add(
    `${largeMb} MB: peak memory of the process`,
    name,
    memory.end === undefined
      ? 'it gave no answer'
      : `${Math.round(memory.end.peakMb)} MB, ${memory.end.seconds.toFixed(1)} s, ${memory.end.failure ?? 'answered'}`,
  );
}

/** From the first to the last of the loop's calls: those with the shortest requests. */
function loopText(calls) {
  const asked = calls.toSorted((left, right) => left.input - right.input).slice(0, LOOP_CALLS);
  const first = Math.min(...asked.map(({ startedAt }) => startedAt));
  const seconds = (Math.max(...asked.map(({ endedAt }) => endedAt)) - first) / 1000;
  return `${seconds.toFixed(2)} s, ${asked.length} calls`;
}

/** A log of so many MB in which almost every line has the same word. */
function commonLog(mb) {
  const random = numbersFrom('common');
  const lines = [];
  for (let length = 0, row = 0; length < mb * 1_000_000; row += 1) {
    const time = new Date(Date.UTC(2026, 2, 1) + row * 1000).toISOString();
    const line = `${time} ${row % 97 === 0 ? 'WARN' : 'INFO'} request ${random.below(1e6)} took ${random.below(900)} ms`;
    length += line.length + 1;
    lines.push(line);
  }
  return lines.join('\n');
}
