// codetether: the real service in a home of its own; a task is a Ralph run of a PRD with one story.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { cpuSeconds } from '../processes.mjs';
import { serviceIn } from '../service.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../../bin/codetether.js');

/** @type {import('agent.d.ts').OpenAgent} */
export async function openCodetether({ url, folder }) {
  const { env, repository, program } = serviceIn(folder, { url, entry: PROGRAM });
  await program(['up']);
  const { processes } = JSON.parse(await program(['ps', '--json']));
  const roots = processes.map(({ pid }) => pid);
  const { runningTarget } = await import('../../../dist/host/temporal/temporal-target.js');
  const target = runningTarget(env.CODETETHER_HOME);
  if (target === null) throw new Error('the embedded server does not run');
  const connection = await Connection.connect(target.connectionOptions);
  const client = new Client({ connection });
  let runs = 0;
  let latest = null;
  return {
    name: 'codetether',
    kinds: ['write', 'bash', 'story'],
    idleRoots: () => roots,
    busyRoots: () => roots,
    cpu: () => cpuSeconds(roots),
    async run({ kind, turns }) {
      runs += 1;
      const prd = writePrd(repository, { run: runs, kind, turns });
      const out = await program([
        'ralph',
        'run',
        '-p',
        prd,
        '-m',
        'bench/bench',
        '--max-attempts',
        '1',
        '--json',
      ]);
      latest = JSON.parse(out);
      // A program that was rebuilt meanwhile restarts the service: its figures would be of nothing.
      if (!roots.every((pid) => existsSync(`/proc/${pid}`)))
        throw new Error('the service was restarted');
      if (latest.status !== 'passed')
        throw new Error(`the run ended ${latest.status}: ${out.slice(0, 2000)}`);
    },
    async history() {
      const id = `${latest.workflow_id}/${latest.run_id}/US-001/1/agent`;
      const { historyLength, historySize } = await client.workflow.getHandle(id).describe();
      return { events: historyLength, bytes: historySize ?? 0 };
    },
    async close() {
      await connection.close();
      await program(['down']);
    },
  };
}

/** A PRD with one story; each run has a branch of its own. */
function writePrd(repository, { run, kind, turns }) {
  const path = join(repository, `prd-${run}.json`);
  // What earlier runs noted belongs to them: every task starts alike.
  rmSync(join(repository, 'progress.txt'), { force: true });
  rmSync(join(repository, `prd-${run - 1}.json`), { force: true });
  const prd = {
    project: 'Scratch',
    feature: `Run ${run}`,
    branch_name: `bench/run-${run}`,
    user_stories: [
      {
        id: 'US-001',
        title: `Run ${run}`,
        description: `BENCH ${kind} ${turns} .`,
        acceptance_criteria: ['It is done'],
        priority: 1,
        passes: false,
      },
    ],
    quality_checks: { test: 'true' },
  };
  writeFileSync(path, JSON.stringify(prd, null, 2));
  return path;
}
