// `npm test`: set-up, Temporal programs, then every level, without the faults that last minutes.
// `--fault`: the whole fault level alone, with many seeds.
// The last line is `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, installPackages, requireNode, say } from './set-up.mjs';

const FEW_SEEDS = '3';
const MANY_SEEDS = '20';
/** Levels that mostly wait, with a server a file: two files at a time; the faults are measured, so they run alone. */
const TWO_AT_A_TIME = ['workflow', 'e2e'];
/** Outages of minutes, processes that stand still longer than their heartbeats, each role killed and each act of an operator in runs of their own. */
const LONG_FAULTS = [
  'outage',
  'standing-still',
  'kills',
  'operator-ends',
  'operator-pauses',
  'operator-resets',
];
const LEVELS = ['architecture', 'unit', 'workflow', 'replay', 'e2e', 'fault'];

requireNode();
const root = fileURLToPath(new URL('..', import.meta.url));
installPackages(root);
build(root);
await installPrograms();

const isFault = process.argv.includes('--fault');
const levels = isFault ? ['fault'] : LEVELS;
const scratch = mkdtempSync(join(tmpdir(), 'codetether-test-'));
const totals = { passed: 0, failed: 0, skipped: 0 };
let isGreen = true;
try {
  for (const level of levels) {
    say(`tests: ${level}`);
    isGreen = runLevel(level) && isGreen;
  }
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

function runLevel(level) {
  const report = join(scratch, `${level}.json`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [
    'run',
    '--project',
    level,
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
    ...(TWO_AT_A_TIME.includes(level) ? ['--fileParallelism', '--maxWorkers=2'] : []),
    ...(level === 'fault' && !isFault
      ? LONG_FAULTS.map((name) => `--exclude=test/fault/${name}.test.ts`)
      : []),
  ];
  const seeds = process.env.CODETETHER_FAULT_SEEDS ?? (isFault ? MANY_SEEDS : FEW_SEEDS);
  const { status } = spawnSync(process.execPath, [vitest, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CODETETHER_FAULT_SEEDS: seeds },
  });
  count(report, level);
  return status === 0;
}

function count(report, level) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    console.error(`tests: ${level} wrote no report`);
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
