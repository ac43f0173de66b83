// npm run bench:serve [-- --tasks 100 --streams 1000]
// The server for tasks from outside over tasks in memory: so many tasks sent at once that are waited for, then so many idle streams.
// Client and server share this process, so that the memory of both is in the figures.
import http from 'node:http';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { createApp, listenOn } from '../../dist/api/index.js';
import { createRemoteApi } from '../../dist/api/remote-api.js';
import { serveSettingsSchema } from '../../dist/config/index.js';
import { memoryTasks } from './tasks.mjs';

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '100' },
    streams: { type: 'string', default: '1000' },
  },
});
const [taskCount, streamCount] = [Number(values.tasks), Number(values.streams)];
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
const settings = serveSettingsSchema.parse({ startsPerMinute: 100_000, pingMs: 200 });
const tasks = memoryTasks();
const api = createRemoteApi({
  tasks,
  push: null,
  readTokens: async () => [],
  settings,
  version: 'bench',
  audit: () => {},
  onFault: (error) => {
    throw error;
  },
});
const health = async () => ({ version: 'bench', uptimeS: 0, isTemporalReachable: true });
const server = await listenOn(createApp({ health, remote: api }), { ...settings, port: 0 });

/** Resolves with the head of an answer; its body and its end are told. */
function ask(path, { method = 'GET', body, onChunk = () => {}, onEnd = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        agent,
        host: '127.0.0.1',
        port: server.port,
        path,
        method,
        headers: { 'A2A-Version': '1.0', 'content-type': 'application/a2a+json' },
      },
      (response) => {
        response.on('data', onChunk);
        response.on('end', onEnd);
        resolve(response);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

async function send(text, returnImmediately) {
  let answer = '';
  const begun = performance.now();
  const body = JSON.stringify({
    message: { messageId: crypto.randomUUID(), role: 'ROLE_USER', parts: [{ text }] },
    configuration: { returnImmediately },
  });
  await new Promise((resolve, reject) => {
    const onChunk = (chunk) => (answer += chunk);
    ask('/a2a/v1/message:send', { method: 'POST', body, onChunk, onEnd: resolve }).catch(reject);
  });
  return { ms: performance.now() - begun, task: JSON.parse(answer).task };
}

const megabytes = () => {
  globalThis.gc?.();
  return (process.memoryUsage().rss / 2 ** 20).toFixed(0);
};
const atStart = megabytes();
const begun = performance.now();
const sent = await Promise.all(Array.from({ length: taskCount }, () => send('work', false)));
const wall = performance.now() - begun;
const times = sent.map(({ ms }) => ms).sort((left, right) => left - right);
if (sent.some(({ task }) => task.status.state !== 'TASK_STATE_COMPLETED'))
  throw new Error('not all tasks completed');
const afterTasks = megabytes();

const { task } = await send('wait', true);
let [pings, ended] = [0, 0];
await Promise.all(
  Array.from({ length: streamCount }, () =>
    ask(`/a2a/v1/tasks/${task.id}:subscribe`, {
      onChunk: (chunk) => (pings += String(chunk).split(': ping').length - 1),
      onEnd: () => (ended += 1),
    }),
  ),
);
const waitFor = async (holds) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};
await waitFor(() => pings >= streamCount * 2);
const idle = megabytes();
const told = performance.now();
tasks.tell(task.id, 'completed');
await waitFor(() => ended === streamCount);
const fanOut = performance.now() - told;

console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}; figures of one run\n`);
console.log('| what | figure |');
console.log('| --- | --- |');
console.log(
  `| ${taskCount} tasks at once, each waited for (20 ms of work), wall | ${wall.toFixed(0)} ms |`,
);
console.log(
  `| a task, median and slowest | ${times[Math.floor(times.length / 2)].toFixed(0)} ms, ${times.at(-1).toFixed(0)} ms |`,
);
console.log(`| memory (RSS) at the start, after the tasks | ${atStart} MB, ${afterTasks} MB |`);
console.log(
  `| memory (RSS) with ${streamCount} idle streams, pinged twice, client included | ${idle} MB |`,
);
console.log(`| one event to all ${streamCount} streams and their end | ${fanOut.toFixed(0)} ms |`);
api.close();
agent.destroy();
await server.close();
