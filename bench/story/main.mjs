// npm run bench:story [-- --stories 5 --delay 100 --files 20,10000]
// npm run bench:story -- --language go,rust,cpp,typescript,java,python
// What a story costs beside model and checks: lane, fresh agent, proof lane, commit, publication, PRD, records.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runToEnd, startAndWait, stopChild } from '../turn/scratch.mjs';
import { serviceIn } from '../turn/service.mjs';
import { measureLanguages } from './by-language.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const PROGRAM = join(here, '../../bin/codetether.js');
const { values } = parseArgs({
  options: {
    stories: { type: 'string', default: '5' },
    delay: { type: 'string', default: '100' },
    files: { type: 'string' },
    language: { type: 'string' },
    program: { type: 'string', default: PROGRAM },
    keep: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
  },
});

const scratch = mkdtempSync(join(tmpdir(), 'codetether-bench-story-'));
const model = await startAndWait(
  process.execPath,
  [join(here, '../turn/double.mjs'), values.delay],
  {
    cwd: process.cwd(),
    env: process.env,
    ready: /"url":"([^"]+)"/,
  },
);
let table;
try {
  table = await measureAll(model.found[1]);
} finally {
  await stopChild(model.child);
  if (values.keep) process.stderr.write(`kept: ${scratch}\n`);
  else rmSync(scratch, { recursive: true, force: true });
}

process.stdout.write(
  `\n${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}, ${values.stories} stories, model delay ${values.delay} ms\n\n${table}`,
);

/** Overhead unless only languages are asked for; languages when they are named. */
async function measureAll(url) {
  const { files, language, program } = values;
  const tables = [];
  if (files !== undefined || language === undefined)
    tables.push(await measureOverhead(url, files ?? '20,10000'));
  if (language !== undefined)
    tables.push(
      await measureLanguages({
        names: language.split(','),
        url,
        scratch,
        program,
        rounds: Number(values.rounds),
      }),
    );
  return tables.join('\n');
}

async function measureOverhead(url, sizes) {
  const rows = [];
  for (const files of sizes.split(',')) rows.push(await measure(Number(files), url));
  return (
    '| files in the repository | model calls | wall s per story | model s | checks s | overhead outside the agent s | first story s | with turns s |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n' +
    rows.map((row) => `| ${row.join(' | ')} |\n`).join('')
  );
}

async function measure(files, url) {
  const folder = join(scratch, String(files));
  const state = join(folder, 'state');
  const service = serviceIn(folder, { url, entry: values.program, files });
  const { repository } = service;
  const program = (...args) => service.program(args);
  // The check of the PRD must pass on the untouched base.
  writeFileSync(join(repository, 'bench-base.txt'), 'base\n');
  for (const args of [
    ['add', '.'],
    ['commit', '-qm', 'what the check reads'],
  ])
    await runToEnd('git', args, { cwd: repository, env: process.env });
  writeFileSync(join(repository, 'prd.json'), JSON.stringify(prd(Number(values.stories))));
  await program('up');
  try {
    const run = JSON.parse(await program('ralph', 'run', '-m', 'bench/bench', '--json'));
    if (run.status !== 'passed') throw new Error(`the run ended ${run.status}`);
    return summarise(files, readEvents(join(state, 'events', `${run.run_id}.ndjson`)));
  } finally {
    await program('down');
  }
}

function prd(count) {
  const user_stories = Array.from({ length: count }, (_, at) => ({
    id: `S-${at + 1}`,
    title: `Story ${at + 1}`,
    description: `BENCH write ${1 + (at % 5)} .`,
    priority: 1,
    depends_on: at === 0 ? [] : [`S-${at}`],
  }));
  return {
    project: 'Scratch',
    feature: 'Stories',
    user_stories,
    quality_checks: { test: 'cat bench-*.txt' },
  };
}

function readEvents(path) {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function summarise(files, events) {
  const ids = [...new Set(events.map((event) => event.story).filter((id) => id !== undefined))];
  const stories = ids.map((id) => {
    const own = events.filter((event) => event.story === id);
    const at = (type) => Date.parse(own.find((event) => event.type === type).at);
    const spent = (type) =>
      own
        .filter((event) => event.type === type)
        .reduce((sum, event) => sum + (event.data?.duration_ms ?? 0), 0) / 1000;
    const wall = (at('story.end') - at('story.start')) / 1000;
    const calls = own.filter((event) => event.type === 'model.end');
    // From the first request to the last answer the agent is at work: that is the turn benchmark's part.
    const agent =
      (Date.parse(calls.at(-1).at) - Date.parse(calls[0].at) + calls[0].data.duration_ms) / 1000;
    return {
      wall,
      calls: calls.length,
      agent,
      model: spent('model.end'),
      checks: spent('check.end'),
    };
  });
  const overhead = stories.map((story) => story.wall - story.agent - story.checks);
  const whole = stories.map((story) => story.wall - story.model - story.checks);
  const middle = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
  return [
    files,
    ...['calls', 'wall', 'model', 'checks'].map((field) =>
      Number(middle(stories.map((story) => story[field])).toFixed(2)),
    ),
    middle(overhead).toFixed(2),
    overhead[0].toFixed(2),
    middle(whole).toFixed(2),
  ];
}
