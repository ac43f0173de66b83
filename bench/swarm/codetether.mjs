// codetether: one swarm with a plan of independent subtasks, in the real service with a home of its own.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from '../turn/processes.mjs';
import { serviceIn } from '../turn/service.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../bin/codetether.js');

/** Opens the service; `run` gives where the joined files are. */
export async function openCodetether({ url, folder, parallel }) {
  const { repository, program: run } = serviceIn(folder, { url, entry: PROGRAM });
  const program = (args, options = {}) => run(args, { timeoutMs: 1_200_000, ...options });
  await program(['up']);
  const listed = async () => JSON.parse(await program(['ps', '--json'])).processes;
  let roots = (await listed()).map(({ pid }) => pid);
  return {
    roots: () => roots,
    cpu: () => cpuSeconds(roots),
    async run({ count, kill }) {
      const plan = join(folder, `plan-${count}.json`);
      writeFileSync(plan, JSON.stringify(planOf(count)));
      const args = ['swarm', '--plan', plan, '-m', 'bench/bench', '--yes', '--no-checks', '--json'];
      const limits = ['--max-parallel', String(parallel), '--max-subagents', String(count)];
      const ended = program([...args, ...limits], { codes: [0, 1] });
      if (kill) await killWorker(url, count, await listed());
      const document = JSON.parse(await ended);
      if (kill) roots = (await listed()).map(({ pid }) => pid);
      if (document.status !== 'passed') throw new Error(`the swarm ended ${document.reason}`);
      return { repository, branch: document.branch, inputTokens: document.totals.input_tokens };
    },
    async close() {
      await program(['down']);
    },
  };
}

function planOf(count) {
  return {
    task: `Write ${count} files`,
    subtasks: Array.from({ length: count }, (_, index) => ({
      id: `s-${index + 1}`,
      instruction: `BENCH file out/${index + 1}.txt`,
    })),
  };
}

/** Kills the worker once half of the calls were made. */
async function killWorker(url, count, processes) {
  for (;;) {
    const calls = await (await fetch(`${url}/__calls`)).json();
    if (calls.length >= count) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const worker = processes.find(({ name }) => name === 'worker');
  process.kill(worker.pid, 'SIGKILL');
}
