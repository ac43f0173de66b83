// npm run evaluate:proof [-- TOOL…]
// The engine's proof on the whole corpus of cheats and honest stories (test/proof-corpus), or on those of some tools: more than an hour.
// CODETETHER_PROOF_AT_ONCE says how many are judged at a time (2), CODETETHER_PROOF_GROUPS which groups (a pattern). Prints what came otherwise than expected, and the counts of each group.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'codetether-evaluate-'));
const report = join(folder, 'report');
const tools = process.argv.slice(2);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
console.log(`what is known so far: ${report}.rows`);
try {
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', 'fault', 'test/fault/proof-landed.test.ts'],
    {
      cwd: root,
      stdio: 'inherit',
      env: {
        ...process.env,
        CODETETHER_PROOF_TOOLS: tools.length === 0 ? 'all' : tools.join(','),
        CODETETHER_PROOF_REPORT: report,
      },
    },
  );
  console.log(readFileSync(report, 'utf8'));
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
