#!/usr/bin/env node
import { readFileSync, statSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
const [first, ...rest] = process.argv.slice(2);
// The version is asked for by scripts: answer before anything heavy is loaded.
if (rest.length === 0 && (first === '--version' || first === '-V')) {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  process.stdout.write(`${JSON.parse(manifest).version}\n`);
} else if (!(await saidHelp())) {
  if (process.argv.includes('--debug')) process.setSourceMapsEnabled(true);
  const { main } = await import(new URL(isJoined() ? 'programs/cli.js' : 'cli/main.js', dist).href);
  await main(process.argv);
}

/** People look for help more often than for anything else: where nothing but help is asked for, no command is loaded. */
async function saidHelp() {
  const words = process.argv.slice(2);
  if (!['--help', '-h'].includes(words.at(-1)) || !isJoined()) return false;
  const { quickHelp } = await import(new URL('programs/help.js', dist).href);
  const text = quickHelp(words, new URL('programs/commands.json', dist), process.stdout.columns);
  if (text !== undefined) process.stdout.write(text);
  return text !== undefined;
}

/** True when the joined program is there and no compiler ran since, as `npm run dev` and `npm run typecheck` let it. */
function isJoined() {
  const joined = changedAt('programs/cli.js');
  const compiled = ['.core.tsbuildinfo', '.node.tsbuildinfo'].map(changedAt);
  return joined > 0 && compiled.every((time) => time <= joined);
}

function changedAt(path) {
  return statSync(new URL(path, dist), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
