// npm run bench:rlm:real-model [-- --mails 8 --seeds 3 --json FILE]
// A small real model (SmolLM2-135M by llama.cpp on this machine) through the real service, over labelled mails of a package:
// asked directly, as the model that writes code, and as the model that code asks about each mail.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { userFolders } from '../../dist/config/paths.js';
import { processEnvironment } from '../../dist/config/light/environment.js';
import { installModel, startModelServer } from '../../scripts/real-model/server.mjs';
import { runToEnd } from '../turn/scratch.mjs';
import { drawMails, fetchMails } from './mails.mjs';
import { meanOf } from './score.mjs';

const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '../../bin/codetether.js');
const WINDOW = 8192;
const LIMIT_MS = 3_600_000;
const COUNT_QUESTION = 'How many of these mails are spam?';
const COUNT_SCHEMA = {
  type: 'object',
  properties: { count: { type: 'integer' } },
  required: ['count'],
};
/** What the code does that asks the model about each mail: the same whatever the mails are. */
const LABEL_CODE = `const rows = [...records()];
const schema = {type: 'object', properties: {label: {type: 'string', enum: ['spam', 'ham']}}, required: ['label']};
const answers = await map(rows, (row) => llm_query('Is this mail spam (advertising, fraud) or ham (wanted)?\\n\\n' + row.text, {schema}));
FINAL(answers.map((answer) => answer instanceof Error ? answer.code : answer.label))`;

const { values } = parseArgs({
  options: {
    mails: { type: 'string', default: '8' },
    seeds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
const count = Number(values.mails);
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const signal = AbortSignal.timeout(LIMIT_MS);
const cache = join(userFolders(processEnvironment()).cache, 'test-tools');
const groups = await fetchMails(cache);
const installed = await installModel(cache, signal);
if (installed.folder === undefined) {
  console.log(`skipped: ${installed.reason}`);
  process.exit(0);
}
const scratch = mkdtempSync(join(tmpdir(), 'codetether-bench-'));
const loadBefore = loadavg()[0];
const server = await startModelServer({
  folder: installed.folder,
  logFile: join(scratch, 'server.log'),
  signal,
});
const coder = await startCoder();
const program = openProgram();
const rows = [];
try {
  await program(['up']);
  rows.push(await measure('asked directly', countsBy('local/smollm2', [])));
  const code = ['--no-direct', '--max-iterations', '4'];
  rows.push(await measure('writes the code', countsBy('local/smollm2', code)));
  rows.push(await measure('asked by code about each mail', labels));
} finally {
  await program(['down']);
  coder.close();
  await server.stop();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
}
report();

/** A model that writes one fixed cell. */
async function startCoder() {
  const reply = (content) =>
    JSON.stringify({
      id: 'cell',
      object: 'chat.completion',
      model: 'coder',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
  const http = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(reply(`\`\`\`js\n${LABEL_CODE}\n\`\`\``));
    });
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return http;
}

/** The command line in a home of its own. */
function openProgram() {
  const provider = (name, url, more) =>
    `[providers.${name}]\nwire = "openai-chat"\nbase_url = "${url}/v1"\nauth = "none"\ncontext_window = ${WINDOW}\n${more}\n`;
  const slow = 'first_token_timeout_s = 280\nstall_timeout_s = 280\nmax_concurrent = 1';
  const config = join(scratch, 'config.toml');
  writeFileSync(
    config,
    provider('local', server.url, slow) +
      provider('coder', `http://127.0.0.1:${coder.address().port}`, 'stream = false'),
  );
  const env = { ...process.env, CODETETHER_HOME: join(scratch, 'home') };
  mkdirSync(join(scratch, 'work'));
  return (args) =>
    runToEnd(process.execPath, [PROGRAM, '--config', config, ...args], {
      cwd: join(scratch, 'work'),
      env,
      codes: [0, 1],
      timeoutMs: LIMIT_MS,
    });
}

async function ask(mails, question, args) {
  const file = join(scratch, 'work/mails.jsonl');
  const lines = mails.map(({ id, text }) => JSON.stringify({ id, text }));
  writeFileSync(file, `${lines.join('\n')}\n`);
  return JSON.parse(await program(['rlm', question, '-f', file, ...args, '--json']));
}

/** A count, scored 0.75 to the power of its error. */
function countsBy(model, more) {
  const schema = join(scratch, 'work/count.schema.json');
  return async (mails) => {
    writeFileSync(schema, JSON.stringify(COUNT_SCHEMA));
    const document = await ask(mails, COUNT_QUESTION, ['-m', model, '--schema', schema, ...more]);
    const truth = mails.filter(({ label }) => label === 'spam').length;
    const said = document.value?.count;
    return { document, scores: [Number.isInteger(said) ? 0.75 ** Math.abs(said - truth) : 0] };
  };
}

/** A label for each mail, right or wrong. */
async function labels(mails) {
  const models = ['-m', 'coder/coder', '--sub-model', 'local/smollm2', '--no-direct'];
  const document = await ask(mails, 'Which of these mails are spam?', models);
  const said = document.value ?? [];
  return { document, scores: mails.map(({ label }, index) => (said[index] === label ? 1 : 0)) };
}

async function measure(name, asks) {
  const row = { name, scores: [], answered: 0, calls: 0, subQueries: 0, tokens: 0, ms: 0 };
  for (const seed of seeds) {
    process.stderr.write(`${name}: seed ${seed}\n`);
    const startedAt = Date.now();
    const { document, scores } = await asks(drawMails(groups, { seed, count }));
    row.scores.push(...scores);
    row.answered += document.status === 'answered' ? 1 : 0;
    row.calls += document.calls;
    row.subQueries += document.sub_queries;
    row.tokens += document.totals.input_tokens + document.totals.output_tokens;
    row.ms += Date.now() - startedAt;
    row.reason = document.reason;
    row.route = document.route;
  }
  return row;
}

function report() {
  const mails = seeds.flatMap((seed) => drawMails(groups, { seed, count }));
  const spam = mails.filter(({ label }) => label === 'spam').length;
  const conditions = `${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${loadBefore.toFixed(1)} before and ${loadavg()[0].toFixed(1)} after; SmolLM2-135M-Instruct, one thread, window ${WINDOW}; ${seeds.length} x ${count} mails, ${spam} of them spam`;
  const table = rows.map((row) => {
    const { mean, half } = meanOf(row.scores);
    const score = `${mean.toFixed(2)}${half === null ? '' : ` ±${half.toFixed(2)}`} (n = ${row.scores.length})`;
    const each = (value) => (value / seeds.length).toFixed(1);
    return `| ${row.name} | ${row.route} | ${row.answered} of ${seeds.length} | ${score} | ${each(row.calls)} | ${each(row.subQueries)} | ${Math.round(row.tokens / seeds.length)} | ${each(row.ms / 1000)} |`;
  });
  const head =
    '| the model is | route | answered | score | calls | questions | tokens | s |\n| --- | --- | --- | --- | --- | --- | --- | --- |';
  console.log(`${conditions}\n\n${head}\n${table.join('\n')}\n`);
  for (const { name, reason } of rows) console.log(`${name}: ${reason}`);
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ conditions, rows }, null, 2)}\n`);
}
