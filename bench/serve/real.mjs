// What `codetether up` serves, with its worker, its Temporal server and a scripted model: tasks are durable runs. The figures of memory
// are the worker's alone; the client is this process.
import { mkdtempSync, readFileSync, rmSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serviceIn } from '../turn/service.mjs';
import { createClient, spread, waitFor } from './client.mjs';
import { startModel } from './model.mjs';

const ENTRY = fileURLToPath(new URL('../../bin/codetether.js', import.meta.url));

const rssOf = (pid) => {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
};

/** Prints the rows of this mode. Linux only: it reads `/proc`. */
export async function measureReal({ taskCount, streamCount }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-serve-'));
  const model = await startModel();
  const { config, env, program } = serviceIn(folder, { url: model.url, entry: ENTRY });
  const most = taskCount * 2 + 10;
  writeSettings(config, { most, streamCount });
  let client;
  try {
    const { api_port: port } = JSON.parse(await program(['up', '--json']));
    const { processes } = JSON.parse(await program(['ps', '--json']));
    const { pid } = processes.find(({ role }) => role === 'worker');
    const token = readFileSync(join(env.CODETETHER_HOME, 'temporal', 'serve-token'), 'utf8').trim();
    client = createClient({ port, token });
    await measure({ client, model, pid, taskCount, streamCount });
  } finally {
    client?.close();
    await program(['down']);
    model.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function writeSettings(config, { most, streamCount }) {
  const text = readFileSync(config, 'utf8');
  rmSync(config);
  appendFileSync(
    config,
    [
      'default_model = "bench/scripted"',
      text,
      `[tasks]\nmax_open = ${most}\nmax_open_per_owner = ${most}`,
      `[serve]\nstarts_per_minute = 100000\nping_s = 1\nmax_streams = ${streamCount + 10}\n`,
    ].join('\n'),
  );
}

const CHAT = { metadata: { skill: 'chat' } };

async function measure({ client, model, pid, taskCount, streamCount }) {
  const atStart = rssOf(pid);
  await client.send('What is the answer?', { returnImmediately: false, ...CHAT });
  const loaded = rssOf(pid);
  let most = loaded;
  const look = setInterval(() => (most = Math.max(most, rssOf(pid))), 100);
  const begun = performance.now();
  const sent = await Promise.all(
    Array.from({ length: taskCount }, () =>
      client.send('What is the answer?', { returnImmediately: false, ...CHAT }),
    ),
  );
  const wall = performance.now() - begun;
  const wrong = sent.filter(({ task }) => task.status.state !== 'TASK_STATE_COMPLETED');
  if (wrong.length > 0) throw new Error(`${wrong.length} tasks did not complete`);
  const atWork = most;
  const { task } = await client.send('What is the answer? BENCH-HOLD', {
    returnImmediately: true,
    ...CHAT,
  });
  const before = rssOf(pid);
  const seen = await client.watch(task.id, streamCount);
  await waitFor(() => seen.pings >= streamCount * 2);
  const idle = rssOf(pid);
  const told = performance.now();
  model.release();
  await waitFor(() => seen.ended === streamCount);
  const end = performance.now() - told;
  clearInterval(look);
  const [median, slowest] = spread(sent.map(({ ms }) => ms));
  const rows = [
    [`service: ${taskCount} tasks at once (chat, one model call), wall`, `${wall.toFixed(0)} ms`],
    ['service: a task, median and slowest', `${median} ms, ${slowest} ms`],
    [
      "service: worker's memory (RSS) before the first request, behind it, most at work",
      `${atStart.toFixed(0)} MB, ${loaded.toFixed(0)} MB, ${atWork.toFixed(0)} MB`,
    ],
    [
      `service: worker's memory (RSS) before and with ${streamCount} idle streams, pinged twice`,
      `${before.toFixed(0)} MB, ${idle.toFixed(0)} MB`,
    ],
    [
      `service: from the model's answer to the end of all ${streamCount} streams`,
      `${end.toFixed(0)} ms`,
    ],
  ];
  for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`);
}
