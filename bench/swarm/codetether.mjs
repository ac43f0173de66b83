// codetether: one swarm with a plan of independent subtasks, in the real service with a home of its own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from '../turn/processes.mjs';
import { cleanEnvironment, createRepository, runToEnd } from '../turn/scratch.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../bin/codetether.js');

/** Opens the service; `run` gives where the joined files are. */
export async function openCodetether({ url, folder, parallel }) {
  const env = cleanEnvironment(join(folder, 'home'), {
    CODETETHER_HOME: join(folder, 'state'),
    // The Temporal program is downloaded once a machine, not once a benchmark.
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  });
  mkdirSync(env.HOME, { recursive: true });
  const config = join(folder, 'config.toml');
  writeFileSync(
    config,
    `[providers.bench]\nwire = "openai-chat"\nbase_url = "${url}/v1"\nauth = "none"\n`,
  );
  const repository = createRepository(join(folder, 'repository'));
  const program = (args, options = {}) =>
    runToEnd(process.execPath, [PROGRAM, '--config', config, ...args], {
      cwd: repository,
      env,
      timeoutMs: 1_200_000,
      ...options,
    });
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
