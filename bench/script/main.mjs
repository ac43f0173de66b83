// npm run bench:script [-- --calls 1000 --rounds 3]
// What the program of a script costs beside its agents: one step for each end, the journal evaluated anew after a crash, and memory of
// the engine while agents are waited for. `npm run bench:swarm -- --only codetether,script` has what an agent() costs over the bare child.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createBlobStore } from '../../dist/platform/storage/blob-store.js';
import { addToScript } from '../../dist/platform/storage/repl-journal.js';
import { ScriptPool } from '../../dist/rlm/script/script-pool.js';
import { scriptBody } from '../../dist/rlm/script/script-source.js';

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '3' } },
});
const calls = Number(values.calls);
const rounds = Number(values.rounds);
const SCRIPT = `export const meta = { name: 'bench', description: 'asks many' }
const all = await parallel(Array.from({ length: ${calls} }, (_, at) => () => agent('look at part ' + at)));
return all.length;
`;
const scratch = mkdtempSync(join(tmpdir(), 'script-bench-'));
const blobs = createBlobStore(scratch);
const place = (journal) => ({
  node: 'bench',
  journal,
  readProgram: () => Promise.resolve({ body: scriptBody(SCRIPT), nested: {}, args: 'null' }),
  settings: { budget: null, mostAgents: calls, seed: 'bench', nowMs: 0 },
});
const times = { steps: [], replay: [] };
const bytes = [];
try {
  for (let round = 0; round < rounds; round += 1) await measure();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const median = (list) => list.toSorted((left, right) => left - right)[Math.floor(list.length / 2)];
console.log(`${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}, ${calls} calls, median of ${rounds}

| what | figure | target |
| --- | --- | --- |
| a step of the program, told one end and kept in the journal | ${median(times.steps).toFixed(2)} ms | |
| the journal of ${calls} calls, evaluated anew in a new thread | ${median(times.replay).toFixed(0)} ms | < 1,000 ms for 1,000 |
| memory of the engine for an agent that is waited for | ${(median(bytes) / calls / 1024).toFixed(1)} KiB | |`);

async function measure() {
  const pool = new ScriptPool(blobs);
  let journal = null;
  const asked = [];
  const step = async (from, ends) => {
    const { outcome, kept } = await from.step(place(journal), ends);
    if (outcome.kind !== 'step') throw new Error(outcome.reason);
    const told = outcome.step;
    journal = await addToScript(
      journal,
      { ends, chains: told.calls.map(({ id, chain }) => ({ id, chain })), hash: told.hash },
      blobs,
    );
    kept(journal);
    asked.push(...told.calls);
    return told;
  };
  const before = process.memoryUsage.rss();
  let told = await step(pool, null);
  while (told.hasMore) told = await step(pool, []);
  bytes.push(process.memoryUsage.rss() - before);
  const last = asked.pop();
  const begun = performance.now();
  for (const { id } of asked) await step(pool, [endOf(id)]);
  times.steps.push((performance.now() - begun) / Math.max(1, asked.length));
  await pool.close('bench');
  const again = new ScriptPool(blobs);
  const since = performance.now();
  await step(again, [endOf(last.id)]);
  times.replay.push(performance.now() - since);
  await again.close('bench');
}

function endOf(id) {
  return { id, spent: id, value: JSON.stringify(`part ${id} is fine`) };
}
