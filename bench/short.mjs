// npm run bench:short
// Every benchmark in a short form: it starts, works and prints figures. No time is asserted, and no other agent takes part.
// The last line is `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What makes each benchmark short; one that is not named here fails, so that none is forgotten. */
const OPTIONS = {
  codec: ['--rounds', '5'],
  codesearch: ['--files', '200'],
  lsp: ['--edits', '4', '--files', '20'],
  'model-call': ['--calls', '5', '--delay', '5'],
  proof: ['--ecosystem', 'node', '--rounds', '1'],
  rlm: [
    '--sizes',
    '8K',
    '--types',
    'N1,A1',
    '--seeds',
    '1',
    '--seconds',
    '1',
    '--large-mb',
    '5',
    '--only',
    'plain,truncate,map-reduce,codetether',
  ],
  script: ['--calls', '200', '--rounds', '1'],
  serve: ['--tasks', '20', '--streams', '100', '--real'],
  story: ['--stories', '1', '--delay', '10', '--files', '20', '--language', 'go', '--rounds', '1'],
  swarm: ['--subtasks', '4', '--delay', '10', '--only', 'codetether,script'],
  tools: ['--files', '200', '--rounds', '2'],
  tui: ['--lines', '300', '--keys', '30'],
  turn: ['--turns', '3', '--rounds', '1', '--delay', '10', '--only', 'codetether', '--no-gate'],
};
const TIME_LIMIT_MS = 400_000;
/** They wait for processes and clocks more than they work; figures of a short form mean nothing anyway. */
const AT_A_TIME = 2;
/** A row of a table with a figure in it. */
const FIGURES = /^\|[^\n]*\d[^\n]*\|$/m;

const here = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(here).filter((name) => existsSync(join(here, name, 'main.mjs')));
const missing = Object.keys(OPTIONS).filter((name) => !names.includes(name));
let passed = 0;
const failed = missing.map((name) => `${name}: there is no such benchmark`);
const left = [...names];
await Promise.all(Array.from({ length: AT_A_TIME }, workOff));
for (const line of failed) console.error(`bench:short: ${line}`);
console.log(`${passed} passed, ${failed.length} failed, 0 skipped`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function workOff() {
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    const reason = await broken(name);
    if (reason === null) passed += 1;
    else failed.push(`${name}: ${reason}`);
  }
}

/** Why the benchmark is broken, or null. */
async function broken(name) {
  const options = OPTIONS[name];
  if (options === undefined) return 'it has no short form in bench/short.mjs';
  const begun = performance.now();
  const { end, output } = await run(join(here, name, 'main.mjs'), options);
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`\n== bench:${name} ${options.join(' ')} (${seconds} s)\n${output}`);
  if (end !== 0) return `it ended with ${end}`;
  return FIGURES.test(output) ? null : 'it printed no figures';
}

function run(script, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const timer = setTimeout(() => child.kill('SIGTERM'), TIME_LIMIT_MS);
    let output = '';
    child.stdout.on('data', (part) => {
      output += part;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ end: code ?? signal, output });
    });
  });
}
