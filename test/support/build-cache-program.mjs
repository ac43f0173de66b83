/**
 * A run with build caches, and everything that an agent and its code may do to them, as the user that runs it. Usage:
 * node build-cache-program.mjs FOLDER full|process. Prints one JSON document; the test decides what may stand there.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { checkBaseline } from '../../dist/activities/proof/check-baseline.js';
import { proveStory } from '../../dist/activities/proof/prove-story.js';
import { warmLane } from '../../dist/activities/workspace/caches/lay-out-caches.js';
import { prepareRun } from '../../dist/activities/workspace/prepare-run.js';
import { canOverlay } from '../../dist/platform/sandbox/probe-overlay.js';
import { createBlobStore } from '../../dist/platform/storage/blob-store.js';
import { createEventLog } from '../../dist/platform/storage/event-log.js';
import { createStepJournal } from '../../dist/platform/storage/step-journal.js';
import { detectSandbox } from '../../dist/platform/sandbox/detect.js';
import { homePaths } from '../../dist/platform/storage/home.js';
import { openWorkspace } from '../../dist/platform/workspace/workspace.js';
import { readLaneEnvironment } from '../../dist/platform/workspace/lane-environment.js';
import { runProcess } from '../../dist/platform/process/run-process.js';
import { setHostEnvironment } from '../../dist/platform/process/host-environment.js';
import { workspaceGit } from '../../dist/platform/workspace/snapshot.js';
import { wrapCommand } from '../../dist/platform/sandbox/wrap-command.js';

const [folder = '', level = 'full'] = process.argv.slice(2);
setHostEnvironment(process.env);
const home = join(folder, 'state');
const repository = join(folder, 'repository');
mkdirSync(home, { recursive: true });
mkdirSync(repository);

/** A compiler that tells by times what is fresh, as cargo and make do, and keeps its objects in two folders. */
const TOOL = `mkdir -p target "$GOCACHE"
[ -e target/object ] || { printf 'good object' > target/object; printf 'good entry' > "$GOCACHE/entry"; echo cold; }
if [ ! -e target/out ] || [ src.txt -nt target/out ]; then cp src.txt target/out; echo compiled; else echo fresh; fi
cat target/object "$GOCACHE/entry"; echo
cat target/out
grep -q ok target/out
`;
const files = {
  '.gitignore': 'target/\n.cargo/\nbin/\n',
  'Cargo.toml': '[package]\n',
  'go.mod': 'module x\n',
  'src.txt': 'ok\n',
  'tool.sh': TOOL,
  'first.sh': 'true\n',
  'bad.txt': 'no\n',
};
for (const [path, content] of Object.entries(files)) writeFileSync(join(repository, path), content);
const git = (...args) =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@localhost', ...args], {
    cwd: repository,
    encoding: 'utf8',
  }).trim();
git('init', '-q', '-b', 'main');
git('add', '-A');
git('commit', '-qm', 'base');
const base = git('rev-parse', 'HEAD');

const paths = homePaths(home);
const sandbox = await detectSandbox(level);
const blobs = createBlobStore(paths.blobs);
const dependencies = {
  home,
  blobs,
  journal: createStepJournal(paths.journal),
  events: createEventLog(paths.events),
  sandbox,
  requirePlan: async () => undefined,
};
const work = {
  dependencies,
  heartbeat: { progress: () => undefined, stop: () => undefined },
  signal: new AbortController().signal,
};
const setup = {
  source: 'none',
  steps: [],
  copy: [],
  share: [],
  extraDirs: [],
  caches: [
    { tool: 'go', folders: ['.'] },
    { tool: 'cargo', folders: ['.'] },
  ],
};
const check = (name, command) => ({ name, command, timeoutMs: 60_000 });
const checks = [check('first', 'bash first.sh'), check('test', 'bash tool.sh')];
const prdPath = join(repository, 'prd.json');
const prepared = await prepareRun(dependencies, {
  runId: 'run-1',
  repository,
  workdir: '.',
  prdPath,
  baseCommit: base,
});
const lane = await openWorkspace(home, prepared.lane);
const proofLane = await openWorkspace(home, prepared.proofLane);

let step = 0;
const outputs = async (evidence) =>
  Object.fromEntries(
    await Promise.all(
      evidence.map(async ({ check: name, exitCode, output, caches = [] }) => [
        name,
        { exitCode, caches, lines: (await blobs.getText(output)).trim().split('\n') },
      ]),
    ),
  );

/** The agent's work: the base with these files instead, and whatever `script` does in the agent's own sandbox. */
async function attempt(changes, script = 'true') {
  await workspaceGit(lane).checkoutTree(base);
  await warmLane(work, { lane, setup, tree: base });
  const { extraEnv, readable, views } = await readLaneEnvironment(lane);
  const wrapped = await wrapCommand(sandbox, {
    argv: ['bash', '-c', script],
    root: lane.root,
    cwd: lane.root,
    owner: lane.gitDir,
    home: join(lane.state, 'home'),
    masked: [home],
    readable,
    views,
    network: 'none',
    extraEnv,
  });
  await runProcess({ ...wrapped, timeoutMs: 60_000, maxOutputBytes: 10_000 });
  for (const [path, content] of Object.entries(changes)) {
    mkdirSync(dirname(join(lane.root, path)), { recursive: true });
    writeFileSync(join(lane.root, path), content);
    utimesSync(join(lane.root, path), 1, 1);
  }
  step += 1;
  const proof = await proveStory(work, {
    key: { scope: 'story', step, index: 0 },
    lane: prepared.lane,
    proofLane: prepared.proofLane,
    base,
    checks,
    statePaths: prepared.statePaths,
    allowCheckChanges: true,
    setup,
  });
  return { verdict: proof.verdict, ...(await outputs(proof.evidence)) };
}

/** Everything that is in a folder, with contents and times. */
function digestOf(top) {
  const hash = createHash('sha256');
  const look = (path) => {
    const facts = lstatSync(path);
    const isFolder = facts.isDirectory();
    hash.update(`${path} ${facts.mode} ${facts.size} ${isFolder ? '' : facts.mtimeMs}\n`);
    if (isFolder) for (const name of readdirSync(path).sort()) look(join(path, name));
    else hash.update(readFileSync(path));
  };
  look(top);
  return hash.digest('hex');
}

const baseline = await checkBaseline(work, {
  key: { scope: 'baseline', step: 1, index: 0 },
  proofLane: prepared.proofLane,
  base,
  checks,
  setup,
});
const before = digestOf(paths.buildCaches);

const PLANT = `mkdir -p "$HOME/.cargo" .cargo bin "$HOME/bin" "$HOME/.gradle/init.d" "$HOME/.config/go"
printf '[build]\\nrustc-wrapper = "/tmp/evil"\\n' | tee "$HOME/.cargo/config.toml" > .cargo/config.toml
for place in bin "$HOME/bin"; do printf '#!/bin/sh\\nexit 0\\n' > "$place/gcc"; chmod +x "$place/gcc"; done
echo 'evil' > "$HOME/.gradle/init.d/evil.gradle"
echo 'CC=/tmp/evil' > "$HOME/.config/go/env"
echo 'export CC=/tmp/evil' | tee "$HOME/.bashrc" "$HOME/.profile" > "$HOME/.bash_profile"`;
const REPLACE = `printf 'evil object' > target/object; printf 'evil entry' > "$GOCACHE/entry"; printf 'ok\\n' > target/out
touch -d 2100-01-01 target/* "$GOCACHE"/* 2>/dev/null`;
const DELETE = 'rm -rf target "$GOCACHE"; rm -rf target/* "$GOCACHE"/*';
const SEE = `ls -d "$HOME"/.cargo .cargo bin "$HOME"/bin "$HOME"/.gradle "$HOME"/.config "$HOME"/.bashrc "$HOME"/.profile 2>/dev/null
command -v gcc | grep -F "$PWD"; env | grep -E '^(CC|RUSTC_WRAPPER|BASH_ENV)=' ; true
`;
const UNMOUNT = 'umount target; mount -o remount,rw target; mount --bind /etc target; true\n';

const results = {
  sandbox: sandbox.level,
  isMounted: await canOverlay(sandbox, proofLane.state),
  baseline: await outputs(baseline.evidence),
  plain: await attempt({ 'other.txt': 'x\n' }),
  broken: await attempt({ 'src.txt': 'no\n' }),
  brokenWithOldTimes: await attempt({
    'src.txt': 'no\n',
    'first.sh': 'touch -d 2000-01-01 src.txt Cargo.toml\n',
  }),
  linked: await attempt({}, 'ln -sf bad.txt src.txt'),
  agentReplaces: await attempt({ 'src.txt': 'no\n' }, REPLACE),
  agentPlants: await attempt({ 'first.sh': SEE }, PLANT),
  codeReplaces: await attempt({ 'first.sh': `${REPLACE}\n` }),
  codePlants: await attempt({ 'first.sh': `${PLANT}\n` }),
  codeDeletes: await attempt({ 'first.sh': `${DELETE}\n` }),
  codeClears: await attempt({ 'tool.sh': `rm -rf target || exit 1\n${TOOL}` }),
  codeUnmounts: await attempt({ 'first.sh': UNMOUNT }),
  afterwards: await attempt({ 'first.sh': SEE }),
  isWhole: digestOf(paths.buildCaches) === before,
};
process.stdout.write(JSON.stringify(results));
