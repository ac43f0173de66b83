// Measures one agent: short and long tasks, so that start-up and ends cancel out of the figures per turn.
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { memoryMb, watchMemory } from './processes.mjs';

const SHORT = 5;

/**
 * @param {import('agents/agent.d.ts').BenchAgent} agent
 * @param {{ url: string, turns: number, rounds: number }} options
 */
export async function measureAgent(agent, { url, turns, rounds }) {
  // Agents work through nights: start-up, first use and compilation are not what a turn costs.
  for (const kind of agent.kinds.filter((each) => each !== 'story')) {
    await runTask(agent, url, { kind, turns });
  }
  const idleMb = await settledMemory(agent);
  const kinds = {};
  let peakMb = 0;
  for (const kind of ['write', 'bash'].filter((each) => agent.kinds.includes(each))) {
    const samples = [];
    for (let round = 0; round < rounds; round += 1) {
      const short = await runTask(agent, url, { kind, turns: SHORT });
      const long = await runTask(agent, url, { kind, turns });
      peakMb = Math.max(peakMb, long.peakMb);
      samples.push(perTurn(short, long, turns - SHORT));
    }
    kinds[kind] = medianOfFields(samples);
  }
  const story = await runTask(agent, url, { kind: 'story', turns: 3 });
  return { name: agent.name, idleMb, peakMb, kinds, tokens: countTokens(story.calls) };
}

async function runTask(agent, url, task) {
  await fetch(`${url}/__reset`);
  const memory = watchMemory(() => agent.busyRoots());
  const cpuBefore = agent.cpu();
  const startedAt = Date.now();
  await agent.run(task);
  const wall = (Date.now() - startedAt) / 1000;
  const cpu = agent.cpu() - cpuBefore;
  const peakMb = memory.stop();
  const calls = mainCalls(await (await fetch(`${url}/__calls`)).json());
  if (calls.length < task.turns)
    throw new Error(`${agent.name}: ${calls.length} calls instead of ${task.turns} or more`);
  const history = (await agent.history?.()) ?? null;
  return { cpu, wall, peakMb, calls, history };
}

/** Requests of the agent's loop; titles and other side requests offer no tools. */
function mainCalls(calls) {
  return calls
    .map((call) => ({ ...call, body: JSON.parse(call.body) }))
    .filter((call) => (call.body.tools ?? []).length > 0 && call.status === 200);
}

function perTurn(short, long, turns) {
  const gaps = long.calls
    .slice(1)
    .map((call, at) => (call.startedAt - long.calls[at].endedAt) / 1000);
  const slope = (pick) => (pick(long) - pick(short)) / turns;
  return {
    cpu: slope((run) => run.cpu),
    gap: median(gaps),
    events: long.history === null ? null : slope((run) => run.history.events),
    bytes: long.history === null ? null : slope((run) => run.history.bytes),
  };
}

/** Prompt tokens of every request of a task, by one tokenizer for all agents: tool schemas as sent, texts as read. */
function countTokens(calls) {
  const requests = calls.map(({ body }) => {
    const texts = [body.instructions ?? '', ...textsOf(body.messages ?? body.input)];
    return {
      tools: encode(JSON.stringify(body.tools)).length,
      texts: texts.reduce((total, text) => total + encode(text).length, 0),
    };
  });
  const [first] = requests;
  return {
    requests: requests.length,
    firstRequest: first.tools + first.texts,
    tools: first.tools,
    story: requests.reduce((total, each) => total + each.tools + each.texts, 0),
  };
}

/** Fields of messages that are labels of the wire, not text for the model. */
const LABELS = new Set(['id', 'call_id', 'tool_call_id', 'type', 'role', 'status', 'phase']);

/** Every text inside messages: contents, names and arguments of calls, results. */
function textsOf(value) {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => (LABELS.has(name) ? [] : textsOf(part)));
}

/** Waits until memory stops falling: garbage of the warm-up is not what an idle agent holds. */
async function settledMemory(agent) {
  let before = memoryMb(agent.idleRoots());
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const now = memoryMb(agent.idleRoots());
    if (now >= before * 0.98) return now;
    before = now;
  }
  return before;
}

function medianOfFields(samples) {
  const fields = Object.keys(samples[0]);
  return Object.fromEntries(
    fields.map((field) => {
      const values = samples.map((sample) => sample[field]).filter((value) => value !== null);
      return [field, values.length === 0 ? null : median(values)];
    }),
  );
}

function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
