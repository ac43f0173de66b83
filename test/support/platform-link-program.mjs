/**
 * The platform worker in a process of its own, so that it can be killed. Its tasks live in the test's process, as they live in Temporal.
 * Usage: node platform-link-program.mjs PLATFORM FOLDER TASKS [CRASH_POINT]. Prints each event as one JSON line.
 */
import { armCrashPoint } from '../../dist/platform/fault/crash-points.js';
import { CodetetherError } from '../../dist/domain/index.js';
import { CAPABILITIES, runPlatformLink } from '../../dist/platform-link/index.js';

const [server, folder, bridge, point] = process.argv.slice(2);
armCrashPoint(point);

async function call(method, ...args) {
  const reply = await fetch(`${bridge}/${method}`, { method: 'POST', body: JSON.stringify(args) });
  const answer = await reply.json();
  if (reply.status !== 200) throw new CodetetherError(answer.code, { message: answer.message });
  return answer;
}

const tasks = {
  submit: (...args) => call('submit', ...args),
  get: (...args) => call('get', ...args),
  list: (...args) => call('list', ...args),
  tell: (...args) => call('tell', ...args),
  cancel: (...args) => call('cancel', ...args),
  artifact: (...args) => call('artifact', ...args),
  async *follow(caller, { taskId, cursor, signal }) {
    const body = JSON.stringify([caller, { taskId, cursor }]);
    const reply = await fetch(`${bridge}/follow`, { method: 'POST', body, signal });
    let text = '';
    for await (const part of reply.body) {
      text += Buffer.from(part).toString('utf8');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
  },
};

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await runPlatformLink({
  options: {
    server,
    token: undefined,
    name: 'worker-of-tests',
    hostname: 'host-of-tests',
    prefix: undefined,
    capabilities: CAPABILITIES,
    workspaces: [],
    models: [],
    autoApprove: 'safe',
    maxTasks: 4,
    email: undefined,
    pushUrl: undefined,
    folder,
    pace: {
      pollMs: 50,
      heartbeatMs: 50,
      leaseMs: 50,
      quietMs: 60_000,
      silenceMs: 20_000,
      firstPauseMs: 10,
      longestPauseMs: 100,
    },
  },
  tasks,
  fetch,
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
  stop: stop.signal,
});
