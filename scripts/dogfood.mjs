// `npm run dogfood`: CodeTether works off a PRD against a scratch clone of this repository. Without `-m` the model is a
// transcript; with `-m PROVIDER/MODEL` it is a real one from your configuration. `--quick` leaves out the check of all types, whose
// proofs last minutes. Ends with `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, fail, installPackages, requireNode, say } from './set-up.mjs';

requireNode();
const root = fileURLToPath(new URL('..', import.meta.url));
installPackages(root);
build(root);

const scratch = mkdtempSync(join(tmpdir(), 'codetether-dogfood-'));
const clone = join(scratch, 'codetether');
const home = join(scratch, 'home');
const isQuick = process.argv.includes('--quick');
const flags = process.argv.slice(2).filter((flag) => flag !== '--quick');
let isGreen = false;
try {
  run('git', ['clone', '--quiet', '--no-hardlinks', root, clone], scratch);
  cpSync(join(root, 'examples/dogfood/prd.json'), join(clone, 'dogfood.json'));
  say('working off examples/dogfood/prd.json in a scratch clone of this repository');
  const config = flags.some((flag) => flag === '-m' || flag === '--model') ? [] : replay();
  const { status } = codetether([
    ...config,
    'ralph',
    'run',
    // its checks take half a minute each; canaries are tried by test/fault/proof-landed.test.ts
    '--canaries',
    'off',
    '-p',
    'dogfood.json',
    ...(isQuick ? quickChecks() : []),
    ...flags,
  ]);
  isGreen = status === 0 && ['markdown', 'pr'].every(saysCanaries);
  if (isGreen) run('git', ['log', '--oneline', '--stat', 'HEAD..dogfood/weeks'], clone);
} finally {
  codetether(['down']);
  if (isGreen) rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  else say(`left for a look: ${scratch}`);
}
console.log(`${isGreen ? 1 : 0} passed, ${isGreen ? 0 : 1} failed, 0 skipped`);
process.exit(isGreen ? 0 : 1);

/** All checks of the PRD but the one that reads the whole repository. */
function quickChecks() {
  const prd = JSON.parse(readFileSync(join(root, 'examples/dogfood/prd.json'), 'utf8'));
  const { lint, test } = prd.quality_checks;
  return ['--check', `lint=${lint}`, '--check', `test=${test}`];
}

/** Arguments that name a configuration with the transcript as its only model. */
function replay() {
  const file = join(scratch, 'config.toml');
  const transcript = JSON.stringify(join(root, 'examples/dogfood/transcript.json'));
  writeFileSync(
    file,
    `default_model = "replay/transcript"\n\n[providers.replay]\nwire = "replay"\ntranscript = ${transcript}\nauth = "none"\n`,
  );
  return ['--config', file];
}

/** A run that tried no canaries has to say so wherever somebody decides about it. */
function saysCanaries(format) {
  const { runs } = JSON.parse(String(codetether(['runs', 'list', '--json'], 'pipe').stdout));
  const { stdout } = codetether(['ralph', 'report', runs[0].run_id, '--format', format], 'pipe');
  const isSaid = /^(?:- )?Canaries: off\b/m.test(String(stdout));
  if (!isSaid) say(`the report (${format}) does not say that canaries were off`);
  return isSaid;
}

function codetether(args, stdout = 'inherit') {
  return spawnSync(process.execPath, [join(root, 'bin/codetether.js'), ...args], {
    cwd: clone,
    stdio: ['inherit', stdout, 'inherit'],
    env: { ...process.env, CODETETHER_HOME: home },
  });
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error || status !== 0) fail(`${command} ${args[0]} failed`, 3);
}
