// `npm test`: set-up, Temporal programs, then every level, without the files that last minutes.
// `--fault`: those files and the whole fault level, with many seeds. `--all`: both, nothing twice, as in `.ci/run`.
// The last line is `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, freemem, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, fail, installPackages, requireNode, say } from './set-up.mjs';
import { LONG_FILES } from './test-files.mjs';

const FEW_SEEDS = '3';
/** Kills of a role where everything is run; as few as elsewhere on a machine that is so slow that the whole would not end in time. */
const MANY_SEEDS = isSlowMachine() ? FEW_SEEDS : '5';
/** Of the corpus of cheats such a machine proves a part a day: it changes seldom. CODETETHER_CORPUS_SHARE=1/1 takes all of it. */
const CORPUS_PARTS = 4;
/** Files at a time where each has a server and a worker: they wait for processes and clocks more than they work. */
const REAL_AT_A_TIME = availableParallelism() + 1;
/** Faults whose times are measured, or that are about the time a process gets: nothing runs beside them. */
const ALONE = ['kills', 'standing-still', 'starvation'].map((name) => `test/fault/${name}.test.ts`);
const FAULTS = [
  { levels: ['fault'], name: 'faults', without: ALONE, filesAtATime: REAL_AT_A_TIME },
  { levels: ['fault'], name: 'measured faults', files: ALONE },
];
/** More files than these are no accident of what runs beside them. */
const MOST_RUN_AGAIN = 3;
/** What is run together: a file that ends early makes room for one of another level. */
const RUNS = [
  { levels: ['architecture', 'unit', 'unit-alone', 'replay'], isInMemory: true },
  { levels: ['workflow', 'e2e'], filesAtATime: REAL_AT_A_TIME },
  ...FAULTS,
];
const longOf = (...levels) =>
  LONG_FILES.filter((file) => levels.some((level) => file.startsWith(`test/${level}/`)));
const FAULT_RUNS = [
  {
    levels: ['architecture', 'unit', 'unit-alone'],
    files: longOf('architecture', 'unit'),
    isInMemory: true,
  },
  { levels: ['e2e'], files: longOf('e2e'), filesAtATime: availableParallelism() },
  ...FAULTS,
];
/** Room for the files of the fast levels, and for the programs beside them. What a service keeps is tested on a disk, as it is used. */
const MEMORY_FOLDER = '/dev/shm';
const MEMORY_ROOM = 2 * 2 ** 30;
const MEMORY_LEFT = 4 * 2 ** 30;

requireNode();
const root = fileURLToPath(new URL('..', import.meta.url));
installPackages(root);
build(root);
await installPrograms();

const isFault = process.argv.includes('--fault');
/** Nothing is left out, and kills have many seeds. */
const isWhole = isFault || process.argv.includes('--all');
const corpusShare = process.env.CODETETHER_CORPUS_SHARE ?? todaysShare();
if (isWhole) {
  say(`tests: ${process.env.CODETETHER_FAULT_SEEDS ?? MANY_SEEDS} kills of each role`);
  say(`tests: part ${corpusShare} of the corpus of cheats (CODETETHER_CORPUS_SHARE)`);
}
const runs = isFault ? FAULT_RUNS : RUNS;
const forgotten = LONG_FILES.filter((file) => !existsSync(join(root, file)));
if (forgotten.length > 0) fail(`scripts/test-files.mjs names ${forgotten.join(', ')}`, 3);
if (!isWhole)
  say(`tests: ${LONG_FILES.length} files that last long are left out; npm test -- --all runs them`);
const scratch = mkdtempSync(join(tmpdir(), 'codetether-test-'));
const memory = memoryFolder();
if (memory !== undefined)
  say(`tests: files of tests lie in memory (${memory}), but for the faults`);
const totals = { passed: 0, failed: 0, skipped: 0 };
/** What did not pass, said once more at the end, where a log that was cut still has it. */
const failures = [];
let isGreen = true;
try {
  for (const run of runs) isGreen = runLevels(run) && isGreen;
} finally {
  for (const folder of [scratch, memory])
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
for (const failure of failures) console.log(failure);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(isGreen && totals.failed === 0 ? 0 : 1);

/** All of it, or another part every day. */
function todaysShare() {
  if (MANY_SEEDS !== FEW_SEEDS) return '1/1';
  const day = Math.floor(Date.now() / 86_400_000);
  return `${(day % CORPUS_PARTS) + 1}/${CORPUS_PARTS}`;
}

/** True where an empty Node takes twice as long to start as it should: the quickest of five. */
function isSlowMachine() {
  const starts = Array.from({ length: 5 }, () => {
    const begun = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    return performance.now() - begun;
  });
  return Math.min(...starts) > 75;
}

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

/**
 * A folder in memory for files of tests, which then wait for no disk that syncs; undefined where there is too little memory, where
 * programs cannot be started from it, and where TMPDIR says what is wanted.
 */
function memoryFolder() {
  if (process.env.TMPDIR !== undefined || !existsSync(MEMORY_FOLDER)) return undefined;
  forgetEndedRuns();
  const { bavail, bsize } = statfsSync(MEMORY_FOLDER);
  const available = process.availableMemory?.() ?? freemem();
  if (bavail * bsize < MEMORY_ROOM || available < MEMORY_ROOM + MEMORY_LEFT) return undefined;
  const folder = mkdtempSync(join(MEMORY_FOLDER, `ct-test-${process.pid}-`));
  // like /tmp: some tests work as ordinary users
  chmodSync(folder, 0o1777);
  const program = join(folder, 'probe');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  const { status } = spawnSync(program);
  rmSync(program);
  if (status === 0) return folder;
  rmSync(folder, { recursive: true });
  return undefined;
}

/** Removes what a run left in memory that was stopped before its end. */
function forgetEndedRuns() {
  for (const name of readdirSync(MEMORY_FOLDER)) {
    const pid = /^ct-test-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(MEMORY_FOLDER, name), { recursive: true, force: true });
  }
}

/** True when every test of these levels passed, at once or, for a few files, when they were run again with nothing beside them. */
function runLevels(run) {
  const { levels, files = [], without = [], isInMemory = false } = run;
  const name = run.name ?? levels.join(', ');
  say(`tests: ${name}`);
  const begun = performance.now();
  const excluded = [...without, ...(isWhole ? [] : LONG_FILES)];
  const how = { levels, files, excluded, filesAtATime: run.filesAtATime, isInMemory };
  const { status, result } = runVitest(name, how);
  say(`tests: ${name}: ${Math.round((performance.now() - begun) / 1000)} s`);
  if (result === undefined) {
    failures.push(`FAILED ${name}: no report was written`);
    totals.failed += 1;
    return false;
  }
  count(result);
  const red = result.testResults.filter((file) => file.status === 'failed');
  // Where nothing runs beside the files anyway, a second try would only hide what is rare.
  const mayRunAgain = run.files !== ALONE && red.length > 0 && red.length <= MOST_RUN_AGAIN;
  if (mayRunAgain && result.unhandled.length === 0 && passesAlone(red, { name, how })) return true;
  failures.push(...red.flatMap(failuresOf));
  return status === 0;
}

/**
 * Runs files that failed once more, one after the other. What passes then depends on what runs beside it: it is named, and counted as
 * passed. A test that is red by itself is red twice.
 */
function passesAlone(red, { name, how }) {
  say(`tests: ${red.length} files of ${name} once more, alone`);
  const files = red.map((file) => relative(root, file.name));
  const { status, result } = runVitest(`${name} again`, { ...how, files, filesAtATime: 1 });
  if (status !== 0 || result === undefined || result.numPassedTests === 0) return false;
  for (const file of red) {
    const failed = failuresOf(file);
    totals.failed -= failed.length;
    totals.passed += failed.length;
    failures.push(...failed.map((text) => text.replace(/^FAILED/, 'FLAKY')));
  }
  return true;
}

function runVitest(name, { levels, files, excluded, filesAtATime, isInMemory }) {
  const report = join(scratch, `${name}.json`);
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [
    'run',
    ...files,
    ...levels.flatMap((level) => ['--project', level]),
    '--reporter=default',
    '--reporter=json',
    `--reporter=${join(root, 'scripts', 'unhandled-reporter.mjs')}`,
    `--outputFile=${report}`,
    ...(filesAtATime === undefined ? [] : ['--fileParallelism', `--maxWorkers=${filesAtATime}`]),
    ...excluded.map((file) => `--exclude=${file}`),
  ];
  const seeds = process.env.CODETETHER_FAULT_SEEDS ?? (isWhole ? MANY_SEEDS : FEW_SEEDS);
  const { status } = spawnSync(process.execPath, [vitest, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      CODETETHER_FAULT_SEEDS: seeds,
      CODETETHER_CORPUS_SHARE: corpusShare,
      CODETETHER_TEST_ERRORS: `${report}.errors`,
      ...(isInMemory && memory !== undefined ? { TMPDIR: memory } : {}),
    },
  });
  try {
    const unhandled = JSON.parse(readFileSync(`${report}.errors`, 'utf8'));
    return { status, result: { ...JSON.parse(readFileSync(report, 'utf8')), unhandled } };
  } catch {
    return { status, result: undefined };
  }
}

function count(result) {
  totals.passed += result.numPassedTests;
  totals.failed += result.testResults.flatMap(failuresOf).length;
  totals.failed += result.unhandled.length;
  failures.push(
    ...result.unhandled.map((message) => `FAILED outside of any test\n${beginning([message])}`),
  );
  totals.skipped += result.numPendingTests + result.numTodoTests;
}

/** A line for each test that failed and for a file that could not be run, each with the first lines of its message. */
function failuresOf(file) {
  const path = relative(root, file.name);
  const tests = file.assertionResults
    .filter(({ status }) => status === 'failed')
    .map(
      ({ fullName, failureMessages }) =>
        `FAILED ${path}: ${fullName}\n${beginning(failureMessages)}`,
    );
  if (tests.length > 0 || file.status !== 'failed') return tests;
  return [`FAILED ${path}\n${beginning([file.message])}`];
}

function beginning(messages) {
  const lines = messages
    .join('\n')
    .slice(0, 4000)
    .split('\n')
    .filter((line) => !line.includes('/node_modules/'))
    .slice(0, 16);
  return lines.map((line) => `    ${line.slice(0, 300)}`).join('\n');
}
