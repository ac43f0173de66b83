// npm run bench:swarm [-- --subtasks 10,100 --rows 1000 --parallel 16 --delay 200 --rounds 1 --kill --only codetether,script,codex --json FILE]
// Many agents on one model server: each makes two calls and writes one file. Prints wall, CPU and memory for each count, and how
// many of the files are in the joined result, and what the history of the swarm holds. `--rows` does the same with a table. `--kill` kills the worker in the middle of the largest swarm.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPeers } from '../turn/install-peers.mjs';
import { startAndWait, stopChild } from '../turn/scratch.mjs';
import { watchMemory } from '../turn/processes.mjs';
import { openCodetether } from './codetether.mjs';
import { openProcesses } from './processes.mjs';

const { values } = parseArgs({
  options: {
    subtasks: { type: 'string', default: '10,100,300,1000' },
    parallel: { type: 'string', default: '16' },
    delay: { type: 'string', default: '200' },
    only: { type: 'string', default: 'codetether' },
    rows: { type: 'string', default: '' },
    kill: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

const PEERS = {
  codex: (options) => openProcesses('codex', options),
  opencode: (options) => openProcesses('opencode', options),
};
const AGENTS = {
  codetether: openCodetether,
  script: (options) => openCodetether({ ...options, isScript: true }),
  ...PEERS,
};
const counts = values.subtasks.split(',').map(Number);
const parallel = Number(values.parallel);
const names = values.only.split(',');
const scratch = mkdtempSync(join(tmpdir(), 'codetether-bench-'));
const double = join(dirname(fileURLToPath(import.meta.url)), '../turn/double.mjs');
const model = await startAndWait(process.execPath, [double, values.delay], {
  cwd: process.cwd(),
  env: process.env,
  ready: /"url":"([^"]+)"/,
});
const url = model.found[1];
const rows = [];
const histories = [];
try {
  const peers = names.some((name) => name in PEERS) ? installPeers() : '';
  for (const name of names) await measureAgent(name, peers);
} finally {
  await stopChild(model.child);
  rmSync(scratch, { recursive: true, force: true });
}

const conditions = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}, model delay ${values.delay} ms, 2 calls a subtask, ${parallel} at once`;
const table = [
  '| agent | subtasks | wall s | over model time | CPU s | CPU s a subtask | memory MB | tokens in a subtask | files joined | calls repeated |',
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ...rows.map(
    (row) =>
      `| ${row.name} | ${row.count} | ${row.wall.toFixed(1)} | ${(row.wall / row.ideal).toFixed(2)}x | ${row.cpu.toFixed(1)} | ${(row.cpu / row.count).toFixed(3)} | ${row.memoryMb.toFixed(0)} | ${Number.isNaN(row.tokens) ? '–' : row.tokens} | ${row.files} of ${row.count} | ${row.repeated} |`,
  ),
];
const historyTable = [
  '| swarm | wall s | history events | history KiB |',
  '| --- | --- | --- | --- |',
  ...histories.map(
    ({ what, wall, events, bytes }) =>
      `| ${what} | ${wall.toFixed(1)} | ${events} | ${Math.round(bytes / 1024)} |`,
  ),
];
process.stdout.write(`\n${conditions}\n\n${table.join('\n')}\n\n${historyTable.join('\n')}\n`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ conditions, rows, histories }, null, 2)}\n`);

async function measureAgent(name, peers) {
  const open = AGENTS[name];
  if (open === undefined)
    throw new Error(`unknown agent ${name}; known: ${Object.keys(AGENTS).join(', ')}`);
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const agent = await open({ url, folder, peers, parallel });
  try {
    // Start-up and compilation are not what an agent costs.
    await agent.run({ count: 2, kill: false });
    for (const [index, count] of counts.entries()) {
      process.stderr.write(`measuring ${name}: ${count} subtasks\n`);
      const kill = values.kill && index === counts.length - 1;
      rows.push(await measure(agent, { name, count, kill }));
    }
    const tables = agent.rows === undefined || values.rows === '' ? [] : values.rows.split(',');
    for (const count of tables.map(Number)) {
      process.stderr.write(`measuring ${name}: ${count} rows\n`);
      const startedAt = Date.now();
      const history = await agent.rows({ count });
      histories.push({ what: `${count} rows`, wall: (Date.now() - startedAt) / 1000, ...history });
    }
  } finally {
    await agent.close();
  }
}

async function measure(agent, { name, count, kill }) {
  await fetch(`${url}/__reset`);
  const memory = watchMemory(() => agent.roots());
  const before = agent.cpu();
  const startedAt = Date.now();
  const end = await agent.run({ count, kill });
  const wall = (Date.now() - startedAt) / 1000;
  const memoryMb = memory.stop();
  if (end.history) histories.push({ what: `${count} subtasks`, wall, ...end.history });
  const calls = (await (await fetch(`${url}/__calls`)).json()).filter(({ body }) => hasTools(body));
  return {
    name: kill ? `${name}, worker killed` : name,
    count,
    wall,
    cpu: agent.cpu() - before,
    memoryMb,
    // what a model that answers without delay of ours would need
    ideal: (Math.ceil(count / parallel) * 2 * Number(values.delay)) / 1000,
    tokens: Math.round(end.inputTokens / count),
    files: filesOf(end),
    repeated: repeatedOf(calls),
  };
}

function hasTools(body) {
  try {
    return (JSON.parse(body).tools ?? []).length > 0;
  } catch {
    return false;
  }
}

/** Requests that were answered and sent again, byte for byte. */
function repeatedOf(calls) {
  const answered = new Set();
  let repeated = 0;
  for (const call of calls) {
    if (answered.has(call.body)) repeated += 1;
    if (call.status === 200) answered.add(call.body);
  }
  return repeated;
}

function filesOf({ repository, branch }) {
  if (branch === null) return 0;
  const names = execFileSync('git', ['ls-tree', '-r', '--name-only', branch], {
    cwd: repository,
    encoding: 'utf8',
  });
  return names.split('\n').filter((path) => /^out\/\d+\.txt$/.test(path)).length;
}
