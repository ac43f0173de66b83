// The server alone, over tasks in memory. Client and server share this process, so that the memory of both is in the figures.
import { createApp, listenOn } from '../../dist/api/index.js';
import { createRemoteApi } from '../../dist/api/remote-api.js';
import { serveSettingsSchema } from '../../dist/config/index.js';
import { createClient, spread, waitFor } from './client.mjs';
import { memoryTasks } from './tasks.mjs';

const megabytes = () => {
  globalThis.gc?.();
  return (process.memoryUsage().rss / 2 ** 20).toFixed(0);
};

/** Prints the rows of this mode. */
export async function measureMemory({ taskCount, streamCount }) {
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
  const client = createClient({ port: server.port });
  const atStart = megabytes();
  const begun = performance.now();
  const sent = await Promise.all(
    Array.from({ length: taskCount }, () => client.send('work', { returnImmediately: false })),
  );
  const wall = performance.now() - begun;
  if (sent.some(({ task }) => task.status.state !== 'TASK_STATE_COMPLETED'))
    throw new Error('not all tasks completed');
  const afterTasks = megabytes();
  const { task } = await client.send('wait', { returnImmediately: true });
  const seen = await client.watch(task.id, streamCount);
  await waitFor(() => seen.pings >= streamCount * 2);
  const idle = megabytes();
  const told = performance.now();
  tasks.tell(task.id, 'completed');
  await waitFor(() => seen.ended === streamCount);
  const fanOut = performance.now() - told;
  const [median, slowest] = spread(sent.map(({ ms }) => ms));
  console.log(
    `| ${taskCount} tasks at once, each waited for (20 ms of work), wall | ${wall.toFixed(0)} ms |`,
  );
  console.log(`| a task, median and slowest | ${median} ms, ${slowest} ms |`);
  console.log(`| memory (RSS) at the start, after the tasks | ${atStart} MB, ${afterTasks} MB |`);
  console.log(
    `| memory (RSS) with ${streamCount} idle streams, pinged twice, client included | ${idle} MB |`,
  );
  console.log(
    `| one event to all ${streamCount} streams and their end | ${fanOut.toFixed(0)} ms |`,
  );
  api.close();
  client.close();
  await server.close();
}
