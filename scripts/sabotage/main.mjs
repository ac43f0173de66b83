// npm run sabotage [-- --count 60 --seed 1 --only src/tools --json FILE]
// Breaks one place of the sources after the other, drawn by lot, in a copy of this repository, and runs the tests of the fast levels that
// name the broken module: how many of the breaks do they notice? What nobody noticed is printed, to be looked at: not each is an error.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { placesIn } from './places.mjs';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'src' },
    json: { type: 'string' },
  },
});
const TIME_LIMIT_MS = 120_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const importers = importersOf();
const draw = drawer(Number(values.seed));
const waiting = filesBelow('src', '.ts')
  .filter((path) => path.startsWith(values.only) && importers.has(path))
  .flatMap((path) => placesIn(path, readFileSync(join(root, path), 'utf8')));
console.log(`${waiting.length} places in modules that a test of the fast levels names`);

const copy = mkdtempSync(join(tmpdir(), 'codetether-sabotage-'));
const results = [];
try {
  const settings = readdirSync(root).filter((name) =>
    /^(tsconfig|vitest|package)[\w.-]*\.(json|ts)$/.test(name),
  );
  for (const name of [...settings, 'src', 'test', 'bin'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  for (const name of ['node_modules', 'dist', 'docs', 'bench', 'scripts', 'examples'])
    symlinkSync(join(root, name), join(copy, name));
  while (results.length < Number(values.count) && waiting.length > 0) {
    const [place] = waiting.splice(Math.floor(draw() * waiting.length), 1);
    const outcome = judge(place);
    results.push({ ...place, outcome });
    console.log(`${outcome.padEnd(9)} ${place.path}:${place.line} ${place.what}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
report();

/** `noticed`, or `missed`; one whose tests are red without it says nothing. */
function judge(place) {
  const file = join(copy, place.path);
  const source = readFileSync(file, 'utf8');
  const tests = importers.get(place.path);
  writeFileSync(file, source.slice(0, place.start) + place.text + source.slice(place.end));
  try {
    if (passes(tests)) return 'missed';
  } finally {
    writeFileSync(file, source);
  }
  return passes(tests) ? 'noticed' : 'unclear';
}

function passes(tests) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const levels = ['--project', 'unit', '--project', 'unit-alone', '--project', 'replay'];
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--bail=1', '--reporter=dot', ...levels, ...tests],
    { cwd: copy, stdio: 'ignore', timeout: TIME_LIMIT_MS },
  );
  return status === 0;
}

function report() {
  const rooms = new Map();
  for (const one of results) {
    const room = one.path.split('/').slice(0, 2).join('/');
    rooms.set(room, [...(rooms.get(room) ?? []), one]);
  }
  console.log('\n| room | places | noticed | missed | unclear |\n| --- | --- | --- | --- | --- |');
  const row = (name, all) => {
    const count = (outcome) => all.filter((one) => one.outcome === outcome).length;
    const clear = all.length - count('unclear');
    const share = clear === 0 ? '–' : `${Math.round((100 * count('noticed')) / clear)} %`;
    console.log(
      `| ${name} | ${all.length} | ${count('noticed')} (${share}) | ${count('missed')} | ${count('unclear')} |`,
    );
  };
  for (const [name, all] of [...rooms].toSorted(([one], [other]) => one.localeCompare(other)))
    row(name, all);
  row('all', results);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, undefined, 1));
}

/** Tests by the source that they import, for the levels that need no server. */
function importersOf() {
  const found = new Map();
  const tests = ['unit', 'replay'].flatMap((level) => filesBelow(join('test', level), '.test.ts'));
  for (const test of tests)
    for (const path of importsOf(test)) found.set(path, [...(found.get(path) ?? []), test]);
  return found;
}

function importsOf(test) {
  const text = readFileSync(join(root, test), 'utf8');
  return [...text.matchAll(/from '(\.[^']+)\.js'/g)]
    .map(([, specifier]) => `${relative(root, resolve(root, dirname(test), specifier))}.ts`)
    .filter((path) => path.startsWith('src/'));
}

function filesBelow(folder, end) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name))
    .toSorted();
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function drawer(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
