// codetether: the real command line, service and Temporal server in a home of their own. One service, many questions.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from '../turn/scratch.mjs';
import { serviceIn } from '../turn/service.mjs';
import { WINDOW } from './policy.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../bin/codetether.js');

/** How each row asks: what the code may do, and how deep. */
export const PLANS = {
  'REPL, asks nobody': { plan: 'alone', depth: 0 },
  'codetether, depth 0': { plan: 'flat', depth: 0 },
  'codetether, depth 1': { plan: 'split', levels: 1, depth: 1 },
  'codetether, depth 2': { plan: 'split', levels: 2, depth: 2 },
};

/** Starts the service. With `model` it is that one, with the configuration and the keys of the person; else the one at `url`. */
export async function openCodetether({ url, folder, model }) {
  const inputs = join(folder, 'inputs');
  mkdirSync(inputs, { recursive: true });
  const { env, repository, program: run } = serviceIn(folder, { url, entry: PROGRAM });
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
  let files = 0;
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
      const out = await program([...asked, ...limits, ...more], { codes: [0, 1] });
      return JSON.parse(out);
    },
    close: () => program(['down']),
  };
}
