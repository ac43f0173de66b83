// npm run bench:rlm [-- --sizes 8K,32K,64K,512K,4M --seeds 100 --seconds 60 --types N1,A1 --only plain,agent,codetether/0 --no-figures --keep FILE --json FILE --model PROVIDER/MODEL]
// Ten kinds of questions over long inputs (OOLONG-style, not OOLONG), put to a scripted model with a window of 8,192 tokens in several ways;
// then what crashes, budgets, slow models and 100 MB cost. Scripted runs prove the machinery, not how good a model is.
// `--seconds` is what one row of a slow runner may take: it prints how many seeds fitted in. What `--keep FILE` holds is not measured again,
// and what is measured is added to it; Ctrl+C ends behind the seeds that are under way.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startAndWait, stopChild } from '../turn/scratch.mjs';
import { openCodetether } from './codetether.mjs';
import { openKept } from './kept.mjs';
import { measureFigures } from './figures.mjs';
import { figureTable, scoreTable, WHAT_IT_PROVES } from './report.mjs';
import { rowsOf } from './rows.mjs';
import { installPeer, PEERS } from './peers.mjs';
import { TYPES } from './tasks.mjs';

const { values } = parseArgs({
  allowNegative: true,
  options: {
    sizes: { type: 'string', default: '8K,64K,512K,4M' },
    seeds: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    types: { type: 'string', default: TYPES.join(',') },
    only: {
      type: 'string',
      default: 'plain,truncate,map-reduce,agent,codetether,rlms,minrlm,fast-rlm',
    },
    figures: { type: 'boolean', default: true },
    'large-mb': { type: 'string', default: '100' },
    model: { type: 'string' },
    keep: { type: 'string' },
    json: { type: 'string' },
  },
});

const scratch = mkdtempSync(join(tmpdir(), 'codetether-bench-'));
const here = dirname(fileURLToPath(import.meta.url));
const server = await startAndWait(process.execPath, [join(here, 'model.mjs')], {
  cwd: process.cwd(),
  env: process.env,
  ready: /"url":"([^"]+)"/,
});
const url = server.found[1];
const isReal = values.model !== undefined;
const wanted = isReal ? ['agent', 'codetether'] : values.only.split(',');
const loadBefore = loadavg()[0];
const notes = [];
let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (isStopped = true));
let codetether = null;
let rows = [];
let figures = [];
try {
  if (wanted.some((name) => name === 'agent' || name.startsWith('codetether'))) {
    const folder = join(scratch, 'codetether');
    mkdirSync(folder, { recursive: true });
    codetether = await openCodetether({ url, folder, model: values.model });
  }
  const peers = installed();
  const bench = { url, scratch, codetether, isReal, peers, isStopped: () => isStopped };
  rows = await rowsOf(bench, {
    names: wanted,
    sizes: values.sizes.split(',').filter((size) => size !== ''),
    types: values.types.split(','),
    seeds: Number(values.seeds),
    seconds: Number(values.seconds),
    kept: openKept(values.keep),
  });
  if (values.figures && !isReal && !isStopped)
    figures = await measureFigures(bench, Number(values['large-mb']));
} finally {
  await codetether?.close();
  await stopChild(server.child);
  rmSync(scratch, { recursive: true, force: true });
}

const conditions = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${loadBefore.toFixed(1)} before and ${loadavg()[0].toFixed(1)} after, ${values.model ?? 'scripted model, window 8,192 tokens'}`;
const parts = [
  conditions,
  ...(isReal ? [] : [WHAT_IT_PROVES]),
  ...(rows.length === 0 ? [] : [scoreTable(rows, values.types.split(','))]),
  ...(figures.length === 0 ? [] : [figureTable(figures)]),
  ...(isStopped ? ['stopped before its end'] : []),
  notes.map((note) => `not run: ${note}`).join('\n'),
];
process.stdout.write(`\n${parts.join('\n\n')}\n`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ conditions, rows, figures, notes }, null, 2)}\n`);

/** The libraries that could be installed; why the others could not is a note. */
function installed() {
  const found = {};
  for (const name of wanted.filter((known) => known in PEERS)) {
    const { reason, ...peer } = installPeer(name);
    if (reason === undefined) found[name] = peer;
    else notes.push(`${name}: ${reason}`);
  }
  return found;
}
