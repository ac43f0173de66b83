// codetether: one swarm with a plan of independent subtasks, in the real service with a home of its own.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { cpuSeconds } from '../turn/processes.mjs';
import { serviceIn } from '../turn/service.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../bin/codetether.js');

/** Longest template that a table may have. */
const TEMPLATE_BYTES = 250 * 1024;

/** Opens the service; `run` gives where the joined files are. With `isScript` the same agents are asked for by a program. */
export async function openCodetether({ url, folder, parallel, isScript = false }) {
  const { env, repository, program: run } = serviceIn(folder, { url, entry: PROGRAM });
  const program = (args, options = {}) => run(args, { timeoutMs: 1_200_000, ...options });
  await program(['up']);
  const { runningTarget } = await import('../../dist/host/temporal/temporal-target.js');
  const target = runningTarget(env.CODETETHER_HOME);
  if (target === null) throw new Error('the embedded server does not run');
  const connection = await Connection.connect(target.connectionOptions);
  const client = new Client({ connection });
  /** What the coordinator's history holds; children have their own. */
  const historyOf = async (id) => {
    const { historyLength, historySize } = await client.workflow.getHandle(id).describe();
    return { events: historyLength, bytes: historySize ?? 0 };
  };
  const listed = async () => JSON.parse(await program(['ps', '--json'])).processes;
  let roots = (await listed()).map(({ pid }) => pid);
  return {
    roots: () => roots,
    cpu: () => cpuSeconds(roots),
    async run({ count, kill }) {
      const what = isScript ? scriptArguments(folder, count) : planArguments(folder, count);
      const how = ['-m', 'bench/bench', '--no-checks', '--json'];
      const ended = program([...what, ...how, '--max-parallel', String(parallel)], {
        codes: [0, 1],
      });
      if (kill) await killWorker(url, count, await listed());
      const document = JSON.parse(await ended);
      if (kill) roots = (await listed()).map(({ pid }) => pid);
      if (document.status !== 'passed') throw new Error(`the swarm ended ${document.reason}`);
      const history = kill ? null : await historyOf(document.workflow_id);
      const { input_tokens: inputTokens } = document.totals;
      return { repository, branch: document.branch, inputTokens, history };
    },
    async rows({ count }) {
      const args = writeTable(folder, count);
      const limits = ['--max-parallel', String(parallel), '--yes', '--json'];
      const out = await program(['swarm', ...args, '-m', 'bench/bench', ...limits], {
        codes: [0, 1],
      });
      const document = JSON.parse(out);
      if (document.status !== 'passed') throw new Error(`the table ended ${document.reason}`);
      return historyOf(document.workflow_id);
    },
    async close() {
      await connection.close();
      await program(['down']);
    },
  };
}

/** A table whose template is as long as one may be, because it is asked with for each row. */
function writeTable(folder, count) {
  const file = (name, text) => {
    const path = join(folder, `${count}-${name}`);
    writeFileSync(path, text);
    return path;
  };
  const rows = Array.from({ length: count }, (_, index) => index + 1);
  const template = `BENCH row {n}\n${'x'.repeat(TEMPLATE_BYTES)}`;
  const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
  return [
    ['--input', file('in.csv', `n\n${rows.join('\n')}\n`)],
    ['--template', `@${file('template.txt', template)}`],
    ['--schema', file('schema.json', JSON.stringify(schema))],
    ['--output', join(folder, `${count}-out.csv`)],
  ].flat();
}

function planArguments(folder, count) {
  const plan = join(folder, `plan-${count}.json`);
  writeFileSync(plan, JSON.stringify(planOf(count)));
  return ['swarm', '--plan', plan, '--yes', '--max-subagents', String(count)];
}

function scriptArguments(folder, count) {
  const file = join(folder, 'script.js');
  writeFileSync(
    file,
    `export const meta = { name: 'bench', description: 'writes files' }
const names = Array.from({ length: ${count} }, (_, at) => at + 1);
return (await parallel(names.map((n) => () => agent('BENCH file out/' + n + '.txt')))).length;
`,
  );
  return ['script', 'run', file];
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
  const worker = processes.find(({ role }) => role === 'worker');
  process.kill(worker.pid, 'SIGKILL');
}
