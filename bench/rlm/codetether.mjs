// codetether: the real command line, service and Temporal server in a home of their own. One service, many questions.
import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitAll, runToEnd } from '../turn/scratch.mjs';
import { serviceIn } from '../turn/service.mjs';
import { openLanes } from './lanes.mjs';
import { WINDOW } from './policy.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../bin/codetether.js');

/** How each row asks: what the code may do, and how deep. `codetether/ROW` names one of them. */
export const PLANS = {
  'REPL, asks nobody': { row: 'alone', plan: 'alone', depth: 0 },
  'codetether, depth 0': { row: '0', plan: 'flat', depth: 0 },
  'codetether, depth 1': { row: '1', plan: 'split', levels: 1, depth: 1 },
  'codetether, depth 2': { row: '2', plan: 'split', levels: 2, depth: 2 },
};

/** Starts the service. With `model` it is that one, with the configuration and the keys of the person; else the one at `url`. */
export async function openCodetether({ url, folder, model }) {
  const inputs = join(folder, 'inputs');
  mkdirSync(inputs, { recursive: true });
  const { config, env, repository, program: run } = serviceIn(folder, { url, entry: PROGRAM });
  // the table of the provider is the last one in the file
  appendFileSync(join(folder, 'config.toml'), `context_window = ${WINDOW}\n`);
  const own = { ...process.env, CODETETHER_HOME: join(folder, 'state') };
  const program =
    model === undefined
      ? (args, options = {}) => run(args, { timeoutMs: 600_000, ...options })
      : (args, options = {}) =>
          runToEnd(process.execPath, [PROGRAM, ...args], {
            cwd: repository,
            env: own,
            timeoutMs: 600_000,
            ...options,
          });
  await program(['up']);
  const lanes = openLanes({ cwd: repository, env: model === undefined ? env : own });
  const settings = model === undefined ? ['--config', config] : [];
  const command = async (args) => JSON.parse(await lanes.run([...settings, ...args]));
  let files = 0;
  const places = [];
  return {
    env,
    program,
    processes: async () => JSON.parse(await program(['ps', '--json'])).processes,
    /** Writes an input, which several questions may be asked about. */
    store(text) {
      files += 1;
      const path = join(inputs, `input-${files}.txt`);
      writeFileSync(path, text);
      return path;
    },
    /** The document of one question. */
    async ask(question, path, { depth = 0, more = ['--no-direct'] } = {}) {
      const asked = ['rlm', question, '-f', path, '-m', model ?? 'bench/bench'];
      const limits = ['--max-depth', String(depth), '--json'];
      return command([...asked, ...limits, ...more]);
    },
    /** The document of one task for our agent, in a repository whose only file is the input; it is that of an earlier task where one is free. */
    async work(task, text) {
      const place = places.pop() ?? mkdtempSync(join(folder, 'work-'));
      writeFileSync(join(place, 'input.txt'), `${text}\n`);
      commitAll(place);
      const asked = ['swarm', task, '-s', 'none', '-m', model ?? 'bench/bench', '--repo', place];
      try {
        return await command([...asked, '--no-checks', '--yes', '--beside', '--json']);
      } finally {
        places.push(place);
      }
    },
    /** Ends the service; what it has stored stays. */
    stop: () => program(['down']),
    async close() {
      await lanes.close();
      await program(['down']);
    },
  };
}
