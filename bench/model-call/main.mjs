// npm run bench:model-call [-- --calls 200 --delay 50]
// What `callModel` costs above the model's own time: conversation, journal, blobs, client, limiter. Without Temporal.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createModelActivities } from '../../dist/activities/model/model-activities.js';
import { createBlobStore } from '../../dist/platform/storage/blob-store.js';
import { createEventLog } from '../../dist/platform/storage/event-log.js';
import { createStepJournal } from '../../dist/platform/storage/step-journal.js';
import { detectSandbox } from '../../dist/platform/sandbox/detect.js';
import { createProviders } from '../../dist/providers/registry.js';
import { builtInTools, createToolRegistry } from '../../dist/tools/registry.js';
import { startAndWait, stopChild } from '../turn/scratch.mjs';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200' },
    delay: { type: 'string', default: '50' },
  },
});
const calls = Number(values.calls);
const WARM_UP = 20;
const WIRES = [
  ['openai-chat', '/v1'],
  ['anthropic-messages', ''],
];

const server = join(dirname(fileURLToPath(import.meta.url)), 'server.mjs');
const model = await startAndWait(process.execPath, [server, values.delay], {
  cwd: process.cwd(),
  env: process.env,
  ready: /"url":"([^"]+)"/,
});
const url = model.found[1];
const scratch = mkdtempSync(join(tmpdir(), 'codetether-bench-'));
const registry = createToolRegistry(
  builtInTools({ sandbox: await detectSandbox(), masked: [scratch] }),
);
const rows = [];
try {
  for (const [wire, path] of WIRES) {
    const providers = createProviders({
      config: { here: { wire, baseUrl: `${url}${path}`, auth: 'none' } },
      secrets: { readProviderSecret: async () => ({ apiKey: '' }), invalidate() {} },
    });
    rows.push([`${wire}: wire alone`, ...(await measure(wireCall(providers)))]);
    rows.push([`${wire}: callModel`, ...(await measure(activityCall(providers, wire)))]);
  }
} finally {
  await stopChild(model.child);
  rmSync(scratch, { recursive: true, force: true });
}

const load = loadavg()[0].toFixed(1);
process.stdout.write(
  `\n${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${load}, ${calls} calls, model delay ${values.delay} ms\n\n`,
);
process.stdout.write(
  '| what | median ms over model time | p95 ms | CPU ms a call |\n| --- | --- | --- | --- |\n',
);
for (const [name, median, p95, cpu] of rows)
  process.stdout.write(
    `| ${name} | ${median.toFixed(1)} | ${p95.toFixed(1)} | ${cpu.toFixed(1)} |\n`,
  );

/** Median and 95th percentile of wall time over the server's, and CPU of this process, after a warm-up. */
async function measure(call) {
  for (let index = 0; index < WARM_UP; index += 1) await call();
  await (await fetch(`${url}/times`)).json();
  const walls = [];
  const before = process.cpuUsage();
  for (let index = 0; index < calls; index += 1) {
    const startedAt = performance.now();
    await call();
    walls.push(performance.now() - startedAt);
  }
  const used = process.cpuUsage(before);
  const times = await (await fetch(`${url}/times`)).json();
  const over = walls.map((wall, index) => wall - times[index]).sort((left, right) => left - right);
  const at = (share) => over[Math.min(over.length - 1, Math.floor(over.length * share))];
  return [at(0.5), at(0.95), (used.user + used.system) / 1000 / calls];
}

function wireCall(providers) {
  const { provider } = providers.resolve({ provider: 'here', model: 'm' });
  const messages = [{ role: 'user', content: 'write the file' }];
  const request = { model: 'm', messages, tools: [] };
  return () => provider.stream(request, { signal: new AbortController().signal });
}

/** One conversation that grows by a tool result a call, as an agent's does. */
function activityCall(providers, name) {
  const folder = join(scratch, name);
  const { callModel } = createModelActivities({
    blobs: createBlobStore(join(folder, 'blobs')),
    journal: createStepJournal(join(folder, 'journal')),
    events: createEventLog(join(folder, 'events')),
    providers,
    registry,
  });
  let head = null;
  let depth = 0;
  let step = 0;
  return async () => {
    step += 1;
    const result = await new MockActivityEnvironment().run(callModel, {
      key: { scope: name, step, index: 0 },
      runId: 'bench',
      model: { provider: 'here', model: 'm' },
      agent: 'build',
      head,
      depth,
      newMessages:
        head === null
          ? [{ kind: 'user', text: 'write the file' }]
          : [
              {
                kind: 'tool-text',
                callId: 'call_1',
                name: 'write_file',
                isError: false,
                text: 'ok',
              },
            ],
      tools: ['read_file', 'write_file', 'edit', 'bash'],
      events: [],
    });
    head = result.head;
    depth = result.depth;
  };
}
