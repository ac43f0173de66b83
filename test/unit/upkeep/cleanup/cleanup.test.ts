import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import { type Config } from '../../../../src/config/config.js';
import type { BlobRef } from '../../../../src/domain/blob.js';
import {
  bareRepository,
  holdsOfRun,
  lanesFolder,
  runRef,
} from '../../../../src/platform/workspace/run-layout.js';
import { createBlobStore } from '../../../../src/platform/storage/blob-store.js';
import { createStepJournal, stepPath } from '../../../../src/platform/storage/step-journal.js';
import { homePaths } from '../../../../src/platform/storage/home.js';
import { evidence, runRecord, storyRecord } from '../../../support/run-records.js';
import { saveRunRecord } from '../../../support/saved-records.js';
import { cleanUp, parseAge, planCleanup } from '../../../../src/upkeep/cleanup/cleanup.js';
import { acquireLock } from '../../../../src/host/light/lock.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const DAY = 86_400_000;
const NOW = Date.now();
const REQUEST = { olderThanMs: 30 * DAY, withCaches: false, now: NOW };

async function newHome(): Promise<Config> {
  const root = await temporaryFolder();
  const environment = { HOME: root, CODETETHER_HOME: join(root, 'home') };
  return loadConfig({ environment, project: root });
}

/** Sets the time of a file, or of every file below a folder. */
function age(path: string, days: number): void {
  const at = new Date(NOW - days * DAY);
  utimesSync(path, at, at);
}

interface ShapeOfRun {
  readonly days: number;
  readonly isOpen: boolean;
  readonly links: number;
  readonly sharesWith: number;
}

/** A run with a conversation (links that name their parents), a journal entry and evidence; all of its age. */
async function plantRun(home: string, shape: ShapeOfRun, shared: BlobRef[]): Promise<string> {
  const id = `01hx${Math.random()
    .toString(32)
    .slice(2, 12)
    .replaceAll(/[ilou]/g, 'x')}`.padEnd(26, '0');
  const blobs = createBlobStore(homePaths(home).blobs, { cacheBytes: 0 });
  const made: BlobRef[] = [];
  const put = async (text: string) => {
    const ref = await blobs.put(text);
    made.push(ref);
    return ref;
  };
  let parent: BlobRef | undefined;
  for (let link = 0; link < shape.links; link += 1) {
    const common = shared[shape.sharesWith % Math.max(1, shared.length)];
    const text = await put(`message ${id} ${link}`);
    parent = await put(JSON.stringify({ parent, messages: [text, common] }));
  }
  const output = await put(`output ${id}`);
  const key = { scope: `workflow ${id}`, step: 1, index: 0 };
  await createStepJournal(homePaths(home).journal).settle({
    key,
    identity: {},
    parse: (stored) => stored,
    run: async () => ({ conversation: parent }),
  });
  const entry = join(homePaths(home).journal, `${stepPath(key)}.json`);
  const at = new Date(NOW - shape.days * DAY).toISOString();
  const record = runRecord({
    runId: id,
    repository: '/repo',
    status: shape.isOpen ? 'running' : 'passed',
    startedAt: at,
    endedAt: shape.isOpen ? null : at,
    stories: [storyRecord('US-001')],
    baseline: {
      base: 'a'.repeat(40),
      evidence: [evidence({ output })],
      setup: null,
      failures: {},
    },
  });
  await saveRunRecord(home, record);
  for (const { digest } of made) age(blobs.path({ digest, bytes: 0 }), shape.days);
  age(entry, shape.days);
  shared.push(output);
  return id;
}

/** Every digest that a file below these folders names and that was a blob once. */
async function missingReferences(home: string, once: ReadonlySet<string>): Promise<string[]> {
  const { runs, journal, blobs } = homePaths(home);
  const now = new Set(await blobNames(home));
  const missing = new Set<string>();
  for (const folder of [runs, journal, blobs]) {
    if (!existsSync(folder)) continue;
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
      const named = [...text.matchAll(/[0-9a-f]{64}/g)].map(([digest]) => digest);
      for (const digest of named.filter((one) => once.has(one) && !now.has(one)))
        missing.add(digest);
    }
  }
  return [...missing];
}

async function blobNames(home: string): Promise<string[]> {
  const folder = homePaths(home).blobs;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('cleanup', () => {
  it('leaves every reference of what stays resolvable, and takes nothing of an open run', async () => {
    const shape = fc.record({
      days: fc.constantFrom(0.5, 2, 29, 31, 90),
      isOpen: fc.boolean(),
      links: fc.integer({ min: 0, max: 3 }),
      sharesWith: fc.nat(5),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { maxLength: 5 }), async (shapes) => {
        const config = await newHome();
        const shared: BlobRef[] = [];
        const ids: string[] = [];
        for (const one of shapes) ids.push(await plantRun(config.home, one, shared));
        const once = new Set(await blobNames(config.home));
        const plan = await planCleanup(config, REQUEST);
        expect(await cleanUp(config, REQUEST)).toEqual(plan);
        const expected = ids.filter((_, index) => {
          const one = shapes[index];
          return one !== undefined && !one.isOpen && one.days > 30;
        });
        expect([...plan.runIds].sort()).toEqual([...expected].sort());
        expect(await missingReferences(config.home, once)).toEqual([]);
        if (shapes.every((one) => one.days > 30 && !one.isOpen))
          expect(await blobNames(config.home)).toEqual([]);
        if (shapes.some((one) => one.isOpen && one.days === 90))
          expect(new Set(await blobNames(config.home))).toEqual(once);
      }),
      { numRuns: 25 },
    );
  });

  it('changes nothing when it only looks', async () => {
    const config = await newHome();
    await plantRun(config.home, { days: 90, isOpen: false, links: 2, sharesWith: 0 }, []);
    const before = readdirSync(config.home, { recursive: true });
    const plan = await planCleanup(config, REQUEST);
    expect(plan.bytes).toBeGreaterThan(0);
    expect(readdirSync(config.home, { recursive: true })).toEqual(before);
  });

  it('keeps an old blob that a worker has just named again', async () => {
    const config = await newHome();
    const blobs = createBlobStore(homePaths(config.home).blobs);
    const ref = await blobs.put('the same text every night');
    age(blobs.path(ref), 90);
    await createBlobStore(homePaths(config.home).blobs).put('the same text every night');
    await cleanUp(config, REQUEST);
    expect(existsSync(blobs.path(ref))).toBe(true);
  });

  it('removes the clone when no run is left', async () => {
    const config = await newHome();
    await plantRun(config.home, { days: 90, isOpen: false, links: 0, sharesWith: 0 }, []);
    const gitDir = bareRepository(config.home, '/repo');
    execFileSync('git', ['init', '-q', '--bare', gitDir]);
    await cleanUp(config, REQUEST);
    expect(existsSync(dirname(gitDir))).toBe(false);
  });

  it('removes refs and lanes of old runs only, also years later beside an open one', async () => {
    const config = await newHome();
    const old = await plantRun(
      config.home,
      { days: 90, isOpen: false, links: 0, sharesWith: 0 },
      [],
    );
    const open = await plantRun(
      config.home,
      { days: 2, isOpen: true, links: 0, sharesWith: 0 },
      [],
    );
    const gitDir = bareRepository(config.home, '/repo');
    mkdirSync(gitDir, { recursive: true });
    const git = (...args: string[]) =>
      execFileSync('git', ['--git-dir', gitDir, ...args], { encoding: 'utf8', input: '' }).trim();
    git('init', '-q', '--bare');
    const tree = git('mktree');
    const identity = ['-c', 'user.name=T', '-c', 'user.email=t@localhost'];
    const commit = git(...identity, 'commit-tree', tree, '-m', 'x');
    for (const id of [old, open]) {
      git('update-ref', runRef(id), commit);
      mkdirSync(lanesFolder(config.home, '/repo', id), { recursive: true });
    }
    await cleanUp(config, REQUEST);
    expect(git('for-each-ref', '--format=%(refname)')).toBe(runRef(open));
    expect(readdirSync(dirname(gitDir)).sort()).toEqual([open, 'repo.git'].sort());

    await cleanUp(config, { ...REQUEST, now: NOW + 365 * DAY });
    expect(existsSync(gitDir)).toBe(true);
  });

  it('removes the locks of old runs and their lanes, but for one that somebody has', async () => {
    const config = await newHome();
    const { home } = config;
    const shape = { days: 31, isOpen: false, links: 0, sharesWith: 0 };
    const gone = await plantRun(home, shape, []);
    const busy = await plantRun(home, shape, []);
    const open = await plantRun(home, { ...shape, isOpen: true }, []);
    const folders = (runId: string) => holdsOfRun(home, { repository: '/repo', runId, lanes: 1 });
    for (const folder of [gone, open].flatMap(folders)) acquireLock(folder);
    for (const folder of folders(gone))
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
    const [held = ''] = folders(busy);
    acquireLock(held);
    await cleanUp(config, REQUEST);
    expect(folders(gone).map((folder) => existsSync(folder))).toEqual([false, false, false]);
    expect(existsSync(held)).toBe(true);
    expect(folders(open).map((folder) => existsSync(folder))).toEqual([true, true, true]);
  });

  it('refuses while another cleanup works', async () => {
    const config = await newHome();
    const attempt = acquireLock(join(config.home, 'temporal', 'cleanup-lock'));
    await expect(cleanUp(config, REQUEST)).rejects.toMatchObject({ code: 'ERR_CLEANUP_RUNNING' });
    if ('lock' in attempt) attempt.lock.release();
    expect((await cleanUp(config, REQUEST)).bytes).toBe(0);
  });

  it('removes package caches on request', async () => {
    const config = await newHome();
    const folder = join(homePaths(config.home).cache, 'repo-12345678', 'npm');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.tgz'), 'bytes');
    await cleanUp(config, REQUEST);
    expect(existsSync(folder)).toBe(true);
    const plan = await cleanUp(config, { ...REQUEST, withCaches: true });
    expect(plan.groups).toEqual([{ kind: 'caches', count: 1, bytes: 5 }]);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('build caches', () => {
  /** A generation of that age, used by a run whose lanes are there. */
  function plant(
    home: string,
    { key, days, run }: { readonly key: string; readonly days: number; readonly run?: string },
  ): string {
    const folder = join(homePaths(home).buildCaches, 'repo-12345678', key);
    mkdirSync(join(folder, '0'), { recursive: true });
    writeFileSync(join(folder, '0', 'entry'), 'bytes');
    const record = join(folder, 'generation.json');
    writeFileSync(record, '{}');
    age(record, days);
    if (run === undefined) return folder;
    const lanes = join(homePaths(home).workspaces, 'repo-12345678', run);
    mkdirSync(lanes, { recursive: true });
    writeFileSync(join(lanes, 'build-caches.json'), JSON.stringify({ version: 1, key }));
    return folder;
  }

  it('go when they are old and no run uses them, all such on request', async () => {
    const { home, ...config } = await newHome();
    const [used, old, young] = [
      plant(home, { key: 'a'.repeat(64), days: 40, run: 'run-1' }),
      plant(home, { key: 'b'.repeat(64), days: 40 }),
      plant(home, { key: 'c'.repeat(64), days: 2 }),
    ];
    const left = (): boolean[] => [used, old, young].map((folder) => existsSync(folder));
    const plan = await planCleanup({ home, ...config }, REQUEST);
    expect(plan.groups).toEqual([{ kind: 'build caches', count: 1, bytes: 7 }]);
    expect(left()).toEqual([true, true, true]);
    await cleanUp({ home, ...config }, REQUEST);
    expect(left()).toEqual([true, false, true]);
    await cleanUp({ home, ...config }, { ...REQUEST, withCaches: true });
    expect(left()).toEqual([true, false, false]);
  });

  it('go with the last run that used them', async () => {
    const config = await newHome();
    const key = 'a'.repeat(64);
    const runId = await plantRun(
      config.home,
      { days: 40, isOpen: false, links: 1, sharesWith: 0 },
      [],
    );
    const record = JSON.parse(
      await readFile(join(homePaths(config.home).runs, runId, 'record.json'), 'utf8'),
    ) as { repository: string };
    const lanes = lanesFolder(config.home, record.repository, runId);
    mkdirSync(lanes, { recursive: true });
    writeFileSync(join(lanes, 'build-caches.json'), JSON.stringify({ version: 1, key }));
    const folder = join(
      homePaths(config.home).buildCaches,
      dirname(lanes).split('/').at(-1) ?? '',
      key,
    );
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'generation.json'), '{}');
    age(join(folder, 'generation.json'), 40);
    await cleanUp(config, REQUEST);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('parseAge', () => {
  it('takes durations of a day or more', () => {
    expect([parseAge('30d'), parseAge('48h')]).toEqual([30 * DAY, 2 * DAY]);
    for (const text of ['2h', '30', 'old', '-3d'])
      expect(() => parseAge(text)).toThrow(/no age of at least a day/);
  });
});
