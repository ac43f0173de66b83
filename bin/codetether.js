#!/usr/bin/env node
import { readFileSync } from 'node:fs';

const [first, ...rest] = process.argv.slice(2);
// The version is asked for by scripts: answer before anything heavy is loaded.
if (rest.length === 0 && (first === '--version' || first === '-V')) {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  process.stdout.write(`${JSON.parse(manifest).version}\n`);
} else {
  const { main } = await import('../dist/cli/main.js');
  await main(process.argv);
}
