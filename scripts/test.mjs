// `npm test`: set-up, Temporal programs, then every level, without the faults that last minutes.
// `--fault`: the whole fault level alone, with many seeds.
// The last line is `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, installPackages, requireNode, say } from './set-up.mjs';

const FEW_SEEDS = '3';
const MANY_SEEDS = '20';
/** Files at a time where each has a server and a worker: they wait for processes and clocks more than they work. */
const REAL_AT_A_TIME = availableParallelism() + 1;
/** Outages of minutes, processes that stand still longer than their heartbeats, each role killed and each act of an operator in runs of their own. */
const LONG_FAULTS = [
  'outage',
  'standing-still',
  'kills',
  'operator-ends',
  'operator-pauses',
  'operator-resets',
];
/** What is run together: a file that ends early makes room for one of another level. The faults are measured, so they run alone. */
const RUNS = [
  { levels: ['architecture', 'unit', 'unit-alone', 'replay'] },
  { levels: ['workflow', 'e2e'], filesAtATime: REAL_AT_A_TIME },
  { levels: ['fault'] },
];

requireNode();
const root = fileURLToPath(new URL('..', import.meta.url));
installPackages(root);
build(root);
await installPrograms();

const isFault = process.argv.includes('--fault');
const runs = isFault ? [{ levels: ['fault'] }] : RUNS;
const scratch = mkdtempSync(join(tmpdir(), 'codetether-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
let isGreen = true;
try {
  for (const run of runs) isGreen = runLevels(run) && isGreen;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(isGreen && totals.failed === 0 ? 0 : 1);

/** Finds or installs what the tests start, by the code that the product uses. */
async function installPrograms() {
  const { findProgram } = await import('../dist/service/find-program.js');
  const { OPENBAO, TEMPORAL_CLI, TEMPORAL_TEST_SERVER } =
    await import('../dist/service/programs.js');
  const { userFolders } = await import('../dist/config/paths.js');
  const settings = {
    chosen: null,
    searchPath: process.env.PATH ?? '',
    cache: userFolders(process.env).cache,
  };
  for (const program of [TEMPORAL_CLI, TEMPORAL_TEST_SERVER, OPENBAO]) {
    try {
      const { path, source } = await findProgram(program, settings);
      say(`${program.name}: ${path} (${source})`);
    } catch (error) {
      console.error(error.message);
      // without OpenBao its own tests are skipped, and the last line counts them
      if (program !== OPENBAO) process.exit(3);
    }
  }
}

function runLevels({ levels, filesAtATime }) {
  const name = levels.join(', ');
  const report = join(scratch, `${levels[0]}.json`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [
    'run',
    ...levels.flatMap((level) => ['--project', level]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
    ...(filesAtATime === undefined ? [] : ['--fileParallelism', `--maxWorkers=${filesAtATime}`]),
    ...(isFault ? [] : LONG_FAULTS.map((fault) => `--exclude=test/fault/${fault}.test.ts`)),
  ];
  say(`tests: ${name}`);
  const begun = performance.now();
  const seeds = process.env.CODETETHER_FAULT_SEEDS ?? (isFault ? MANY_SEEDS : FEW_SEEDS);
  const { status } = spawnSync(process.execPath, [vitest, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CODETETHER_FAULT_SEEDS: seeds },
  });
  say(`tests: ${name}: ${Math.round((performance.now() - begun) / 1000)} s`);
  count(report, name);
  return status === 0;
}

function count(report, name) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    console.error(`tests: ${name} wrote no report`);
    totals.failed += 1;
    return;
  }
  totals.passed += result.numPassedTests;
  // a file that cannot be loaded has no tests to count: it is a failure all the same
  totals.failed += Math.max(
    result.numFailedTests,
    result.numFailedTests === 0 && !result.success ? 1 : 0,
  );
  totals.skipped += result.numPendingTests + result.numTodoTests;
}
