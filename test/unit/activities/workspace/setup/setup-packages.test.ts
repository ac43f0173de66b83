import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBaseline } from '../../../../../src/activities/proof/check-baseline.js';
import { proveStory } from '../../../../../src/activities/proof/prove-story.js';
import { beginStory } from '../../../../../src/activities/workspace/begin-story.js';
import type { RalphWork } from '../../../../../src/activities/workspace/dependencies.js';
import {
  closePackages,
  openPackages,
} from '../../../../../src/activities/workspace/setup/setup-packages.js';
import { packageCache } from '../../../../../src/activities/workspace/layout.js';
import type { Proof } from '../../../../../src/domain/proof/check.js';
import { NO_SETUP, type WorkspaceSetup } from '../../../../../src/domain/workspace-setup.js';
import { detectSandbox } from '../../../../../src/platform/sandbox/detect.js';
import { canOverlay } from '../../../../../src/platform/sandbox/probe-overlay.js';
import type { Sandbox } from '../../../../../src/platform/sandbox/sandbox.js';
import { readLaneEnvironment } from '../../../../../src/platform/workspace/lane-environment.js';
import { ralphBench, storyInput, type RalphBench } from '../../../../support/ralph-bench.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

/** A package manager that fetches what is not in its cache yet; what it fetched it believes without a look. */
const FETCH = `mkdir -p "$GOMODCACHE"
for name in $(cat deps.lock); do [ -e "$GOMODCACHE/$name" ] || echo "good $name" > "$GOMODCACHE/$name"; done
cat "$GOMODCACHE"/one > installed
`;
const FILES = { 'deps.lock': 'one\n', 'install.sh': FETCH, '.gitignore': 'installed\n' };
const SETUP: WorkspaceSetup = {
  ...NO_SETUP,
  source: 'config',
  steps: [
    {
      name: 'install',
      command: 'sh install.sh',
      folder: '.',
      timeoutMs: 20_000,
      lockFiles: ['deps.lock'],
    },
  ],
};
const WEAK: Sandbox = {
  level: 'none',
  backend: 'none',
  kinds: [],
  reason: 'a test',
  program: '',
  setpriv: '',
};

const sandbox = await detectSandbox();
const isMounted = await canOverlay(sandbox, tmpdir());
let step = 0;

/** A run whose base has filled the packages. */
async function filled(held: Sandbox, setup = SETUP): Promise<RalphBench> {
  const bench = await ralphBench(FILES);
  const work = { ...bench.work, dependencies: { ...bench.dependencies, sandbox: held } };
  const own = { ...bench, work };
  await fill(own, setup);
  return own;
}

function fill(bench: RalphBench, setup = SETUP) {
  step += 1;
  return checkBaseline(bench.work, {
    key: { scope: 'baseline', step, index: 0 },
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [{ name: 'test', command: 'true', timeoutMs: 20_000 }],
    setup,
  });
}

/** Begins a story on the base, writes what its agent wrote, and proves it. */
async function prove(
  bench: RalphBench,
  files: Readonly<Record<string, string>>,
  ...commands: readonly string[]
): Promise<Proof> {
  await beginStory(bench.work, storyInput(bench, { setup: SETUP }));
  for (const [path, text] of Object.entries(files)) await bench.write(path, text);
  step += 1;
  return proveStory(bench.work, {
    key: { scope: 'story', step, index: 0 },
    lane: bench.prepared.lane,
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: commands.map((command, at) => ({ name: `test ${at}`, command, timeoutMs: 20_000 })),
    statePaths: [],
    allowCheckChanges: true,
    canaries: 'off',
    setup: SETUP,
  });
}

const POISON = `${FETCH}
echo evil > "$GOMODCACHE/one"; echo evil > "$GOMODCACHE/later"; cat "$GOMODCACHE/one" > installed
mkdir -p "$CARGO_HOME"; echo '[build]' | tee "$CARGO_HOME/config.toml" "$CARGO_HOME/credentials.toml" > "$CARGO_HOME/config"
`;
const SEES_EVIL = 'grep -q evil "$GOMODCACHE/one" && grep -q evil "$GOMODCACHE/later"';
const SEES_GOOD = 'grep -q "good one" "$GOMODCACHE/one" && ! grep -rq evil "$GOMODCACHE" installed';

const shared = (bench: RalphBench, path: string): string =>
  join(packageCache(bench.dependencies.home, bench.lane), path);

describe.each([
  { name: 'mounted', held: sandbox, isThere: isMounted },
  { name: 'copied', held: WEAK, isThere: true },
])('packages of a story, $name', ({ held, isThere }) => {
  it.skipIf(!isThere)(
    'are those of the base, and what its set-up makes of them reaches no later story',
    async () => {
      const bench = await filled(held);
      const first = await prove(
        bench,
        { 'deps.lock': 'one two\n', 'install.sh': POISON },
        SEES_EVIL,
      );
      expect(first.verdict).toBe('passed');
      // A story that names the same packages as the base, and one that names others.
      const second = await prove(bench, { 'feature.txt': 'x\n' }, SEES_GOOD);
      expect(second.verdict).toBe('passed');
      const third = await prove(
        bench,
        { 'deps.lock': 'one two later\n', 'feature.txt': 'x\n' },
        `${SEES_GOOD} && grep -q "good later" "$GOMODCACHE/later"`,
      );
      expect(third.verdict).toBe('passed');
      expect(await readFile(shared(bench, 'go-mod/one'), 'utf8')).toBe('good one\n');
      expect(existsSync(shared(bench, 'go-mod/later'))).toBe(false);
    },
  );

  it.skipIf(!isThere)('bring no settings of cargo along, not even to their own proof', async () => {
    const bench = await filled(held);
    const proof = await prove(
      bench,
      { 'deps.lock': 'one two\n', 'install.sh': POISON },
      `${SEES_EVIL} && [ -z "$(find "$CARGO_HOME" -type f)" ]`,
    );
    expect(proof.verdict).toBe('passed');
  });

  it.skipIf(!isThere)('may be removed by a set-up, and are there again for the next', async () => {
    const bench = await filled(held);
    const empty = 'rm -rf "$GOMODCACHE"; mkdir -p "$GOMODCACHE"; echo none > installed\n';
    const first = await prove(
      bench,
      { 'deps.lock': 'none\n', 'install.sh': empty },
      '[ -z "$(ls "$GOMODCACHE")" ]',
    );
    expect(first.verdict).toBe('passed');
    expect((await prove(bench, { 'feature.txt': 'x\n' }, SEES_GOOD)).verdict).toBe('passed');
  });

  it.skipIf(!isThere)('are seen by all commands of their lane, and by no other lane', async () => {
    const bench = await filled(held);
    const proof = await prove(bench, { 'deps.lock': 'one two\n' }, 'test -e "$GOMODCACHE/two"');
    expect(proof.verdict).toBe('passed');
    const folder = (await readLaneEnvironment(bench.lane)).extraEnv['GOMODCACHE'] ?? '';
    expect(existsSync(join(folder, 'two'))).toBe(false);
    expect(existsSync(shared(bench, 'go-mod/two'))).toBe(false);
  });

  it.skipIf(!isThere)('stay through all commands of a set-up and its retries', async () => {
    const bench = await filled(held);
    const flaky = `${FETCH}
if [ ! -e "$GOMODCACHE/tried" ]; then : > "$GOMODCACHE/tried"; echo read ECONNRESET registry; exit 1; fi
`;
    const patient = {
      ...bench,
      work: { ...bench.work, dependencies: { ...bench.work.dependencies, setupPausesMs: [1] } },
    };
    const proof = await prove(
      patient,
      { 'deps.lock': 'one two\n', 'install.sh': flaky },
      'test -e "$GOMODCACHE/tried"',
    );
    expect(proof.verdict).toBe('passed');
  });
});

describe('a set-up of the same lock files as the proven ones', () => {
  it('runs their code, not that of the story, also in a lane that none was made in', async () => {
    const bench = await ralphBench(FILES);
    const first = await prove(bench, { 'install.sh': POISON }, SEES_GOOD);
    expect(first).toMatchObject({ verdict: 'passed', setup: { isReused: false } });
    const second = await prove(bench, { 'feature.txt': 'x\n' }, SEES_GOOD);
    expect(second).toMatchObject({ verdict: 'passed', setup: { isReused: true } });
  });

  it('runs it also where a check of the story spoilt what had been made', async () => {
    const bench = await filled(sandbox);
    const spoil = 'echo spoilt > installed';
    const first = await prove(bench, { 'install.sh': POISON }, spoil, SEES_GOOD);
    expect(first.verdict).toBe('passed');
    expect((await prove(bench, { 'feature.txt': 'x\n' }, SEES_GOOD)).verdict).toBe('passed');
  });
});

describe('a set-up that ran code of a story', () => {
  it('is not used by another attempt, whatever that one left of it', async () => {
    const bench = await filled(sandbox);
    const lock = { 'deps.lock': 'one two\n' };
    await prove(bench, { ...lock, 'install.sh': POISON }, SEES_EVIL);
    const again = await prove(bench, lock, SEES_GOOD);
    expect(again).toMatchObject({ verdict: 'passed', setup: { isReused: false } });
  });

  it('is used by all rounds of its own proof', async () => {
    const bench = await filled(sandbox);
    const tries = `${FETCH}\ndate +%N%N >> "$GOMODCACHE/tries"\n`;
    const once = '[ "$(wc -l < "$GOMODCACHE/tries")" = 1 ]';
    const files = { 'deps.lock': 'one two\n', 'install.sh': tries };
    const stamp = 'sha256sum "$GOMODCACHE/tries"';
    const proof = await prove(bench, files, `${once} && ${stamp}`, `${once} && ${stamp} `);
    const outputs = proof.evidence.map(({ output }) => output.digest);
    expect(proof.verdict).toBe('passed');
    expect(new Set(outputs).size).toBe(1);
  });
});

describe.skipIf(!isMounted)('packages that a set-up has written to', () => {
  it.each([
    ['go-mod', true],
    ['cargo', true],
    ['npm', false],
    ['pip', false],
  ])('below %s are mounted for later commands: %s', async (name, isShown) => {
    const bench = await ralphBench(FILES);
    const packages = await openPackages(bench.work, { lane: bench.lane, isFilling: false });
    await mkdir(join(packages.written, name));
    const { folder, written } = packages;
    expect(await closePackages(packages)).toEqual({
      readable: [folder],
      views: isShown ? [{ at: folder, lower: [written, folder] }] : [],
    });
  });

  it('are others with each set-up, and the former are gone', async () => {
    const bench = await ralphBench(FILES);
    const request = { lane: bench.lane, isFilling: false };
    const first = await openPackages(bench.work, request);
    const second = await openPackages(bench.work, request);
    expect(second.written).not.toBe(first.written);
    expect([existsSync(first.written), existsSync(second.written)]).toEqual([false, true]);
  });
});

describe('what a set-up leaves in the place of a folder of packages', () => {
  it('is never followed out of it', async () => {
    const bench = await filled(WEAK);
    const outside = await temporaryFolder();
    const settings = join(outside, 'config.toml');
    await writeFile(settings, 'mine\n');
    const link = `${FETCH}\nrm -rf "$CARGO_HOME"; ln -s ${outside} "$CARGO_HOME"\n`;
    const proof = await prove(
      bench,
      { 'deps.lock': 'one two\n', 'install.sh': link },
      '[ ! -L "$CARGO_HOME" ]',
    );
    expect(proof.verdict).toBe('passed');
    expect(await readFile(settings, 'utf8')).toBe('mine\n');
  });
});

describe.skipIf(!isMounted)('packages that were mounted', () => {
  it('are prepared anew where they can be mounted no more', async () => {
    const bench = await filled(sandbox);
    await prove(bench, { 'deps.lock': 'one two\n' }, 'true');
    const weak: RalphWork = {
      ...bench.work,
      dependencies: { ...bench.work.dependencies, sandbox: WEAK },
    };
    const proof = await prove(
      { ...bench, work: weak },
      { 'deps.lock': 'one two\n' },
      'test -e "$GOMODCACHE/two"',
    );
    expect(proof).toMatchObject({ verdict: 'passed', setup: { isReused: false } });
  });

  it('are copied when a set-up fails because of the mounts', async () => {
    const bench = await filled(sandbox);
    const picky = `${FETCH}
[ "$(stat -f -c %T "$GOMODCACHE")" != overlayfs ] || { echo "rename: EXDEV: cross-device link not permitted"; exit 1; }
`;
    const proof = await prove(
      bench,
      { 'deps.lock': 'one two\n', 'install.sh': picky },
      'test -e "$GOMODCACHE/two"',
    );
    expect(proof.verdict).toBe('passed');
  });

  it('are removed by cleaning up, and leave commands that miss them, not ones that cannot start', async () => {
    const bench = await filled(sandbox);
    await prove(bench, { 'deps.lock': 'one two\n' }, 'true');
    await rm(shared(bench, ''), { recursive: true });
    expect((await readLaneEnvironment(bench.proofLane)).views).toEqual([]);
  });
});

describe('the set-up of the untouched base', () => {
  it('alone fills the packages that all lanes share', async () => {
    const bench = await filled(sandbox);
    await prove(bench, { 'deps.lock': 'one two\n' }, 'true');
    expect(await readdir(shared(bench, 'go-mod'))).toEqual(['one']);
    expect(await readFile(shared(bench, 'go-mod/one'), 'utf8')).toBe('good one\n');
  });

  it('leaves no settings of cargo there, and no link in their place', async () => {
    const outside = await temporaryFolder();
    await writeFile(join(outside, 'config.toml'), 'mine\n');
    const bench = await ralphBench(FILES);
    await mkdir(shared(bench, ''), { recursive: true });
    await symlink(outside, shared(bench, 'cargo'));
    await fill(bench);
    expect(existsSync(shared(bench, 'cargo'))).toBe(false);
    expect(await readFile(join(outside, 'config.toml'), 'utf8')).toBe('mine\n');
  });
});
