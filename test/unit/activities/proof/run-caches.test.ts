import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBaseline } from '../../../../src/activities/proof/check-baseline.js';
import { beginStory } from '../../../../src/activities/workspace/begin-story.js';
import { openRunCaches, sealRunCaches } from '../../../../src/activities/proof/run-caches.js';
import {
  isHinderedByMounts,
  layOutCaches,
} from '../../../../src/activities/workspace/caches/lay-out-caches.js';
import { evidence as seenCheck } from '../../../support/run-records.js';
import { prepareDependencies } from '../../../../src/activities/workspace/setup/prepare-dependencies.js';
import { NO_SETUP, type WorkspaceSetup } from '../../../../src/domain/workspace-setup.js';
import type { Evidence } from '../../../../src/domain/proof/check.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { workspaceGit } from '../../../../src/platform/workspace/snapshot.js';
import { ralphBench, storyInput, userGit, type RalphBench } from '../../../support/ralph-bench.js';

const GO = { tool: 'go', folders: ['.'] };
const CARGO = { tool: 'cargo', folders: ['.'] };
const FILL =
  'mkdir -p target "$HOME/.cache/go-build"; echo x > target/.rustc_info.json; echo y > "$HOME/.cache/go-build/entry"';

let step = 0;

async function baseline(
  bench: RalphBench,
  changes: {
    readonly command?: string;
    readonly timeoutMs?: number;
    setup?: Partial<WorkspaceSetup>;
  },
): Promise<readonly Evidence[]> {
  const { command = FILL, timeoutMs = 20_000, setup = {} } = changes;
  step += 1;
  const { evidence } = await checkBaseline(bench.work, {
    key: { scope: 'baseline', step, index: 0 },
    proofLane: bench.prepared.proofLane,
    base: bench.base,
    checks: [{ name: 'test', command, timeoutMs }],
    setup: { ...NO_SETUP, caches: [GO, CARGO], ...setup },
  });
  return evidence;
}

/** Generations of the bench's repository, with what lies in them. */
async function generations(bench: RalphBench): Promise<string[][]> {
  const folder = homePaths(bench.dependencies.home).buildCaches;
  const found: string[][] = [];
  for (const repository of await readdir(folder).catch(() => [])) {
    for (const key of await readdir(join(folder, repository))) {
      const entries = await readdir(join(folder, repository, key), { recursive: true });
      found.push(entries.filter((name) => /\d\//.test(name)).sort());
    }
  }
  return found;
}

describe('the checks of the untouched base', () => {
  it('fill the build caches of the run, and the same base of another check finds none', async () => {
    const bench = await ralphBench({ '.gitignore': 'target/\n' });
    await baseline(bench, {});
    expect(await generations(bench)).toEqual([['0/entry', '1/.rustc_info.json']]);
    const [again] = await baseline(bench, {});
    expect(again?.caches).toEqual(['go', 'cargo']);
    expect(await generations(bench)).toHaveLength(1);
    const [other] = await baseline(bench, { command: `: other; ${FILL}` });
    expect(other?.caches).toBeUndefined();
  });

  it('keep nothing when a check was ended from outside: it is half there', async () => {
    const bench = await ralphBench();
    const [seen] = await baseline(bench, { command: `${FILL}; sleep 60`, timeoutMs: 1_500 });
    expect(seen?.isTimedOut).toBe(true);
    expect(await generations(bench)).toEqual([]);
  });

  it('keep what failed checks built', async () => {
    const bench = await ralphBench();
    await baseline(bench, { command: `${FILL}; exit 3` });
    expect(await generations(bench)).toHaveLength(1);
  });

  it('keep no folder in which git tracks files, none behind a link, and none of the future', async () => {
    const tracked = await ralphBench({ 'target/kept.txt': 'x\n' });
    await baseline(tracked, {});
    expect(await generations(tracked)).toEqual([['0/entry']]);
    const linked = await ralphBench();
    await baseline(linked, {
      command: 'mkdir real; echo x > real/.rustc_info.json; ln -s real target',
    });
    expect(await generations(linked)).toEqual([]);
    const ahead = await ralphBench();
    await baseline(ahead, { command: `${FILL}; touch -d 2100-01-01 target/.rustc_info.json` });
    expect(await generations(ahead)).toEqual([['0/entry']]);
  });

  it('keep nothing for a run without build caches', async () => {
    const bench = await ralphBench();
    const [seen] = await baseline(bench, { setup: { caches: [] } });
    expect(seen?.caches).toBeUndefined();
    expect(await generations(bench)).toEqual([]);
  });

  it('keep for this run alone what was made with files from outside', async () => {
    const bench = await ralphBench();
    const key = async (setup: Partial<WorkspaceSetup>): Promise<string> => {
      await baseline(bench, { setup });
      const lease = join(bench.proofLane.state, '../../build-caches.json');
      return readFile(lease, 'utf8');
    };
    const plain = await key({});
    expect(await key({ extraDirs: [bench.repository] })).not.toBe(plain);
    expect(await key({})).toBe(plain);
  });
});

describe('an agent’s lane', () => {
  it('gets a copy once, where git ignores the folder, and keeps it as the agent left it', async () => {
    const bench = await ralphBench({ '.gitignore': 'target/\n' });
    await baseline(bench, {});
    const input = storyInput(bench, { setup: { ...NO_SETUP, caches: [GO, CARGO] } });
    await beginStory(bench.work, input);
    const file = join(bench.lane.root, 'target/.rustc_info.json');
    expect(await readFile(file, 'utf8')).toBe('x\n');
    await writeFile(file, 'changed\n');
    await beginStory(bench.work, input);
    expect(await readFile(file, 'utf8')).toBe('changed\n');
    const home = join(bench.lane.state, 'home/.cache/go-build/entry');
    expect(await readFile(home, 'utf8')).toBe('y\n');
  });

  it('gets none that would become a part of the story, and none through a link', async () => {
    const bench = await ralphBench();
    await baseline(bench, {});
    const outside = join(bench.dependencies.home, 'outside');
    await mkdir(outside);
    await mkdir(join(bench.lane.state, 'home'), { recursive: true });
    await symlink(outside, join(bench.lane.state, 'home/.cache'));
    await beginStory(
      bench.work,
      storyInput(bench, { setup: { ...NO_SETUP, caches: [GO, CARGO] } }),
    );
    expect(existsSync(join(bench.lane.root, 'target'))).toBe(false);
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('a set-up on the files of a story', () => {
  const setup: WorkspaceSetup = {
    ...NO_SETUP,
    source: 'config',
    caches: [GO, CARGO],
    steps: [
      {
        name: 'setup',
        command: 'bash setup.sh',
        folder: '.',
        timeoutMs: 20_000,
        lockFiles: ['setup.sh'],
      },
    ],
  };

  it('leaves nothing among the packages of all lanes', async () => {
    const bench = await ralphBench({ 'setup.sh': 'mkdir -p "$CARGO_HOME"\n' });
    await baseline(bench, { setup });
    await bench.write(
      'setup.sh',
      'printf "[build]\\nrustc-wrapper = \\"/tmp/evil\\"\\n" | tee "$CARGO_HOME/config" > "$CARGO_HOME/config.toml"\necho x > "$CARGO_HOME/package"\n',
    );
    const tree = await workspaceGit(bench.lane).writeTree();
    const owner = { proven: bench.base, proof: 'story' };
    const request = { lane: bench.proofLane, setup, tree, state: 'clean' as const, owner };
    await workspaceGit(bench.proofLane).checkoutTree(tree);
    expect(await prepareDependencies(bench.work, request)).toMatchObject({ isReady: true });
    const cache = homePaths(bench.dependencies.home).cache;
    const [repository = ''] = await readdir(cache);
    expect(await readdir(join(cache, repository, 'cargo'))).toEqual([]);
  });

  it('is made again when the caches that held a part of it are gone', async () => {
    const bench = await ralphBench({
      'setup.sh': 'mkdir -p "$HOME/.cache/go-build"; echo made > "$HOME/.cache/go-build/entry"\n',
    });
    await baseline(bench, { setup, command: 'cat "$HOME/.cache/go-build/entry"' });
    const git = workspaceGit(bench.proofLane);
    const tree = (await git.resolve(`${bench.base}^{tree}`)) ?? '';
    const owner = { proven: tree, proof: null };
    const request = { lane: bench.proofLane, setup, tree, state: 'clean' as const, owner };
    const report = async () => prepareDependencies(bench.work, request);
    expect(await report()).toMatchObject({ isReady: true, report: { isReused: true } });
    await rm(homePaths(bench.dependencies.home).buildCaches, { recursive: true });
    expect(await report()).toMatchObject({ isReady: true, report: { isReused: false } });
    expect(userGit(bench.repository, 'status', '--short')).toBe('');
  });
});

describe('the caches of a run', () => {
  const checks = [{ name: 'test', command: 'true', timeoutMs: 1000 }];
  const setup: WorkspaceSetup = { ...NO_SETUP, caches: [GO] };

  async function opened(bench: RalphBench, changes: { setup?: WorkspaceSetup } = {}) {
    const lane = bench.proofLane;
    await workspaceGit(lane).checkoutTree(bench.base);
    const filling = { lane, tree: bench.base, setup, checks, ...changes };
    return { filling, caches: await openRunCaches(bench.work, filling) };
  }

  it('are none where the run was planned without', async () => {
    expect((await opened(await ralphBench(), { setup: NO_SETUP })).caches).toBeUndefined();
  });

  it('have one key for the same base, and another one where set-up brings something from outside', async () => {
    const bench = await ralphBench();
    const keys: (string | undefined)[] = [];
    for (const changed of [
      setup,
      setup,
      { ...setup, copy: ['.env'] },
      { ...setup, caches: [CARGO] },
    ])
      keys.push((await opened(bench, { setup: changed })).caches?.key);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(3);
  });

  it('are sealed once, and only after checks that ended by themselves', async () => {
    const bench = await ralphBench();
    const { filling, caches } = await opened(bench);
    if (caches === undefined) return expect.fail('no caches');
    const cache = join(bench.proofLane.state, 'home/.cache/go-build');
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, 'entry'), 'built');
    const seal = (changes: Partial<Evidence>) =>
      sealRunCaches(filling, { caches, evidence: [seenCheck(changes)] });
    expect(await seal({ exitCode: null })).toEqual([]);
    expect(await seal({ isTimedOut: true })).toEqual([]);
    expect(existsSync(join(cache, 'entry'))).toBe(true);
    expect(await seal({})).toMatchObject([{ tool: 'go', place: 'home', path: '.cache/go-build' }]);
    expect(existsSync(join(cache, 'entry'))).toBe(false);
    expect((await opened(bench)).caches?.isThere).toBe(true);
  });

  it('hinder no check in a lane that has no mounts', async () => {
    const bench = await ralphBench();
    const lane = bench.proofLane;
    await layOutCaches(bench.work, { lane, setup, tree: bench.base, state: 'clean' });
    const output = 'EXDEV: cross-device link not permitted, rename';
    expect(await isHinderedByMounts(bench.work, lane, output)).toBe(false);
  });
});
