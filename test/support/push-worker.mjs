/**
 * A worker that delivers updates, in a process of its own, so that it can be killed: node push-worker.mjs ADDRESS HOME QUEUE.
 * Updates of a task are lines of HOME/updates.ndjson, which grows meanwhile. Prints `ready`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createPushActivities } from '../../dist/activities/push/deliver-push.js';
import { postPush } from '../../dist/platform/network/push-post.js';
import { createPushFiles } from '../../dist/platform/records/push-files.js';
import { attemptFailer } from '../../dist/workers/connection.js';
import { failDeadTasks, openInflight } from '../../dist/workers/inflight.js';

const [address, home, taskQueue] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const connection = await NativeConnection.connect({ address });
const folder = join(home, 'inflight');
const client = new Client({ connection });
const inflight = openInflight(folder);
const worker = await Worker.create({
  connection,
  taskQueue,
  activities: createPushActivities({
    pushes: createPushFiles(join(home, 'pushes'), null),
    updatesOf,
    post: (post) => postPush(post, ['127.0.0.1']),
    mostFailures: 1000,
    pauseMs: () => 50,
  }),
  interceptors: { activity: [(activity) => inflight.intercept(activity)] },
  maxHeartbeatThrottleInterval: '3s',
});
const running = worker.run();
await failDeadTasks({ folder, fail: (token) => attemptFailer(client).byToken(token) });
process.stdout.write('ready\n');
await running;

async function* updatesOf({ cursor, signal }) {
  let behind = cursor;
  while (!signal.aborted) {
    const text = await readFile(join(home, 'updates.ndjson'), 'utf8');
    for (const line of text.split('\n').slice(0, -1)) {
      const update = JSON.parse(line);
      if (update.seq <= behind) continue;
      behind = update.seq;
      yield { kind: 'update', update };
      if (update.state === 'completed') return;
    }
    await delay(10);
  }
}
