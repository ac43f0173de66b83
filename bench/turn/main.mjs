// npm run bench:turn [-- --turns 40 --rounds 3 --delay 100 --only codetether,codex --json FILE --no-gate]
// Runs every agent on the same model server, one after another, and prints figures, ratios and missed targets.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openCodetether } from './agents/codetether.mjs';
import { openCodex } from './agents/codex.mjs';
import { openOpencode } from './agents/opencode.mjs';
import { installPeers } from './install-peers.mjs';
import { measureAgent } from './measure.mjs';
import { missedTargets, renderReport } from './report.mjs';
import { startAndWait, stopChild } from './scratch.mjs';

const AGENTS = { codetether: openCodetether, codex: openCodex, opencode: openOpencode };

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '3' },
    delay: { type: 'string', default: '100' },
    only: { type: 'string', default: Object.keys(AGENTS).join(',') },
    json: { type: 'string' },
    'no-gate': { type: 'boolean', default: false },
  },
});

const names = values.only.split(',');
const scratch = mkdtempSync(join(tmpdir(), 'codetether-bench-'));
const double = join(dirname(fileURLToPath(import.meta.url)), 'double.mjs');
const model = await startAndWait(process.execPath, [double, values.delay], {
  cwd: process.cwd(),
  env: process.env,
  ready: /"url":"([^"]+)"/,
});
const url = model.found[1];
const results = [];
try {
  const peers = names.some((name) => name !== 'codetether') ? installPeers() : '';
  for (const name of names) results.push(await measureOne(name, peers));
} finally {
  await stopChild(model.child);
  rmSync(scratch, { recursive: true, force: true });
}

const conditions = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}, model delay ${values.delay} ms, ${values.turns} turns, ${values.rounds} rounds`;
process.stdout.write(`\n${conditions}\n\n${renderReport(results)}\n`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ conditions, results }, null, 2)}\n`);
const missed = names[0] === 'codetether' ? missedTargets(results) : [];
if (missed.length > 0) {
  process.stdout.write(`\nMissed targets:\n${missed.map((line) => `- ${line}`).join('\n')}\n`);
  if (!values['no-gate']) process.exitCode = 1;
}

async function measureOne(name, peers) {
  const open = AGENTS[name];
  if (open === undefined)
    throw new Error(`unknown agent ${name}; known: ${Object.keys(AGENTS).join(', ')}`);
  process.stderr.write(`measuring ${name}\n`);
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const agent = await open({ url, folder, peers });
  try {
    return await measureAgent(agent, {
      url,
      turns: Number(values.turns),
      rounds: Number(values.rounds),
    });
  } finally {
    await agent.close();
  }
}
