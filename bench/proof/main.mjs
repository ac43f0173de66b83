// npm run bench:proof [-- --ecosystem node,python,go --rounds 3]
// What a proof costs over the bare check: rounds and seconds of a change that touches the product alone, and of one that touches what
// the check means (a new test file and a setting), by `codetether proof` on two given trees. Runs side by side make `s` no smaller: the last
// column is the time of the whole command. The base's controls are tried in a proof before,
// as they are at the start of a run.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cleanEnvironment, runToEnd } from '../turn/scratch.mjs';
import { ECOSYSTEMS } from './ecosystems.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../bin/codetether.js');
const { values } = parseArgs({
  options: {
    ecosystem: { type: 'string', default: Object.keys(ECOSYSTEMS).join(',') },
    rounds: { type: 'string', default: '3' },
    program: { type: 'string', default: PROGRAM },
  },
});
const scratch = mkdtempSync(join(tmpdir(), 'codetether-bench-proof-'));
const rustup = process.env.RUSTUP_HOME ?? join(homedir(), '.rustup');
const env = {
  ...cleanEnvironment(join(scratch, 'home'), {
    CODETETHER_HOME: join(scratch, 'state'),
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    RUSTUP_HOME: rustup,
  }),
  HOME: homedir(),
};
const rows = [];
try {
  for (const name of values.ecosystem.split(',')) {
    const ecosystem = ECOSYSTEMS[name];
    if (ecosystem === undefined)
      throw new Error(`no ecosystem ${name}; one of ${Object.keys(ECOSYSTEMS).join(', ')}`);
    if (spawnSync('sh', ['-c', ecosystem.probe], { stdio: 'ignore' }).status !== 0) {
      process.stderr.write(`bench: ${name} is left out: ${ecosystem.probe}\n`);
      continue;
    }
    try {
      rows.push(await measure(name, ecosystem));
      process.stderr.write(`bench: ${rows.at(-1).join(' | ')}\n`);
    } catch (error) {
      process.stderr.write(`bench: ${name} is left out: ${String(error)}\n`);
    }
  }
} finally {
  await runToEnd(process.execPath, [values.program, 'down'], {
    cwd: scratch,
    env,
    codes: [0, 1, 3],
  }).catch(() => undefined);
  rmSync(scratch, { recursive: true, force: true });
}

process.stdout.write(
  `\n${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}\n\n` +
    '| ecosystem | bare check s | first proof with controls of the base, whole s | product only: runs | s | over bare | surface changed: runs | s | over bare | command s |\n' +
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n' +
    rows.map((row) => `| ${row.join(' | ')} |\n`).join(''),
);

async function measure(name, { files, product, surface, check, setup }) {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const git = (...args) =>
    execFileSync(
      'git',
      ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.invalid', ...args],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
  const commit = (branch, changed) => {
    git('checkout', '-q', '-B', branch, ...(branch === 'base' ? [] : ['base']));
    for (const [path, text] of Object.entries(changed)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    git('add', '-A');
    git('commit', '-qm', branch);
  };
  git('init', '-q');
  commit('base', files);
  commit('product', product);
  commit('surface', { ...product, ...surface });
  if (setup !== undefined) execFileSync('sh', ['-c', setup], { cwd: folder, env, stdio: 'ignore' });
  const bare = median(Number(values.rounds), () =>
    timed(() => execFileSync('sh', ['-c', check], { cwd: folder, env, stdio: 'ignore' })),
  );
  const prove = async (head) => {
    const prepared = setup === undefined ? [] : ['--setup', setup];
    const ends = ['--base', 'base', '--head', head, '--json'];
    const args = [values.program, 'proof', check, ...ends, ...prepared];
    const start = performance.now();
    const text = await runToEnd(process.execPath, args, { cwd: folder, env, codes: [0, 1] });
    return { ...JSON.parse(text), command_ms: performance.now() - start };
  };
  const first = costOf(await prove('product'));
  const alone = costOf(await prove('product'));
  const whole = await prove('surface');
  const changed = costOf(whole);
  return [
    name,
    seconds(bare),
    seconds(first.whole),
    ...[alone, changed].flatMap(({ runs, ms }) => [runs, seconds(ms), (ms / bare).toFixed(1)]),
    seconds(whole.command_ms),
  ];
}

/** Runs of checks in a proof of the head, and their time together. */
function costOf(document) {
  const evidence = document.checks ?? [];
  const proof = document.proof ?? { rounds: [], canaries: [] };
  const canaries = new Map(
    proof.canaries.map((canary) => [
      `${canary.kind === 'assertion' ? 'new-case' : canary.kind} ${canary.files}`,
      canary.duration_ms ?? 0,
    ]),
  );
  const rounds =
    proof.rounds.length === 0
      ? evidence.map(({ duration_ms: ms }) => ms)
      : proof.rounds.map(({ duration_ms: ms }) => ms);
  const spent = [...rounds, ...canaries.values()];
  return {
    whole: document.duration_ms ?? 0,
    runs: spent.length,
    ms: spent.reduce((sum, ms) => sum + ms, 0),
  };
}

function median(count, sample) {
  const samples = Array.from({ length: Math.max(1, count) }, sample).sort(
    (one, other) => one - other,
  );
  return samples[Math.floor(samples.length / 2)];
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function seconds(ms) {
  return (ms / 1000).toFixed(2);
}
