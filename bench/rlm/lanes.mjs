// Processes that each run one command line of codetether at a time.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMANDS = join(dirname(fileURLToPath(import.meta.url)), 'commands.mjs');

/** Runs commands in as many processes as are needed at once, which stay for the next ones. */
export function openLanes({ cwd, env }) {
  const all = [];
  const free = [];
  return {
    /** What a command prints; rejects when it ends with another code than 0 and 1. */
    async run(args) {
      const lane = free.pop() ?? add(all, openLane({ cwd, env }));
      const { code, out, log } = await lane.run(args);
      free.push(lane);
      if (code > 1) throw new Error(`codetether ${args[0]} ended with ${code}\n${log}`);
      return out;
    },
    close: () => Promise.all(all.map((lane) => lane.close())),
  };
}

function add(list, one) {
  list.push(one);
  return one;
}

function openLane({ cwd, env }) {
  const child = spawn(process.execPath, [COMMANDS], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl+C would have them leave their questions; they end with their input
    detached: true,
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    async run(args) {
      child.stdin.write(`${JSON.stringify(args)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error('the process that runs commands has ended');
      return JSON.parse(value);
    },
    close() {
      child.stdin.end();
      return ended;
    },
  };
}
