import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/index.js';
import {
  InfrastructureError,
  InvalidInputError,
  isEnded,
  parseDuration,
} from '../../domain/index.js';
import {
  holdsOfRun,
  homePaths,
  lanesFolder,
  listGenerations,
  removeFolder,
  repositoryKey,
} from '../../platform/index.js';
import { openEnvelope } from '../../keys/index.js';
import {
  databaseCopies,
  acquireLock,
  lockHolder,
  serviceFiles,
  bundlePath,
  removeBundle,
  unusedBundles,
} from '../../host/index.js';
import { cleanClone, planClones, type ClonePlan } from './clean-clones.js';
import { diskUsage } from './disk-usage.js';
import { journalScopes } from './journal-scopes.js';
import { inventoryRuns, type RunInventory } from './old-runs.js';
import { oldTasks } from './old-tasks.js';
import { findLooseBlobs, sweepBlobs, type LooseBlob } from './sweep-blobs.js';

/** What a cleanup is asked for. */
export interface CleanupRequest {
  /** Runs that ended before this age go, in milliseconds; at least a day. */
  readonly olderThanMs: number;
  /** Package caches go as well, but for repositories with an open run. */
  readonly withCaches: boolean;
  /** Default: now. */
  readonly now?: number;
}

/** One kind of thing that would go. */
export interface CleanupGroup {
  readonly kind:
    | 'runs'
    | 'tasks'
    | 'lanes'
    | 'journal'
    | 'blobs'
    | 'caches'
    | 'build caches'
    | 'bundles'
    | 'database copies'
    | 'logs';
  readonly count: number;
  readonly bytes: number;
}

/** Everything that a cleanup would remove. */
export interface CleanupPlan {
  readonly runIds: readonly string[];
  readonly groups: readonly CleanupGroup[];
  readonly bytes: number;
}

const DAY_MS = 86_400_000;

/** Milliseconds of `--older-than`. Throws InvalidInputError `ERR_AGE_INVALID` for anything but a duration of a day or more. */
export function parseAge(text: string): number {
  const age = parseDuration(text);
  if (age !== undefined && age >= DAY_MS) return age;
  throw new InvalidInputError('ERR_AGE_INVALID', {
    message: `${text} is no age of at least a day`,
    where: { field: '--older-than' },
    hint: 'write it as 30d or 48h',
  });
}

/** Looks at what would go; changes nothing. */
export async function planCleanup(config: Config, request: CleanupRequest): Promise<CleanupPlan> {
  return describe(await survey(config, request));
}

/**
 * Removes ended runs of that age and what only they needed. Open runs, what they name, and everything younger than a day
 * stay. Safe beside a working service, and after a crash in the middle. Throws `ERR_CLEANUP_RUNNING` (exit 3).
 */
export async function cleanUp(config: Config, request: CleanupRequest): Promise<CleanupPlan> {
  const { home } = config;
  const attempt = acquireLock(join(home, 'temporal', 'cleanup-lock'));
  if ('holder' in attempt) {
    throw new InfrastructureError('ERR_CLEANUP_RUNNING', {
      message: `pid ${attempt.holder.pid} cleans this home up already`,
      hint: 'wait until it is done',
      isRetryable: false,
    });
  }
  try {
    const found = await survey(config, request);
    await removeRuns(home, found);
    for (const { path } of found.tasks) await rm(path, { recursive: true, force: true });
    for (const { path } of found.journal) await removeFolder(path);
    await sweepBlobs(found.blobs, found.before);
    for (const { path } of found.caches) await removeFolder(path);
    await removeBuildCaches(home, found.buildCaches);
    for (const digest of found.bundles) removeBundle(home, digest);
    for (const { path } of found.rest) await rm(path, { recursive: true, force: true });
    return describe(found);
  } finally {
    attempt.lock.release();
  }
}

interface Sized {
  readonly path: string;
  readonly bytes: number;
}

interface Survey {
  readonly runs: RunInventory;
  /** Nothing younger goes, in milliseconds. */
  readonly before: number;
  readonly records: readonly Sized[];
  /** Of tasks from outside. */
  readonly tasks: readonly Sized[];
  readonly lanes: readonly Sized[];
  readonly clones: readonly ClonePlan[];
  readonly journal: readonly Sized[];
  readonly blobs: readonly LooseBlob[];
  readonly caches: readonly Sized[];
  readonly buildCaches: readonly Sized[];
  readonly bundles: readonly string[];
  readonly bundleSizes: readonly Sized[];
  readonly copies: readonly Sized[];
  readonly logs: readonly Sized[];
  /** Copies and logs. */
  readonly rest: readonly Sized[];
}

async function survey(config: Config, request: CleanupRequest): Promise<Survey> {
  const { home } = config;
  const now = request.now ?? Date.now();
  const cutoff = now - Math.max(DAY_MS, request.olderThanMs);
  const runs = await inventoryRuns(home, cutoff);
  // What an open run wrote is not older than the run, give or take a clock that was set meanwhile.
  const before = Math.min(cutoff, runs.oldestOpenAt - DAY_MS);
  const paths = homePaths(home);
  const journal = await journalScopes(home, before);
  const blobs = await findLooseBlobs({
    home,
    texts: runs.keptTexts,
    journal: journal.kept,
    before,
    envelope: openEnvelope(config),
  });
  const clones = planClones(home, runs);
  const laneFolders = [
    ...runs.old.map(({ repository, runId }) => lanesFolder(home, repository, runId)),
    ...clones.filter(({ fate }) => fate === 'remove').map(({ gitDir }) => gitDir),
  ];
  const bundles = unusedBundles(home);
  const copies = await olderThan(databaseCopies(serviceFiles(home).database), cutoff);
  const logNames = (await readdir(paths.logs).catch(() => [])).filter((name) =>
    name.endsWith('.1'),
  );
  const logs = await olderThan(
    logNames.map((name) => join(paths.logs, name)),
    cutoff,
  );
  return {
    runs,
    before,
    records: await sized(
      runs.old.flatMap(({ runId }) => [
        join(paths.runs, runId),
        join(paths.events, `${runId}.ndjson`),
      ]),
    ),
    tasks: await sized(await oldTasks(config, { cutoff, now })),
    lanes: await sized(laneFolders),
    clones,
    journal: journal.old,
    blobs,
    caches: request.withCaches ? await idleCaches(home, runs) : [],
    buildCaches: await sized(await idleGenerations(home, { runs, cutoff, request })),
    bundles,
    bundleSizes: await sized(bundles.map((digest) => bundlePath(home, digest))),
    copies,
    logs,
    rest: [...copies, ...logs],
  };
}

/** The record goes last: after a crash in the middle, the next cleanup still knows the run. */
async function removeRuns(home: string, { runs, clones }: Survey): Promise<void> {
  for (const { repository, runId } of runs.old)
    await removeFolder(lanesFolder(home, repository, runId));
  for (const plan of clones) await cleanClone(plan);
  for (const { repository, runId, options } of runs.old) {
    // A worker that drains may still have one.
    const holds = holdsOfRun(home, { repository, runId, lanes: options.parallel });
    for (const folder of holds) if (lockHolder(folder) === null) await removeFolder(folder);
  }
  const paths = homePaths(home);
  for (const { runId } of runs.old) {
    await rm(join(paths.events, `${runId}.ndjson`), { force: true });
    await removeFolder(join(paths.runs, runId));
  }
}

async function idleCaches(home: string, runs: RunInventory): Promise<Sized[]> {
  const folder = homePaths(home).cache;
  const open = runs.kept.filter(({ status }) => !isEnded(status));
  const busy = new Set(open.map(({ repository }) => repositoryKey(repository)));
  const names = await readdir(folder).catch(() => []);
  return sized(names.filter((name) => !busy.has(name)).map((name) => join(folder, name)));
}

interface IdleGenerations {
  readonly runs: RunInventory;
  readonly cutoff: number;
  readonly request: CleanupRequest;
}

/** Generations of build caches that no run needs that stays: old ones, with `withCaches` all of them. */
async function idleGenerations(
  home: string,
  { runs, cutoff, request }: IdleGenerations,
): Promise<string[]> {
  const going = runs.old.map(({ repository, runId }) => lanesFolder(home, repository, runId));
  const all = await listGenerations(home, new Set(going));
  return all
    .filter(({ isLeased, at }) => !isLeased && (request.withCaches || at < cutoff))
    .map(({ folder }) => folder);
}

/** A run may have taken one since: it is looked at again before it goes. */
async function removeBuildCaches(home: string, found: readonly Sized[]): Promise<void> {
  const leased = (await listGenerations(home)).filter(({ isLeased }) => isLeased);
  const kept = new Set(leased.map(({ folder }) => folder));
  for (const { path } of found) if (!kept.has(path)) await removeFolder(path);
}

async function sized(paths: readonly string[]): Promise<Sized[]> {
  const found: Sized[] = [];
  for (const path of paths) {
    const { bytes, files } = await diskUsage(path);
    if (files > 0) found.push({ path, bytes });
  }
  return found;
}

async function olderThan(paths: readonly string[], cutoff: number): Promise<Sized[]> {
  const found: Sized[] = [];
  for (const path of paths) {
    const { bytes, newestAt } = await diskUsage(path);
    if (newestAt < cutoff) found.push({ path, bytes });
  }
  return found;
}

function describe(found: Survey): CleanupPlan {
  const group = (kind: CleanupGroup['kind'], items: readonly Sized[], count = items.length) => ({
    kind,
    count,
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
  });
  const groups = [
    group('runs', found.records, found.runs.old.length),
    group('tasks', found.tasks),
    group('lanes', found.lanes),
    group('journal', found.journal),
    group('blobs', found.blobs),
    group('caches', found.caches),
    group('build caches', found.buildCaches),
    group('bundles', found.bundleSizes),
    group('database copies', found.copies),
    group('logs', found.logs),
  ].filter(({ count }) => count > 0);
  return {
    runIds: found.runs.old.map(({ runId }) => runId),
    groups,
    bytes: groups.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
