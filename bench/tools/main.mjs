// npm run bench:tools [-- --files 10000 --rounds 20]
// What the engine's own work costs around a tool call: each file tool, search beside plain ripgrep, commands and snapshots, in a lane of
// so many files; and what the tools of each agent take of its requests. Nothing of Temporal, of a model or of the step journal is in it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { rgPath } from '@vscode/ripgrep';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { BUILD_TOOLS, taskTools } from '../../dist/contracts/index.js';
import { createGit } from '../../dist/platform/git/git.js';
import { detectSandbox } from '../../dist/platform/sandbox/detect.js';
import { createSnapshots } from '../../dist/platform/workspace/snapshot.js';
import { createWorkspace } from '../../dist/platform/workspace/workspace.js';
import { builtInTools, createToolRegistry } from '../../dist/tools/registry.js';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '20' },
  },
});
const files = Number(values.files);
const rounds = Number(values.rounds);
const LINES = 60;
/** Files of a folder: as many as repositories mostly have. */
const A_FOLDER = 50;
const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const home = mkdtempSync(join(tmpdir(), 'codetether-bench-tools-'));
try {
  const workspace = await makeLane(files);
  const registry = createToolRegistry(
    builtInTools({ sandbox: await detectSandbox(), masked: [home] }),
  );
  const call = caller(registry, workspace);
  const rows = [];
  for (const [name, work] of toolCalls(call, workspace))
    rows.push({ name, ...(await measure(work)) });
  for (const [name, work] of [...plainSearch(workspace), ...snapshotWork(workspace, call)])
    rows.push({ name, ...(await measure(work)) });
  print(rows);
  printSchemas(registry);
} finally {
  rmSync(home, { recursive: true, force: true });
}

/** A lane of so many small files, with a first snapshot, as it is when an agent begins. */
async function makeLane(count) {
  const gitDir = join(home, 'workspaces', 'repo', 'bare.git');
  mkdirSync(gitDir, { recursive: true });
  await createGit({ gitDir }).run(['init', '--bare', '-q', gitDir]);
  const refPrefix = 'refs/codetether/lanes/bench/lane-1';
  const made = await createWorkspace(home, 'repo/lane-1', { gitDir, refPrefix });
  for (let at = 0; at < count; at += 1) {
    const path = join(made.root, pathOf(at));
    if (at % A_FOLDER === 0) mkdirSync(dirname(path), { recursive: true });
    const lines = Array.from(
      { length: LINES },
      (_, line) => `export const value_${at}_${line} = ${line};`,
    );
    writeFileSync(path, `${lines.join('\n')}\n${at === count - 1 ? '// needle\n' : ''}`);
  }
  await createSnapshots(made).take('begin\n');
  return made;
}

function pathOf(at) {
  return `src/part-${Math.floor(at / A_FOLDER)}/file-${at}.ts`;
}

/** Calls a tool as the engine does, each time as another step; an answer that is an error ends the benchmark. */
function caller(registry, workspace) {
  const seen = new Map();
  let step = 0;
  return async (name, input) => {
    step += 1;
    const parsed = registry.parseCall({ id: `c${step}`, name, arguments: JSON.stringify(input) });
    if (!parsed.isValid) throw new Error(parsed.explanation);
    const output = await parsed.tool.execute(parsed.input, {
      step: { scope: 'bench', step, index: 0 },
      workspace,
      seen,
      signal: new AbortController().signal,
      heartbeat: () => undefined,
      keepWhole: async () => '@output/bench',
      network: 'none',
    });
    if (output.isError) throw new Error(`${name}: ${output.text}`);
    for (const { path, hash } of output.seen ?? []) seen.set(path, hash);
    return output;
  };
}

function toolCalls(call) {
  let at = 0;
  const next = () => pathOf((at += 1) % files);
  const edit = (path) => {
    const number = /file-(\d+)/.exec(path)[1];
    return {
      old_string: `value_${number}_7 = `,
      new_string: `value_${number}_7 = ${at} + `,
    };
  };
  return [
    ['read_file', () => call('read_file', { path: next() })],
    ['list_dir', () => call('list_dir', { path: 'src/part-0' })],
    [
      'write_file, a new file',
      () => call('write_file', { path: `new/${(at += 1)}.ts`, content: 'x\n' }),
    ],
    [
      'read_file and edit',
      async () => {
        const path = next();
        await call('read_file', { path });
        await call('edit', { path, ...edit(path) });
      },
    ],
    [
      'multiedit of five files',
      async () => {
        const paths = Array.from({ length: 5 }, next);
        for (const path of paths) await call('read_file', { path });
        await call('multiedit', { edits: paths.map((path) => ({ path, ...edit(path) })) });
      },
    ],
    [
      'apply_patch, a new file',
      () =>
        call('apply_patch', {
          patch: `*** Begin Patch\n*** Add File: patched/${(at += 1)}.ts\n+export {};\n*** End Patch\n`,
        }),
    ],
    ['undo of it', () => call('undo', { steps: 1 })],
    ['glob **/*-9.ts', () => call('glob', { pattern: '**/*-9.ts' })],
    ['grep needle', () => call('grep', { pattern: 'needle' })],
    ['bash true', () => call('bash', { command: 'true' })],
  ];
}

/** What a search costs without us. */
function plainSearch({ root }) {
  const run = () => spawnSync(rgPath, ['--line-number', 'needle', root], { stdio: 'pipe' });
  return [['plain rg needle', async () => run()]];
}

function snapshotWork(workspace, call) {
  const snapshots = createSnapshots(workspace);
  let at = 0;
  return [
    ['snapshot, nothing changed', () => snapshots.take(`bench ${(at += 1)}\n`)],
    [
      'snapshot, one file changed',
      async () => {
        writeFileSync(join(workspace.root, pathOf(0)), `export const changed = ${(at += 1)};\n`);
        await snapshots.take(`bench ${at}\n`);
      },
    ],
    ['bash, one file changed', () => call('bash', { command: `echo ${(at += 1)} > ${pathOf(1)}` })],
  ];
}

async function measure(work) {
  await work();
  const before = cpuSeconds();
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const since = performance.now();
    await work();
    times.push(performance.now() - since);
  }
  const cpuMs = ((cpuSeconds() - before) * 1000) / rounds;
  times.sort((left, right) => left - right);
  return { cpuMs, median: times[Math.floor(rounds / 2)], p95: times[Math.floor(rounds * 0.95)] };
}

/** Of this process and of the children that it has waited for, in ticks of the kernel for those. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
}

function print(rows) {
  const load = loadavg()[0].toFixed(1);
  console.log(
    `\n${cpus().length} x ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${load}, ${files} files, ${rounds} rounds\n`,
  );
  console.log('| call | CPU ms | wall ms, median | p95 |\n| --- | --- | --- | --- |');
  for (const { name, cpuMs, median, p95 } of rows)
    console.log(`| ${name} | ${cpuMs.toFixed(1)} | ${median.toFixed(1)} | ${p95.toFixed(1)} |`);
}

function printSchemas(registry) {
  const agents = {
    'a story': BUILD_TOOLS,
    explore: taskTools('explore'),
    general: taskTools('general'),
    everything: registry.all().map(({ name }) => name),
  };
  console.log('\n| tools of | told | tokens of their schemas |\n| --- | --- | --- |');
  for (const [agent, names] of Object.entries(agents)) {
    const schemas = registry.toolSchemas(names);
    console.log(`| ${agent} | ${schemas.length} | ${encode(JSON.stringify(schemas)).length} |`);
  }
}
