// npm run bench:lsp [-- --edits 50 --files 2000]
// What an edit costs by itself, in a lane without a language server, and under typescript-language-server: the wait that an agent has.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { detectSandbox } from '../../dist/platform/sandbox/detect.js';
import { editTool } from '../../dist/tools/files/edit.js';
import { createFollowUps } from '../../dist/tools/follow-ups.js';

const { values } = parseArgs({
  options: { edits: { type: 'string', default: '50' }, files: { type: 'string', default: '2000' } },
});
const edits = Number(values.edits);
const files = Number(values.files);
const modules = realpathSync(join(dirname(fileURLToPath(import.meta.url)), '../../node_modules'));
const held = { sandbox: await detectSandbox(), masked: [] };
const homes = [];

/** A lane with so many modules, of which each uses the one before it. */
function lane(hasServer) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'lsp-bench-')));
  homes.push(home);
  const [root, state, gitDir] = ['tree', 'state', 'git'].map((name) => join(home, name));
  for (const folder of [join(root, 'src'), state, gitDir]) mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(root, 'tsconfig.json'),
    '{"compilerOptions":{"strict":true,"module":"nodenext","target":"es2022"}}',
  );
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  for (let at = 0; at < files; at += 1) {
    const use = at === 0 ? '' : `import { f${at - 1} } from './m${at - 1}.js';\n`;
    writeFileSync(
      join(root, `src/m${at}.ts`),
      `${use}export function f${at}(value: number): number {\n  return value + ${at === 0 ? '1' : `f${at - 1}(value)`};\n}\n`,
    );
  }
  if (hasServer) {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    for (const name of ['typescript', 'typescript-language-server'])
      symlinkSync(join(modules, name), join(root, 'node_modules', name));
    symlinkSync(
      join(modules, '.bin/typescript-language-server'),
      join(root, 'node_modules/.bin/typescript-language-server'),
    );
  }
  return { root, workdir: '.', state, gitDir, refPrefix: 'refs/codetether/lanes/bench/lane-1' };
}

let step = 0;
async function measure(label, workspace, followUps) {
  const times = [];
  let pending = 0;
  let told = 0;
  for (let at = 0; at < edits; at += 1) {
    step += 1;
    const isBroken = at % 2 === 1;
    const input = isBroken
      ? { path: 'src/m1.ts', old_string: 'missing', new_string: 'value' }
      : { path: 'src/m1.ts', old_string: 'return value', new_string: 'return missing' };
    const startedAt = performance.now();
    const { text, isError } = await editTool.execute(input, {
      step: { scope: 'bench', step, index: 0 },
      workspace,
      seen: new Map(),
      signal: new AbortController().signal,
      heartbeat: () => undefined,
      keepWhole: () => Promise.resolve(''),
      network: 'none',
      ...(followUps === undefined ? {} : { followUps }),
    });
    if (isError) throw new Error(text);
    times.push(performance.now() - startedAt);
    if (text.includes('pending')) pending += 1;
    if (text.includes("Cannot find name 'missing'")) told += 1;
  }
  const [first = 0, ...rest] = times;
  rest.sort((a, b) => a - b);
  const at = (share) => (rest[Math.floor(rest.length * share)] ?? 0).toFixed(1);
  console.log(
    `| ${label} | ${first.toFixed(0)} ms | ${at(0.5)} ms | ${at(0.95)} ms | ${told} of ${Math.ceil(edits / 2)} | ${pending} |`,
  );
}

console.log(
  `${edits} edits of one file in a lane of ${files} files, every second one with an error\n`,
);
console.log(
  '| edit | first | median of the others | 95 % | errors told | pending |\n| --- | --- | --- | --- | --- | --- |',
);
const settings = { lsp: { diagnostics: true, off: [] }, format: {} };
await measure('alone', lane(false));
// A language that nothing on this machine serves costs what one without a server costs.
const none = createFollowUps({ ...held }, settings);
none.servers.isPresent = () => Promise.resolve(false);
await measure('no server in the lane', lane(false), none.followUps);
const { servers, followUps } = createFollowUps(held, settings);
const served = lane(true);
await measure('typescript-language-server', served, followUps);
console.log(`\n${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}`);
// Servers keep no process alive that nobody waits in, as a worker does.
const waiting = setInterval(() => undefined, 1000);
await servers.stopAll();
clearInterval(waiting);
for (const home of homes) rmSync(home, { recursive: true, force: true });
process.exit(0);
